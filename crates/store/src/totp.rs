//! Authenticator apps: one sealed secret per user, and the newest step that was used with it.

use crate::{Store, StoreError, Tx};
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::Place;

/// A user's authenticator app.
#[derive(Debug, Clone)]
pub struct Totp {
    /// The secret, sealed.
    pub secret: Vec<u8>,
    /// The newest step that was used.
    pub last_step: i64,
    /// When a first code showed that the app has the secret.
    pub confirmed_at: Option<Timestamp>,
}

impl Store {
    /// Seals a secret for its user.
    pub fn seal_totp(&self, connection: &ConnectionId, user: &str, secret: &[u8]) -> Vec<u8> {
        self.sealer().seal(place(&record(connection, user)), secret)
    }

    /// Opens a user's secret.
    ///
    /// # Errors
    ///
    /// [`StoreError::Seal`].
    pub fn open_totp(
        &self,
        connection: &ConnectionId,
        user: &str,
        sealed: &[u8],
    ) -> Result<Secret<Vec<u8>>, StoreError> {
        Ok(self.sealer().open(place(&record(connection, user)), sealed)?)
    }
}

fn record(connection: &ConnectionId, user: &str) -> String {
    format!("{connection}/{user}")
}

fn place(record: &str) -> Place<'_> {
    Place { table: "totp", record, field: "secret" }
}

/// Keeps a secret that has yet to be confirmed, in place of an earlier one of that kind.
///
/// # Errors
///
/// [`StoreError::Exists`] when the user has a confirmed one.
pub fn enroll(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    secret: Vec<u8>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kept = tx.execute(
        "INSERT INTO totp (connection_id, user_id, secret, last_step, created_at) VALUES ($1, $2, $3, 0, $4) \
         ON CONFLICT (connection_id, user_id) DO UPDATE SET secret = excluded.secret, last_step = 0, \
         created_at = excluded.created_at WHERE totp.confirmed_at IS NULL",
        &[connection.as_str().into(), user.into(), secret.into(), now.into()],
    )?;
    if kept == 1 { Ok(()) } else { Err(StoreError::Exists) }
}

/// A user's secret, if there is one.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<Option<Totp>, StoreError> {
    let sql = "SELECT secret, last_step, confirmed_at FROM totp WHERE connection_id = $1 AND user_id = $2";
    let row = tx.fetch_optional(sql, &[connection.as_str().into(), user.into()])?;
    row.map(|row| {
        let confirmed_at = row.opt_int(2)?.map(Timestamp);
        Ok(Totp { secret: row.bytes(0)?, last_step: row.int(1)?, confirmed_at })
    })
    .transpose()
}

/// Uses a step up: `false` when it or a later one was used already, or the secret is another one by now.
/// The first step confirms.
///
/// # Errors
///
/// What the database says.
pub fn use_step(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    totp: &Totp,
    step: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = tx.execute(
        "UPDATE totp SET last_step = $3, confirmed_at = COALESCE(confirmed_at, $4) \
         WHERE connection_id = $1 AND user_id = $2 AND last_step < $3 AND secret = $5",
        &[connection.as_str().into(), user.into(), step.into(), now.into(), totp.secret.clone().into()],
    )?;
    Ok(used == 1)
}

/// Forgets a user's secret; `false` when there was none.
///
/// # Errors
///
/// What the database says.
pub fn delete(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM totp WHERE connection_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into()])? == 1)
}
