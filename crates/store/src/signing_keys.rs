//! Keys that sign access tokens, sealed with the master key. SEC-60.

use crate::{Store, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::Place;

/// A kept signing key.
#[derive(Debug, Clone)]
pub struct SealedKey {
    /// Its name in tokens.
    pub kid: String,
    /// Its stage's connection.
    pub connection: ConnectionId,
    /// The surface whose tokens it signs.
    pub surface: String,
    /// The key, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it verifies, once another one signs.
    pub retires_at: Option<Timestamp>,
}

impl Store {
    /// Seals a signing key under its name.
    pub fn seal_signing_key(&self, kid: &str, key: &[u8]) -> Vec<u8> {
        self.sealer().seal(place(kid), key)
    }

    /// Opens a sealed signing key.
    ///
    /// # Errors
    ///
    /// [`StoreError::Seal`].
    pub fn open_signing_key(&self, key: &SealedKey) -> Result<Secret<Vec<u8>>, StoreError> {
        Ok(Secret::new(self.sealer().open(place(&key.kid), &key.sealed)?.expose().clone()))
    }
}

fn place(kid: &str) -> Place<'_> {
    Place { table: "signing_keys", record: kid, field: "sealed" }
}

/// Keeps a key.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, key: &SealedKey) -> Result<(), StoreError> {
    let values: [Value; 6] = [
        (&key.kid).into(),
        key.connection.as_str().into(),
        (&key.surface).into(),
        key.sealed.clone().into(),
        key.created_at.into(),
        key.retires_at.into(),
    ];
    let sql = "INSERT INTO signing_keys (kid, connection_id, surface, sealed, created_at, retires_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, &values).map(drop)
}

/// The keys of a connection that still verify, the newest first.
///
/// # Errors
///
/// What the database says.
pub fn good(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    surface: &str,
    now: Timestamp,
) -> Result<Vec<SealedKey>, StoreError> {
    let sql = "SELECT kid, connection_id, surface, sealed, created_at, retires_at FROM signing_keys \
               WHERE connection_id = $1 AND surface = $2 AND (retires_at IS NULL OR retires_at > $3) \
               ORDER BY retires_at IS NOT NULL, created_at DESC, kid";
    let rows = tx.fetch_all(sql, &[connection.as_str().into(), surface.into(), now.into()])?;
    let read = |row: &crate::Row| {
        Ok(SealedKey {
            kid: row.text(0)?,
            connection: ConnectionId(row.text(1)?),
            surface: row.text(2)?,
            sealed: row.bytes(3)?,
            created_at: row.time(4)?,
            retires_at: row.opt_int(5)?.map(Timestamp),
        })
    };
    rows.iter().map(read).collect()
}

/// As [`retire`], for the keys of every surface but one.
///
/// # Errors
///
/// What the database says.
pub fn retire_others(tx: &Tx<'_>, connection: &ConnectionId, but: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE signing_keys SET retires_at = $3 \
               WHERE connection_id = $1 AND surface <> $2 AND (retires_at IS NULL OR retires_at > $3)";
    tx.execute(sql, &[connection.as_str().into(), but.into(), at.into()]).map(drop)
}

/// Lets the keys of a connection verify only until `at`; a moment that has passed ends them at once.
///
/// # Errors
///
/// What the database says.
pub fn retire(tx: &Tx<'_>, connection: &ConnectionId, surface: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE signing_keys SET retires_at = $3 \
               WHERE connection_id = $1 AND surface = $2 AND (retires_at IS NULL OR retires_at > $3)";
    tx.execute(sql, &[connection.as_str().into(), surface.into(), at.into()]).map(drop)
}
