//! The values behind `secret:NAME`, sealed per stage.

use crate::{Store, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::Place;

/// A sealed value, ready to be kept.
#[derive(Debug, Clone)]
pub struct Sealed {
    connection: ConnectionId,
    name: String,
    value: Vec<u8>,
}

impl Store {
    /// Seals a value under its name.
    pub fn seal_secret(&self, connection: &ConnectionId, name: &str, value: &Secret<String>) -> Sealed {
        let record = format!("{connection}/{name}");
        let value = self.sealer().seal(place(&record), value.expose().as_bytes());
        Sealed { connection: connection.clone(), name: name.to_owned(), value }
    }

    /// The value of a name, if it was set.
    ///
    /// # Errors
    ///
    /// What the database says; [`StoreError::Seal`].
    pub async fn secret(&self, connection: &ConnectionId, name: &str) -> Result<Option<Secret<String>>, StoreError> {
        let record = format!("{connection}/{name}");
        let values: [Value; 2] = [connection.as_str().into(), name.into()];
        let row = self
            .db()
            .read(move |tx| {
                tx.fetch_optional("SELECT value FROM secrets WHERE connection_id = $1 AND name = $2", &values)
            })
            .await?;
        row.map(|row| Ok(self.sealer().open_text(place(&record), &row.bytes(0)?)?)).transpose()
    }
}

fn place(record: &str) -> Place<'_> {
    Place { table: "secrets", record, field: "value" }
}

/// Keeps a sealed value in place of an earlier one.
///
/// # Errors
///
/// What the database says.
pub fn set(tx: &Tx<'_>, sealed: &Sealed, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO secrets (connection_id, name, value, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (connection_id, name) DO UPDATE SET value = excluded.value, created_at = excluded.created_at",
        &[sealed.connection.as_str().into(), (&sealed.name).into(), sealed.value.clone().into(), now.into()],
    )
    .map(drop)
}

/// The names that have a value.
///
/// # Errors
///
/// What the database says.
pub fn names(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT name FROM secrets WHERE connection_id = $1 ORDER BY name";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(|row| row.text(0)).collect()
}
