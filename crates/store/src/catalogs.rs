//! What syncs found, as text.

use crate::{StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_crypto::sha256;

/// Keeps a catalogue and gives its number; the same text is kept once.
///
/// # Errors
///
/// What the database says.
pub fn keep(tx: &Tx<'_>, connection: &ConnectionId, body: &str, now: Timestamp) -> Result<i64, StoreError> {
    let hash = sha256(body.as_bytes());
    let known = tx.fetch_optional(
        "SELECT id FROM catalogs WHERE connection_id = $1 AND hash = $2",
        &[connection.as_str().into(), hash.into()],
    )?;
    let row = match known {
        Some(row) => row,
        None => tx.fetch_one(
            "INSERT INTO catalogs (connection_id, hash, body, created_at) VALUES ($1, $2, $3, $4) RETURNING id",
            &[connection.as_str().into(), hash.into(), body.into(), now.into()],
        )?,
    };
    row.int(0)
}

/// The text of a catalogue.
///
/// # Errors
///
/// What the database says; also when it is gone.
pub fn load(tx: &Tx<'_>, id: i64) -> Result<String, StoreError> {
    tx.fetch_one("SELECT body FROM catalogs WHERE id = $1", &[id.into()])?.text(0)
}
