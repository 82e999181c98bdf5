//! What ended before its time, in the order in which it did: nodes read what is newer than what they have seen.

use crate::{StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// One ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Its place in the order; 0 before it is kept.
    pub id: i64,
    /// The connection.
    pub connection: ConnectionId,
    /// `session`, `user`, `keys` or `api_key`.
    pub kind: String,
    /// Which session, user or key; empty for `keys`.
    pub subject: String,
    /// For `user`: the lowest password version that is good.
    pub version: i64,
    /// From when on it need not be remembered.
    pub expires_at: Timestamp,
}

/// Keeps an ending; gives its place.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, revocation: &Revocation) -> Result<i64, StoreError> {
    let values: [Value; 5] = [
        revocation.connection.as_str().into(),
        (&revocation.kind).into(),
        (&revocation.subject).into(),
        revocation.version.into(),
        revocation.expires_at.into(),
    ];
    let sql = "INSERT INTO revocations (connection_id, kind, subject, version, expires_at) \
               VALUES ($1, $2, $3, $4, $5) RETURNING id";
    tx.fetch_one(sql, &values)?.int(0)
}

/// What is newer than `seen`, in order.
///
/// # Errors
///
/// What the database says.
pub fn since(tx: &Tx<'_>, seen: i64) -> Result<Vec<Revocation>, StoreError> {
    let sql = "SELECT id, connection_id, kind, subject, version, expires_at FROM revocations WHERE id > $1 ORDER BY id";
    let read = |row: &crate::Row| {
        Ok(Revocation {
            id: row.int(0)?,
            connection: ConnectionId(row.text(1)?),
            kind: row.text(2)?,
            subject: row.text(3)?,
            version: row.int(4)?,
            expires_at: row.time(5)?,
        })
    };
    tx.fetch_all(sql, &[seen.into()])?.iter().map(read).collect()
}

/// Forgets what need not be remembered.
///
/// # Errors
///
/// What the database says.
pub fn purge(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    tx.execute("DELETE FROM revocations WHERE expires_at < $1", &[now.into()])
}
