//! Issuers elsewhere whose tokens a stage accepts. What a document means is identity's to know.

use crate::{StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// Keeps a stage's issuer in place of an earlier one.
///
/// # Errors
///
/// What the database says.
pub fn set(tx: &Tx<'_>, connection: &ConnectionId, document: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO external_issuers (connection_id, document, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (connection_id) DO UPDATE SET document = excluded.document, created_at = excluded.created_at",
        &[connection.as_str().into(), document.into(), now.into()],
    )
    .map(drop)
}

/// The document of a stage's issuer, if it has one.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Option<String>, StoreError> {
    let sql = "SELECT document FROM external_issuers WHERE connection_id = $1";
    tx.fetch_optional(sql, &[connection.as_str().into()])?.map(|row| row.text(0)).transpose()
}

/// Forgets a stage's issuer, and says whether there was one.
///
/// # Errors
///
/// What the database says.
pub fn remove(tx: &Tx<'_>, connection: &ConnectionId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM external_issuers WHERE connection_id = $1";
    Ok(tx.execute(sql, &[connection.as_str().into()])? > 0)
}
