//! Passkeys: public keys of users' authenticators. To the store a key is text; only its counter is known here.

use crate::{Row, StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its credential's id in base64url.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// What the authenticator calls its user.
    pub handle: String,
    /// What its owner calls it.
    pub name: String,
    /// The public key and what was said at registration.
    pub body: String,
    /// How often the authenticator has signed; 0 for those that do not count.
    pub counter: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last proved its user.
    pub last_used_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, user_id, handle, name, body, counter, created_at, last_used_at";

/// Adds a passkey, unless the user has `at_most` already; `false` then.
///
/// # Errors
///
/// [`StoreError::Exists`] when the credential is registered, for this user or another.
pub fn insert(tx: &Tx<'_>, connection: &ConnectionId, passkey: &Passkey, at_most: i64) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM passkeys WHERE connection_id = $1 AND user_id = $2";
    if tx.fetch_one(sql, &[connection.as_str().into(), (&passkey.user).into()])?.int(0)? >= at_most {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO passkeys (connection_id, id, user_id, handle, name, body, counter, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            connection.as_str().into(),
            (&passkey.id).into(),
            (&passkey.user).into(),
            (&passkey.handle).into(),
            (&passkey.name).into(),
            (&passkey.body).into(),
            passkey.counter.into(),
            passkey.created_at.into(),
        ],
    )?;
    Ok(true)
}

/// A user's passkeys, the oldest first.
///
/// # Errors
///
/// What the database says.
pub fn of_user(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<Vec<Passkey>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM passkeys WHERE connection_id = $1 AND user_id = $2 ORDER BY created_at, id");
    tx.fetch_all(&sql, &[connection.as_str().into(), user.into()])?.iter().map(read).collect()
}

/// The passkey of a credential, if it is registered.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, connection: &ConnectionId, id: &str) -> Result<Option<Passkey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM passkeys WHERE connection_id = $1 AND id = $2");
    tx.fetch_optional(&sql, &[connection.as_str().into(), id.into()])?.as_ref().map(read).transpose()
}

/// Notes a use; `false` when the counter has not gone up since, which a copied authenticator would show.
///
/// # Errors
///
/// What the database says.
pub fn note_use(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    id: &str,
    body: &str,
    counter: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let noted = tx.execute(
        "UPDATE passkeys SET body = $3, counter = $4, last_used_at = $5 \
         WHERE connection_id = $1 AND id = $2 AND (counter < $4 OR (counter = 0 AND $4 = 0))",
        &[connection.as_str().into(), id.into(), body.into(), counter.into(), now.into()],
    )?;
    Ok(noted == 1)
}

/// Gives a user's passkey another name; `false` when the user has no such passkey.
///
/// # Errors
///
/// What the database says.
pub fn rename(tx: &Tx<'_>, connection: &ConnectionId, user: &str, id: &str, name: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE passkeys SET name = $4 WHERE connection_id = $1 AND user_id = $2 AND id = $3";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), id.into(), name.into()])? == 1)
}

/// Forgets a user's passkey; `false` when the user has no such passkey.
///
/// # Errors
///
/// What the database says.
pub fn delete(tx: &Tx<'_>, connection: &ConnectionId, user: &str, id: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM passkeys WHERE connection_id = $1 AND user_id = $2 AND id = $3";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), id.into()])? == 1)
}

/// Forgets all passkeys of a user.
///
/// # Errors
///
/// What the database says.
pub fn delete_all(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<usize, StoreError> {
    let sql = "DELETE FROM passkeys WHERE connection_id = $1 AND user_id = $2";
    tx.execute(sql, &[connection.as_str().into(), user.into()])
}

fn read(row: &Row) -> Result<Passkey, StoreError> {
    Ok(Passkey {
        id: row.text(0)?,
        user: row.text(1)?,
        handle: row.text(2)?,
        name: row.text(3)?,
        body: row.text(4)?,
        counter: row.int(5)?,
        created_at: row.time(6)?,
        last_used_at: row.opt_int(7)?.map(Timestamp),
    })
}
