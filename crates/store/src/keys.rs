//! A stage's keys: hashes, and of public keys the text too.

use crate::{Row, StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// A key of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id: `key_...`.
    pub id: String,
    /// Its stage's connection.
    pub connection: ConnectionId,
    /// `public` or `admin`.
    pub kind: String,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// Its first characters.
    pub prefix: String,
    /// The key itself, if it is public.
    pub readable: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Adds a key.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, key: &Key) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO keys (id, connection_id, kind, name, hash, prefix, readable, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            (&key.id).into(),
            key.connection.as_str().into(),
            (&key.kind).into(),
            (&key.name).into(),
            key.hash.into(),
            (&key.prefix).into(),
            key.readable.clone().into(),
            key.created_at.into(),
        ],
    )
    .map(drop)
}

/// The live keys of a stage, the oldest first.
///
/// # Errors
///
/// What the database says.
pub fn live(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<Key>, StoreError> {
    let sql = "SELECT id, connection_id, kind, name, hash, prefix, readable, created_at FROM keys \
               WHERE connection_id = $1 AND revoked_at IS NULL ORDER BY created_at, id";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(read).collect()
}

/// Ends a key's life.
///
/// # Errors
///
/// What the database says.
pub fn revoke(tx: &Tx<'_>, id: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", &[id.into(), now.into()])
        .map(drop)
}

fn read(row: &Row) -> Result<Key, StoreError> {
    Ok(Key {
        id: row.text(0)?,
        connection: ConnectionId(row.text(1)?),
        kind: row.text(2)?,
        name: row.text(3)?,
        hash: row.hash(4)?,
        prefix: row.text(5)?,
        readable: row.opt_text(6)?,
        created_at: row.time(7)?,
    })
}
