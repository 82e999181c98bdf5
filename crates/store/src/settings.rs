//! Settings documents, every one that was ever in force.

use crate::{StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// Keeps a document and gives its revision.
///
/// # Errors
///
/// What the database says.
pub fn append(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    body: &str,
    made_by: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    tx.fetch_one(
        "INSERT INTO settings (connection_id, revision, body, made_by, created_at) \
         SELECT $1, COALESCE(MAX(revision), 0) + 1, $2, $3, $4 FROM settings WHERE connection_id = $1 \
         RETURNING revision",
        &[connection.as_str().into(), body.into(), made_by.into(), now.into()],
    )?
    .int(0)
}

/// The text of a revision.
///
/// # Errors
///
/// What the database says; also when there is none.
pub fn load(tx: &Tx<'_>, connection: &ConnectionId, revision: i64) -> Result<String, StoreError> {
    tx.fetch_one(
        "SELECT body FROM settings WHERE connection_id = $1 AND revision = $2",
        &[connection.as_str().into(), revision.into()],
    )?
    .text(0)
}
