//! Answers to writes with an `Idempotency-Key`, remembered for a day. SEC-65.

use crate::{Db, Row, StoreError, Tx, Value};
use portcullis_base::Timestamp;
use std::sync::Arc;

/// How long an answer is remembered. Seconds.
const TTL_S: i64 = 24 * 3600;

/// Remembered answers; cheap to clone.
#[derive(Debug, Clone)]
pub struct Idempotency {
    db: Db,
    boot: Arc<str>,
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nobody had it: run the request, then [`Idempotency::finish`] or [`Idempotency::release`].
    Claimed,
    /// The request was answered: give the same answer.
    Replay(StoredAnswer),
    /// The first request is still running.
    InProgress,
    /// The key was used for another request.
    Mismatch,
    /// The node stopped while the first request ran: whether it wrote is not known. Never run it again.
    Unknown,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The status.
    pub status: u16,
    /// Headers worth repeating.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Idempotency {
    pub(crate) const fn new(db: Db, boot: Arc<str>) -> Self {
        Self { db, boot }
    }

    /// Takes a key for a request, or tells what became of the request that took it first.
    ///
    /// `scope` is caller and route; of two calls at once one gets it.
    ///
    /// # Errors
    ///
    /// What the database says; the request must not run then.
    pub async fn claim(
        &self,
        scope: &str,
        key: &str,
        request_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let boot = self.boot.clone();
        let id: [Value; 2] = [scope.into(), key.into()];
        self.db.write(move |tx| claim(tx, &id, &request_hash, &boot, now)).await
    }

    /// Keeps the answer of the request that took the key.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn finish(&self, scope: &str, key: &str, answer: StoredAnswer) -> Result<(), StoreError> {
        let StoredAnswer { status, headers, body } = answer;
        let headers = serde_json::to_string(&headers).map_err(|error| StoreError::Other(error.to_string()))?;
        let values: [Value; 6] =
            [scope.into(), key.into(), i64::from(status).into(), headers.into(), body.into(), (&*self.boot).into()];
        let sql = "UPDATE idempotency SET status = $3, headers = $4, body = $5 \
                   WHERE scope = $1 AND key = $2 AND boot_id = $6 AND status IS NULL";
        self.db.write(move |tx| tx.execute(sql, &values).map(drop)).await
    }

    /// Gives a key back, because its request changed nothing and may be tried again.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn release(&self, scope: &str, key: &str) -> Result<(), StoreError> {
        let values: [Value; 3] = [scope.into(), key.into(), (&*self.boot).into()];
        let sql = "DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND boot_id = $3 AND status IS NULL";
        self.db.write(move |tx| tx.execute(sql, &values).map(drop)).await
    }

    /// Forgets what is older than a day, a piece at a time, and gives how many were forgotten.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn purge(&self, now: Timestamp) -> Result<usize, StoreError> {
        const PIECE: usize = 500;
        let before = now.plus_s(-TTL_S);
        let mut forgotten = 0;
        loop {
            let sql = "DELETE FROM idempotency WHERE rowid IN \
                       (SELECT rowid FROM idempotency WHERE created_at < $1 LIMIT $2)";
            let values: [Value; 2] = [before.into(), (PIECE as i64).into()];
            let piece = self.db.write(move |tx| tx.execute(sql, &values)).await?;
            forgotten += piece;
            if piece < PIECE {
                return Ok(forgotten);
            }
        }
    }
}

fn claim(tx: &Tx<'_>, id: &[Value; 2], hash: &[u8; 32], boot: &str, now: Timestamp) -> Result<Claim, StoreError> {
    let [scope, key] = id;
    tx.execute(
        "DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND created_at < $3",
        &[scope.clone(), key.clone(), now.plus_s(-TTL_S).into()],
    )?;
    let taken = tx.execute(
        "INSERT INTO idempotency (scope, key, request_hash, boot_id, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (scope, key) DO NOTHING",
        &[scope.clone(), key.clone(), hash.into(), boot.into(), now.into()],
    )?;
    if taken == 1 {
        return Ok(Claim::Claimed);
    }
    let row = tx.fetch_one(
        "SELECT request_hash, status, headers, body, boot_id, boot_id IN (SELECT boot_id FROM nodes) \
         FROM idempotency WHERE scope = $1 AND key = $2",
        id,
    )?;
    if row.hash(0)? != *hash {
        return Ok(Claim::Mismatch);
    }
    match row.opt_int(1)? {
        Some(status) => Ok(Claim::Replay(answer(status, &row)?)),
        None if row.text(4)? == boot || row.int(5)? == 1 => Ok(Claim::InProgress),
        None => Ok(Claim::Unknown),
    }
}

fn answer(status: i64, row: &Row) -> Result<StoredAnswer, StoreError> {
    let headers = serde_json::from_str(&row.text(2)?).map_err(|error| StoreError::Other(error.to_string()))?;
    Ok(StoredAnswer { status: u16::try_from(status).unwrap_or(500), headers, body: row.bytes(3)? })
}
