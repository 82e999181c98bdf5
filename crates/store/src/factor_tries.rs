//! Wrong codes in a row, per user and kind of factor: counted before a code is looked at. SEC-7.

use crate::{StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// How many tries, and what comes after them.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Wrong codes before a wait.
    pub per_round: i64,
    /// The wait after each round. Seconds.
    pub wait_s: i64,
    /// Wrong codes in a row after which only another factor helps.
    pub at_most: i64,
}

/// Whether a code may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// It may; so many wrong ones are left before the next wait, this one not counted.
    Granted {
        /// Tries left after this one.
        left: i64,
    },
    /// Not before this moment.
    Wait(Timestamp),
    /// Not at all until [`clear`].
    Blocked,
}

/// Counts a try, if there is one left.
///
/// # Errors
///
/// What the database says.
pub fn claim(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    kind: &str,
    limits: Limits,
    now: Timestamp,
) -> Result<Try, StoreError> {
    let key = || vec![connection.as_str().into(), user.into(), kind.into()];
    tx.execute(
        "INSERT INTO factor_tries (connection_id, user_id, kind, failures, last_at) VALUES ($1, $2, $3, 0, 0) \
         ON CONFLICT (connection_id, user_id, kind) DO NOTHING",
        &key(),
    )?;
    let mut values = key();
    let over = now.plus_s(-limits.wait_s);
    values.extend([now.into(), limits.at_most.into(), limits.per_round.into(), over.into()]);
    let granted = tx.execute(
        "UPDATE factor_tries SET failures = failures + 1, last_at = $4 \
         WHERE connection_id = $1 AND user_id = $2 AND kind = $3 AND failures < $5 \
         AND (failures = 0 OR failures % $6 <> 0 OR last_at <= $7)",
        &values,
    )?;
    let sql = "SELECT failures, last_at FROM factor_tries WHERE connection_id = $1 AND user_id = $2 AND kind = $3";
    let row = tx.fetch_one(sql, &key())?;
    let (failures, last_at) = (row.int(0)?, row.time(1)?);
    Ok(match granted {
        1 => Try::Granted { left: (limits.per_round - failures % limits.per_round) % limits.per_round },
        _ if failures >= limits.at_most => Try::Blocked,
        _ => Try::Wait(last_at.plus_s(limits.wait_s)),
    })
}

/// Forgets a user's wrong codes: a right one came, or an administrator helped. Without a kind, those of all kinds.
///
/// # Errors
///
/// What the database says.
pub fn clear(tx: &Tx<'_>, connection: &ConnectionId, user: &str, kind: Option<&str>) -> Result<(), StoreError> {
    let (connection, user) = (connection.as_str().into(), user.into());
    match kind {
        Some(kind) => tx.execute(
            "DELETE FROM factor_tries WHERE connection_id = $1 AND user_id = $2 AND kind = $3",
            &[connection, user, kind.into()],
        ),
        None => tx.execute("DELETE FROM factor_tries WHERE connection_id = $1 AND user_id = $2", &[connection, user]),
    }
    .map(drop)
}
