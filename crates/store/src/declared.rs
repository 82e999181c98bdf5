//! Declared schemas with their history, and which databases are ours to change.

use crate::{StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// One version of a connection's declared schema.
#[derive(Debug, Clone)]
pub struct Version {
    /// Counted from 1.
    pub version: i64,
    /// The document.
    pub document: String,
    /// What it changes, as a JSON array.
    pub changes: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Whether all of it is done.
    pub applied: bool,
}

/// Every version, the newest first.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<Version>, StoreError> {
    let sql = "SELECT version, document, changes, created_at, applied_at FROM declared_schemas \
               WHERE connection_id = $1 ORDER BY version DESC";
    tx.fetch_all(sql, &[connection.as_str().into()])?
        .iter()
        .map(|row| {
            Ok(Version {
                version: row.int(0)?,
                document: row.text(1)?,
                changes: row.text(2)?,
                created_at: row.time(3)?,
                applied: row.opt_int(4)?.is_some(),
            })
        })
        .collect()
}

/// Keeps a document that is about to be applied, and gives its version.
///
/// # Errors
///
/// What the database says.
pub fn begin(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    document: &str,
    changes: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    tx.fetch_one(
        "INSERT INTO declared_schemas (connection_id, version, document, changes, created_at) \
         SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4 FROM declared_schemas WHERE connection_id = $1 \
         RETURNING version",
        &[connection.as_str().into(), document.into(), changes.into(), now.into()],
    )?
    .int(0)
}

/// Notes that all of a version is done.
///
/// # Errors
///
/// What the database says.
pub fn finish(tx: &Tx<'_>, connection: &ConnectionId, version: i64, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE declared_schemas SET applied_at = $3 WHERE connection_id = $1 AND version = $2";
    tx.execute(sql, &[connection.as_str().into(), version.into(), now.into()]).map(drop)
}

/// Forgets a version of which nothing was done.
///
/// # Errors
///
/// What the database says.
pub fn forget(tx: &Tx<'_>, connection: &ConnectionId, version: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM declared_schemas WHERE connection_id = $1 AND version = $2 AND applied_at IS NULL";
    tx.execute(sql, &[connection.as_str().into(), version.into()]).map(drop)
}

/// Whether somebody said that a connection's structure is ours to change.
///
/// # Errors
///
/// What the database says.
pub fn is_managed(tx: &Tx<'_>, connection: &ConnectionId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM managed_connections WHERE connection_id = $1";
    Ok(!tx.fetch_all(sql, &[connection.as_str().into()])?.is_empty())
}

/// Says so, or no longer.
///
/// # Errors
///
/// What the database says.
pub fn set_managed(tx: &Tx<'_>, connection: &ConnectionId, managed: bool, now: Timestamp) -> Result<(), StoreError> {
    if managed {
        let sql = "INSERT INTO managed_connections (connection_id, since) VALUES ($1, $2) \
                   ON CONFLICT (connection_id) DO NOTHING";
        tx.execute(sql, &[connection.as_str().into(), now.into()]).map(drop)
    } else {
        let sql = "DELETE FROM managed_connections WHERE connection_id = $1";
        tx.execute(sql, &[connection.as_str().into()]).map(drop)
    }
}
