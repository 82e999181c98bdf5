//! Links and codes of mails: each works once, a newer one voids the older. SEC-21.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// A link token or a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTime {
    /// Its id.
    pub id: String,
    /// Its stage's connection.
    pub connection: ConnectionId,
    /// What it is for.
    pub purpose: String,
    /// For whom.
    pub user: String,
    /// To which address it was sent, in small letters.
    pub address: String,
    /// SHA-256 of the token, or of the code with its address.
    pub hash: [u8; 32],
    /// What goes with it, as JSON.
    pub payload: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it works.
    pub expires_at: Timestamp,
}

/// Keeps a token; older ones of the same user and purpose are void.
///
/// # Errors
///
/// What the database says.
pub fn replace(tx: &Tx<'_>, token: &OneTime) -> Result<(), StoreError> {
    void(tx, &token.connection, &token.purpose, &token.user)?;
    tx.execute(
        "INSERT INTO one_time_tokens (id, connection_id, purpose, user_id, address, hash, payload, created_at, \
         expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            (&token.id).into(),
            token.connection.as_str().into(),
            (&token.purpose).into(),
            (&token.user).into(),
            (&token.address).into(),
            token.hash.into(),
            token.payload.clone().into(),
            token.created_at.into(),
            token.expires_at.into(),
        ],
    )
    .map(drop)
}

/// Voids what a user still holds for a purpose.
///
/// # Errors
///
/// What the database says.
pub fn void(tx: &Tx<'_>, connection: &ConnectionId, purpose: &str, user: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM one_time_tokens WHERE connection_id = $1 AND purpose = $2 AND user_id = $3";
    tx.execute(sql, &[connection.as_str().into(), purpose.into(), user.into()]).map(drop)
}

/// Voids whatever a user still holds.
///
/// # Errors
///
/// What the database says.
pub fn void_all(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM one_time_tokens WHERE connection_id = $1 AND user_id = $2";
    tx.execute(sql, &[connection.as_str().into(), user.into()]).map(drop)
}

/// The token of this hash, if it still works. Does not use it up.
///
/// # Errors
///
/// What the database says.
pub fn peek(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    purpose: &str,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    let sql = "SELECT id, connection_id, purpose, user_id, address, hash, payload, created_at, expires_at \
               FROM one_time_tokens \
               WHERE connection_id = $1 AND purpose = $2 AND hash = $3 AND used_at IS NULL AND expires_at > $4";
    let values: [Value; 4] = [connection.as_str().into(), purpose.into(), hash.into(), now.into()];
    tx.fetch_optional(sql, &values)?.as_ref().map(read).transpose()
}

/// Uses a token up; of many uses at once one gets `true`.
///
/// # Errors
///
/// What the database says.
pub fn consume(tx: &Tx<'_>, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE one_time_tokens SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2";
    Ok(tx.execute(sql, &[id.into(), now.into()])? == 1)
}

/// Gives a token back whose use came to nothing for a reason of ours.
///
/// # Errors
///
/// What the database says.
pub fn give_back(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE one_time_tokens SET used_at = NULL WHERE id = $1", &[id.into()]).map(drop)
}

/// Counts a try of a code sent to this address, before it is compared; `None` where there is none or its tries are
/// used up.
///
/// # Errors
///
/// What the database says.
pub fn try_code(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    purpose: &str,
    address: &str,
    max_tries: i64,
    now: Timestamp,
) -> Result<Option<OneTime>, StoreError> {
    let sql = "UPDATE one_time_tokens SET tries = tries + 1 \
               WHERE connection_id = $1 AND purpose = $2 AND address = $3 AND used_at IS NULL AND expires_at > $4 \
               AND tries < $5 \
               RETURNING id, connection_id, purpose, user_id, address, hash, payload, created_at, expires_at";
    let values: [Value; 5] = [connection.as_str().into(), purpose.into(), address.into(), now.into(), max_tries.into()];
    tx.fetch_optional(sql, &values)?.as_ref().map(read).transpose()
}

/// Whether the code sent to this address was tried as often as it may be.
///
/// # Errors
///
/// What the database says.
pub fn is_tried_out(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    purpose: &str,
    address: &str,
    max_tries: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM one_time_tokens WHERE connection_id = $1 AND purpose = $2 AND address = $3 \
               AND used_at IS NULL AND expires_at > $4 AND tries >= $5";
    let values: [Value; 5] = [connection.as_str().into(), purpose.into(), address.into(), now.into(), max_tries.into()];
    Ok(tx.fetch_optional(sql, &values)?.is_some())
}

/// Forgets what ran out before `before`.
///
/// # Errors
///
/// What the database says.
pub fn purge(tx: &Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    tx.execute("DELETE FROM one_time_tokens WHERE expires_at < $1", &[before.into()])
}

fn read(row: &Row) -> Result<OneTime, StoreError> {
    Ok(OneTime {
        id: row.text(0)?,
        connection: ConnectionId(row.text(1)?),
        purpose: row.text(2)?,
        user: row.text(3)?,
        address: row.text(4)?,
        hash: row.hash(5)?,
        payload: row.opt_text(6)?,
        created_at: row.time(7)?,
        expires_at: row.time(8)?,
    })
}
