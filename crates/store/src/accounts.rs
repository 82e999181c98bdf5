//! Accounts: groups of users. A user is a member of one.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

const COLUMNS: &str = "SELECT account_id, user_id, level, created_at, removed_at FROM account_members";

/// A user in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The account: `acc_...`.
    pub account: String,
    /// The user's id in the users table.
    pub user: String,
    /// How much the user may do in it: a higher number more.
    pub level: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// Whether the user was taken out.
    pub removed: bool,
}

/// Makes an account without members.
///
/// # Errors
///
/// What the database says.
pub fn create(tx: &Tx<'_>, connection: &ConnectionId, account: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO accounts (id, connection_id, created_at) VALUES ($1, $2, $3)";
    tx.execute(sql, &[account.into(), connection.as_str().into(), now.into()]).map(drop)
}

/// Whether a stage has an account.
///
/// # Errors
///
/// What the database says.
pub fn exists(tx: &Tx<'_>, connection: &ConnectionId, account: &str) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM accounts WHERE connection_id = $1 AND id = $2";
    Ok(tx.fetch_optional(sql, &[connection.as_str().into(), account.into()])?.is_some())
}

/// Puts a user into an account; one who is in an account already stays there.
///
/// # Errors
///
/// What the database says.
pub fn add(tx: &Tx<'_>, connection: &ConnectionId, member: &Member) -> Result<(), StoreError> {
    let sql = "INSERT INTO account_members (connection_id, user_id, account_id, level, created_at) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (connection_id, user_id) DO NOTHING";
    let values: [Value; 5] = [
        connection.as_str().into(),
        (&member.user).into(),
        (&member.account).into(),
        member.level.into(),
        member.created_at.into(),
    ];
    tx.execute(sql, &values).map(drop)
}

/// A user's membership.
///
/// # Errors
///
/// What the database says.
pub fn of_user(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<Option<Member>, StoreError> {
    let sql = format!("{COLUMNS} WHERE connection_id = $1 AND user_id = $2");
    tx.fetch_optional(&sql, &[connection.as_str().into(), user.into()])?.as_ref().map(read).transpose()
}

/// The members of an account, the oldest first, without those who were taken out.
///
/// # Errors
///
/// What the database says.
pub fn members(tx: &Tx<'_>, connection: &ConnectionId, account: &str) -> Result<Vec<Member>, StoreError> {
    let sql = format!(
        "{COLUMNS} WHERE connection_id = $1 AND account_id = $2 AND removed_at IS NULL ORDER BY created_at, user_id"
    );
    tx.fetch_all(&sql, &[connection.as_str().into(), account.into()])?.iter().map(read).collect()
}

/// Gives a member another level.
///
/// # Errors
///
/// What the database says.
pub fn set_level(tx: &Tx<'_>, connection: &ConnectionId, user: &str, level: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE account_members SET level = $3 WHERE connection_id = $1 AND user_id = $2";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), level.into()])? == 1)
}

/// Takes a user out; false where that was done already.
///
/// # Errors
///
/// What the database says.
pub fn remove(tx: &Tx<'_>, connection: &ConnectionId, user: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE account_members SET removed_at = $3 \
               WHERE connection_id = $1 AND user_id = $2 AND removed_at IS NULL";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), now.into()])? == 1)
}

/// Takes a user who was taken out back into the account.
///
/// # Errors
///
/// What the database says.
pub fn restore(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<(), StoreError> {
    let sql = "UPDATE account_members SET removed_at = NULL WHERE connection_id = $1 AND user_id = $2";
    tx.execute(sql, &[connection.as_str().into(), user.into()]).map(drop)
}

fn read(row: &Row) -> Result<Member, StoreError> {
    Ok(Member {
        account: row.text(0)?,
        user: row.text(1)?,
        level: row.int(2)?,
        created_at: row.time(3)?,
        removed: row.opt_int(4)?.is_some(),
    })
}
