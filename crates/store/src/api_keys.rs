//! End users' API keys; only hashes are kept. SEC-32.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// A user's API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id: `ak_id_...`.
    pub id: String,
    /// Its stage's connection.
    pub connection: ConnectionId,
    /// Whose it is.
    pub user: String,
    /// What its owner calls it.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it is confined to; `None` is everything its owner may do.
    pub scopes: Option<Vec<String>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Its row in the customer's own table, where it is kept too.
    pub card_row: Option<String>,
}

const COLUMNS: &str =
    "id, connection_id, user_id, name, prefix, hash, scopes, created_at, expires_at, last_used_at, card_row";

/// Adds a key.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    let scopes = key.scopes.as_ref().map(|scopes| serde_json::json!(scopes).to_string());
    let values: [Value; 10] = [
        (&key.id).into(),
        key.connection.as_str().into(),
        (&key.user).into(),
        (&key.name).into(),
        (&key.prefix).into(),
        key.hash.into(),
        scopes.into(),
        key.created_at.into(),
        key.expires_at.into(),
        key.card_row.clone().into(),
    ];
    let sql = "INSERT INTO api_keys (id, connection_id, user_id, name, prefix, hash, scopes, created_at, expires_at, card_row) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    tx.execute(sql, &values).map(drop)
}

/// A user's live keys, the oldest first.
///
/// # Errors
///
/// What the database says.
pub fn live(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<Vec<ApiKey>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM api_keys WHERE connection_id = $1 AND user_id = $2 AND revoked_at IS NULL \
         ORDER BY created_at, id"
    );
    tx.fetch_all(&sql, &[connection.as_str().into(), user.into()])?.iter().map(read).collect()
}

/// The live key of this hash.
///
/// # Errors
///
/// What the database says.
pub fn by_hash(tx: &Tx<'_>, connection: &ConnectionId, hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE connection_id = $1 AND hash = $2 AND revoked_at IS NULL");
    tx.fetch_optional(&sql, &[connection.as_str().into(), hash.into()])?.as_ref().map(read).transpose()
}

/// Notes a use.
///
/// # Errors
///
/// What the database says.
pub fn used(tx: &Tx<'_>, id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE api_keys SET last_used_at = $2 WHERE id = $1", &[id.into(), now.into()]).map(drop)
}

/// Ends a user's key; gives its hash where it lived.
///
/// # Errors
///
/// What the database says.
pub fn revoke(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE api_keys SET revoked_at = $4 \
               WHERE connection_id = $1 AND user_id = $2 AND id = $3 AND revoked_at IS NULL";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), id.into(), now.into()])? == 1)
}

/// Ends all keys of a user; gives the ids of those that ended.
///
/// # Errors
///
/// What the database says.
pub fn revoke_all(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let sql = "UPDATE api_keys SET revoked_at = $3 \
               WHERE connection_id = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING id";
    tx.fetch_all(sql, &[connection.as_str().into(), user.into(), now.into()])?.iter().map(|row| row.text(0)).collect()
}

fn read(row: &Row) -> Result<ApiKey, StoreError> {
    let scopes = row.opt_text(6)?;
    let scopes = scopes.map(|text| serde_json::from_str(&text)).transpose();
    Ok(ApiKey {
        id: row.text(0)?,
        connection: ConnectionId(row.text(1)?),
        user: row.text(2)?,
        name: row.text(3)?,
        prefix: row.text(4)?,
        hash: row.hash(5)?,
        scopes: scopes.map_err(|error: serde_json::Error| StoreError::Other(error.to_string()))?,
        created_at: row.time(7)?,
        expires_at: row.opt_int(8)?.map(Timestamp),
        last_used_at: row.opt_int(9)?.map(Timestamp),
        card_row: row.opt_text(10)?,
    })
}
