//! Strangers who may make themselves projects, their keys and sign-ins, and the projects they made.

use crate::{StoreError, Tx};
use portcullis_base::{ProjectId, Timestamp};

/// One of them.
#[derive(Debug, Clone)]
pub struct Registrant {
    /// The id.
    pub id: String,
    /// The address, in small letters.
    pub email: String,
    /// The password's hash.
    pub password_hash: String,
    /// The SHA-256 of the key.
    pub key_hash: [u8; 32],
    /// When they came.
    pub created_at: Timestamp,
}

/// Adds one.
///
/// # Errors
///
/// [`StoreError::Exists`] where the address is taken.
pub fn insert(tx: &Tx<'_>, one: &Registrant) -> Result<(), StoreError> {
    let sql = "INSERT INTO registrants (id, email, password_hash, key_hash, created_at) VALUES ($1, $2, $3, $4, $5)";
    let values = [
        (&one.id).into(),
        (&one.email).into(),
        (&one.password_hash).into(),
        one.key_hash.into(),
        one.created_at.into(),
    ];
    tx.execute(sql, &values).map(drop)
}

/// The id and the password's hash behind an address.
///
/// # Errors
///
/// What the database says.
pub fn by_email(tx: &Tx<'_>, email: &str) -> Result<Option<(String, String)>, StoreError> {
    let rows = tx.fetch_all("SELECT id, password_hash FROM registrants WHERE email = $1", &[email.into()])?;
    rows.first().map(|row| Ok((row.text(0)?, row.text(1)?))).transpose()
}

/// Whose key or living token has this hash.
///
/// # Errors
///
/// What the database says.
pub fn by_hash(tx: &Tx<'_>, hash: [u8; 32], now: Timestamp) -> Result<Option<String>, StoreError> {
    let sql = "SELECT id FROM registrants WHERE key_hash = $1 \
               UNION ALL SELECT registrant_id FROM registrant_tokens WHERE token_hash = $1 AND expires_at > $2";
    tx.fetch_all(sql, &[hash.into(), now.into()])?.first().map(|row| row.text(0)).transpose()
}

/// Keeps a token; those that have run out go.
///
/// # Errors
///
/// What the database says.
pub fn keep_token(
    tx: &Tx<'_>,
    registrant: &str,
    hash: [u8; 32],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM registrant_tokens WHERE expires_at <= $1", &[now.into()])?;
    let sql = "INSERT INTO registrant_tokens (token_hash, registrant_id, expires_at) VALUES ($1, $2, $3)";
    tx.execute(sql, &[hash.into(), registrant.into(), expires_at.into()]).map(drop)
}

/// The projects of one, as (id, name).
///
/// # Errors
///
/// What the database says.
pub fn projects(tx: &Tx<'_>, registrant: &str) -> Result<Vec<(ProjectId, String)>, StoreError> {
    let sql = "SELECT p.project_id, p.name FROM registrant_projects p JOIN projects o ON o.id = p.project_id \
               WHERE p.registrant_id = $1 ORDER BY o.created_at, o.id";
    tx.fetch_all(sql, &[registrant.into()])?.iter().map(|row| Ok((ProjectId(row.text(0)?), row.text(1)?))).collect()
}

/// Notes whose a project is.
///
/// # Errors
///
/// What the database says.
pub fn add_project(tx: &Tx<'_>, registrant: &str, project: &ProjectId, name: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO registrant_projects (registrant_id, project_id, name) VALUES ($1, $2, $3)";
    tx.execute(sql, &[registrant.into(), project.as_str().into(), name.into()]).map(drop)
}
