//! Operators, the set-up link that makes the first one, and the count of failed sign-ins.

use crate::{Row, StoreError, Tx};
use portcullis_base::Timestamp;

const COLUMNS: &str = "id, email, password_hash, created_at, password_changed_at, last_login_at";

/// Somebody who administers the instance.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// The id: `op_...`.
    pub id: String,
    /// The address, in small letters.
    pub email: String,
    /// The password's hash, a PHC string.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the password was set.
    pub password_changed_at: Timestamp,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Adds an operator. The set-up link ends with the first one.
///
/// # Errors
///
/// [`StoreError::Exists`] when the address is taken.
pub fn insert(tx: &Tx<'_>, operator: &Operator) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO operators (id, email, password_hash, created_at, password_changed_at) VALUES ($1, $2, $3, $4, $5)",
        &[
            (&operator.id).into(),
            (&operator.email).into(),
            (&operator.password_hash).into(),
            operator.created_at.into(),
            operator.password_changed_at.into(),
        ],
    )?;
    tx.execute("DELETE FROM operator_setup", &[]).map(drop)
}

/// Adds an operator if there is none; false, and nothing done, where there is one.
///
/// # Errors
///
/// What the database says.
pub fn insert_first(tx: &Tx<'_>, operator: &Operator) -> Result<bool, StoreError> {
    if any(tx)? {
        return Ok(false);
    }
    insert(tx, operator).map(|()| true)
}

/// Whether there is an operator.
///
/// # Errors
///
/// What the database says.
pub fn any(tx: &Tx<'_>) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional("SELECT id FROM operators LIMIT 1", &[])?.is_some())
}

/// Every operator, by address.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>) -> Result<Vec<Operator>, StoreError> {
    tx.fetch_all(&format!("SELECT {COLUMNS} FROM operators ORDER BY email"), &[])?.iter().map(read).collect()
}

/// The operator of an address in small letters.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, email: &str) -> Result<Option<Operator>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM operators WHERE email = $1");
    tx.fetch_optional(&sql, &[email.into()])?.as_ref().map(read).transpose()
}

/// The operator of an id.
///
/// # Errors
///
/// What the database says; also when they are gone.
pub fn load(tx: &Tx<'_>, id: &str) -> Result<Operator, StoreError> {
    read(&tx.fetch_one(&format!("SELECT {COLUMNS} FROM operators WHERE id = $1"), &[id.into()])?)
}

/// Gives an operator another password, provided that the one they have is still `before`.
///
/// # Errors
///
/// [`StoreError::Changed`] when someone else was quicker.
pub fn set_password(tx: &Tx<'_>, id: &str, before: &str, after: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE operators SET password_hash = $3, password_changed_at = $4 WHERE id = $1 AND password_hash = $2";
    match tx.execute(sql, &[id.into(), before.into(), after.into(), now.into()])? {
        1 => Ok(()),
        _ => Err(StoreError::Changed),
    }
}

/// Notes when an operator signed in, provided that their password is still the one that was checked.
///
/// # Errors
///
/// [`StoreError::Changed`] when it is another by now.
pub fn signed_in(tx: &Tx<'_>, id: &str, password_hash: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE operators SET last_login_at = $3 WHERE id = $1 AND password_hash = $2";
    match tx.execute(sql, &[id.into(), password_hash.into(), now.into()])? {
        1 => Ok(()),
        _ => Err(StoreError::Changed),
    }
}

/// Keeps the hash of a fresh set-up token in place of an earlier one; false where there is an operator already.
///
/// # Errors
///
/// What the database says.
pub fn set_setup(tx: &Tx<'_>, hash: &[u8; 32], expires_at: Timestamp) -> Result<bool, StoreError> {
    if any(tx)? {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO operator_setup (id, hash, expires_at) VALUES (1, $1, $2) \
         ON CONFLICT (id) DO UPDATE SET hash = $1, expires_at = $2",
        &[hash.into(), expires_at.into()],
    )?;
    Ok(true)
}

/// Whether a set-up token is the one that was printed last and still good.
///
/// # Errors
///
/// What the database says.
pub fn setup_is_good(tx: &Tx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM operator_setup WHERE hash = $1 AND expires_at > $2";
    Ok(tx.fetch_optional(sql, &[hash.into(), now.into()])?.is_some())
}

/// Uses a set-up token up; false where it is not, or no longer, good.
///
/// # Errors
///
/// What the database says.
pub fn take_setup(tx: &Tx<'_>, hash: &[u8; 32], now: Timestamp) -> Result<bool, StoreError> {
    let sql = "DELETE FROM operator_setup WHERE hash = $1 AND expires_at > $2";
    Ok(tx.execute(sql, &[hash.into(), now.into()])? == 1)
}

/// Whether a password may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Yes; it counts as the so manieth failure in a row until it turns out to be none.
    Counted(i64),
    /// Not before this moment.
    Wait(Timestamp),
}

/// Counts an attempt before it is made, unless its subject has to wait. One statement, so that of many at the same
/// moment each has its own number. SEC-7.
///
/// # Errors
///
/// What the database says.
pub fn count_attempt(tx: &Tx<'_>, subject: &[u8; 32], now: Timestamp) -> Result<Attempt, StoreError> {
    let counted = tx.fetch_optional(
        "INSERT INTO operator_attempts (subject, failures, last_at) VALUES ($1, 1, $2) \
         ON CONFLICT (subject) DO UPDATE SET failures = operator_attempts.failures + 1, last_at = $2 \
         WHERE operator_attempts.wait_until IS NULL OR operator_attempts.wait_until <= $2 RETURNING failures",
        &[subject.into(), now.into()],
    )?;
    if let Some(row) = counted {
        return Ok(Attempt::Counted(row.int(0)?));
    }
    let row = tx.fetch_one("SELECT wait_until FROM operator_attempts WHERE subject = $1", &[subject.into()])?;
    Ok(Attempt::Wait(row.time(0)?))
}

/// Lets nobody try before `until`.
///
/// # Errors
///
/// What the database says.
pub fn set_wait(tx: &Tx<'_>, subject: &[u8; 32], until: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE operator_attempts SET wait_until = $2 WHERE subject = $1";
    tx.execute(sql, &[subject.into(), until.into()]).map(drop)
}

/// Forgets the failures of a subject.
///
/// # Errors
///
/// What the database says.
pub fn clear_attempts(tx: &Tx<'_>, subject: &[u8; 32]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM operator_attempts WHERE subject = $1", &[subject.into()]).map(drop)
}

/// Takes back the one attempt that turned out to be no failure, and the wait it brought.
///
/// # Errors
///
/// What the database says.
pub fn uncount_attempt(tx: &Tx<'_>, subject: &[u8; 32]) -> Result<(), StoreError> {
    let sql = "UPDATE operator_attempts SET failures = failures - 1, wait_until = NULL \
               WHERE subject = $1 AND failures > 0";
    tx.execute(sql, &[subject.into()]).map(drop)
}

/// Forgets subjects that have not tried since.
///
/// # Errors
///
/// What the database says.
pub fn purge_attempts(tx: &Tx<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.execute("DELETE FROM operator_attempts WHERE last_at < $1", &[before.into()]).map(drop)
}

fn read(row: &Row) -> Result<Operator, StoreError> {
    Ok(Operator {
        id: row.text(0)?,
        email: row.text(1)?,
        password_hash: row.text(2)?,
        created_at: row.time(3)?,
        password_changed_at: row.time(4)?,
        last_login_at: row.opt_int(5)?.map(Timestamp),
    })
}
