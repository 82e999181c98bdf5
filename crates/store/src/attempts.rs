//! Rate limits and lockouts, counted in one statement each, so that calls at once are all counted. SEC-7, REL-10.

use crate::{StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// A counter after it counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many in the window, this one included.
    pub count: i64,
    /// When the window ends.
    pub ends_at: Timestamp,
}

/// Counts one more in the window that runs; begins one where none does.
///
/// # Errors
///
/// What the database says.
pub fn count(
    tx: &Tx<'_>,
    scope: &str,
    key: &str,
    by: i64,
    window_s: i64,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    // A clock that was turned back must not make a window that never ends. REL-8.
    let sql = "INSERT INTO rate_counters (scope, key, started_at, ends_at, count) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (scope, key) DO UPDATE SET \
               count = CASE WHEN rate_counters.ends_at > $3 AND rate_counters.started_at <= $3 \
                       THEN rate_counters.count + $5 ELSE $5 END, \
               started_at = CASE WHEN rate_counters.ends_at > $3 AND rate_counters.started_at <= $3 \
                            THEN rate_counters.started_at ELSE $3 END, \
               ends_at = CASE WHEN rate_counters.ends_at > $3 AND rate_counters.started_at <= $3 \
                         THEN rate_counters.ends_at ELSE $4 END \
               RETURNING count, ends_at";
    let values: [Value; 5] = [scope.into(), key.into(), now.into(), now.plus_s(window_s).into(), by.into()];
    let row = tx.fetch_one(sql, &values)?;
    Ok(Counted { count: row.int(0)?, ends_at: row.time(1)? })
}

/// Takes back what was counted for something that turned out not to count.
///
/// # Errors
///
/// What the database says.
pub fn uncount(tx: &Tx<'_>, scope: &str, key: &str) -> Result<(), StoreError> {
    let sql = "UPDATE rate_counters SET count = count - 1 WHERE scope = $1 AND key = $2 AND count > 0";
    tx.execute(sql, &[scope.into(), key.into()]).map(drop)
}

/// Forgets a counter.
///
/// # Errors
///
/// What the database says.
pub fn clear(tx: &Tx<'_>, scope: &str, key: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM rate_counters WHERE scope = $1 AND key = $2", &[scope.into(), key.into()]).map(drop)
}

/// How an account's password guesses stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lock {
    /// Wrong passwords in a row.
    pub failures: i64,
    /// Until when nobody may guess.
    pub locked_until: Option<Timestamp>,
}

/// Counts a guess before the password is checked. The guess may go on if the account is not locked; a wrong one is
/// never taken back, a good one clears the account. `wait_s` gives the wait after so many failures.
///
/// # Errors
///
/// What the database says.
pub fn guess(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    account: &str,
    wait_s: &dyn Fn(i64) -> i64,
    longest_s: i64,
    now: Timestamp,
) -> Result<Result<Lock, Timestamp>, StoreError> {
    let key: [Value; 2] = [connection.as_str().into(), account.into()];
    let row = tx.fetch_optional(
        "SELECT failures, locked_until FROM lockouts WHERE connection_id = $1 AND account = $2",
        &key,
    )?;
    let (failures, until) = match row {
        Some(row) => (row.int(0)?, row.time(1)?),
        None => (0, Timestamp(0)),
    };
    // A lock ends by itself, also where the clock was turned back. SEC-9, REL-8.
    let until = until.min(now.plus_s(longest_s));
    if until > now {
        return Ok(Err(until));
    }
    let failures = failures + 1;
    let wait = wait_s(failures);
    let until = if wait > 0 { now.plus_s(wait) } else { Timestamp(0) };
    tx.execute(
        "INSERT INTO lockouts (connection_id, account, failures, locked_until, touched_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (connection_id, account) DO UPDATE SET \
         failures = excluded.failures, locked_until = excluded.locked_until, touched_at = excluded.touched_at",
        &[connection.as_str().into(), account.into(), failures.into(), until.into(), now.into()],
    )?;
    Ok(Ok(Lock { failures, locked_until: (wait > 0).then_some(until) }))
}

/// Takes a guess back that was not looked at; the lock it brought ends with it.
///
/// # Errors
///
/// What the database says.
pub fn unguess(tx: &Tx<'_>, connection: &ConnectionId, account: &str, lock: Lock) -> Result<(), StoreError> {
    let sql = "UPDATE lockouts SET failures = failures - 1, \
               locked_until = CASE WHEN locked_until = $3 THEN 0 ELSE locked_until END \
               WHERE connection_id = $1 AND account = $2 AND failures > 0";
    let own = lock.locked_until.unwrap_or(Timestamp(0));
    tx.execute(sql, &[connection.as_str().into(), account.into(), own.into()]).map(drop)
}

/// Clears an account's failures.
///
/// # Errors
///
/// What the database says.
pub fn unlock(tx: &Tx<'_>, connection: &ConnectionId, account: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM lockouts WHERE connection_id = $1 AND account = $2";
    tx.execute(sql, &[connection.as_str().into(), account.into()]).map(drop)
}

/// Forgets counters whose window has ended and failures that nobody added to for long.
///
/// # Errors
///
/// What the database says.
pub fn purge(tx: &Tx<'_>, now: Timestamp, idle_before: Timestamp) -> Result<usize, StoreError> {
    let counters = tx.execute("DELETE FROM rate_counters WHERE ends_at < $1", &[now.into()])?;
    let locks = tx.execute(
        "DELETE FROM lockouts WHERE touched_at < $1 AND locked_until < $2",
        &[idle_before.into(), now.into()],
    )?;
    Ok(counters + locks)
}
