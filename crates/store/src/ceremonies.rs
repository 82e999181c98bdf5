//! What is remembered between the two halves of a ceremony, sealed, for a few minutes and one use.

use crate::{Store, StoreError, Tx};
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::Place;

/// A begun ceremony, ready to be kept.
#[derive(Debug, Clone)]
pub struct Ceremony {
    connection: ConnectionId,
    hash: [u8; 32],
    kind: &'static str,
    payload: Vec<u8>,
    expires_at: Timestamp,
}

impl Store {
    /// Seals what a ceremony has to remember. `hash` is the SHA-256 of the ticket that the client brings back.
    pub fn seal_ceremony(
        &self,
        connection: &ConnectionId,
        kind: &'static str,
        hash: [u8; 32],
        payload: &[u8],
        expires_at: Timestamp,
    ) -> Ceremony {
        let payload = self.sealer().seal(place(&record(connection, kind, &hash)), payload);
        Ceremony { connection: connection.clone(), hash, kind, payload, expires_at }
    }

    /// Takes a ceremony: of any number of callers with the same ticket one gets what it remembers.
    ///
    /// # Errors
    ///
    /// What the database says; [`StoreError::Seal`].
    pub async fn take_ceremony(
        &self,
        connection: &ConnectionId,
        kind: &'static str,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        let scope = connection.clone();
        let payload = self.db().write(move |tx| take(tx, &scope, kind, &hash, now)).await?;
        let record = record(connection, kind, &hash);
        payload.map(|payload| Ok(self.sealer().open(place(&record), &payload)?)).transpose()
    }

    /// What a ceremony remembers, without taking it.
    ///
    /// # Errors
    ///
    /// What the database says; [`StoreError::Seal`].
    pub async fn peek_ceremony(
        &self,
        connection: &ConnectionId,
        kind: &'static str,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        let scope = connection.clone();
        let payload = self.db().read(move |tx| peek(tx, &scope, kind, &hash, now)).await?;
        let record = record(connection, kind, &hash);
        payload.map(|payload| Ok(self.sealer().open(place(&record), &payload)?)).transpose()
    }
}

/// Keeps a ceremony, and forgets those whose time is over.
///
/// # Errors
///
/// What the database says.
pub fn insert(tx: &Tx<'_>, ceremony: &Ceremony, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM ceremonies WHERE expires_at <= $1", &[now.into()])?;
    tx.execute(
        "INSERT INTO ceremonies (connection_id, hash, kind, payload, expires_at) VALUES ($1, $2, $3, $4, $5)",
        &[
            ceremony.connection.as_str().into(),
            ceremony.hash.into(),
            ceremony.kind.into(),
            ceremony.payload.clone().into(),
            ceremony.expires_at.into(),
        ],
    )
    .map(drop)
}

fn take(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    kind: &str,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let taken = tx.execute(
        "UPDATE ceremonies SET used_at = $4 WHERE connection_id = $1 AND hash = $2 AND kind = $3 \
         AND used_at IS NULL AND expires_at > $4",
        &[connection.as_str().into(), hash.into(), kind.into(), now.into()],
    )?;
    if taken != 1 {
        return Ok(None);
    }
    let sql = "SELECT payload FROM ceremonies WHERE connection_id = $1 AND hash = $2";
    tx.fetch_one(sql, &[connection.as_str().into(), hash.into()])?.bytes(0).map(Some)
}

fn peek(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    kind: &str,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT payload FROM ceremonies WHERE connection_id = $1 AND hash = $2 AND kind = $3 \
               AND used_at IS NULL AND expires_at > $4";
    let row = tx.fetch_optional(sql, &[connection.as_str().into(), hash.into(), kind.into(), now.into()])?;
    row.map(|row| row.bytes(0)).transpose()
}

fn record(connection: &ConnectionId, kind: &str, hash: &[u8; 32]) -> String {
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{connection}/{kind}/{hex}")
}

fn place(record: &str) -> Place<'_> {
    Place { table: "ceremonies", record, field: "payload" }
}
