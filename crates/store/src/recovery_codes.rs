//! Recovery codes: hashes, each good for one use.

use crate::{StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};

/// Gives a user new codes in place of all earlier ones.
///
/// # Errors
///
/// What the database says.
pub fn replace(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    hashes: &[[u8; 32]],
    now: Timestamp,
) -> Result<(), StoreError> {
    delete(tx, connection, user)?;
    for hash in hashes {
        tx.execute(
            "INSERT INTO recovery_codes (connection_id, user_id, hash, created_at) VALUES ($1, $2, $3, $4)",
            &[connection.as_str().into(), user.into(), hash.into(), now.into()],
        )?;
    }
    Ok(())
}

/// Uses a code up; `false` when the user has none of this hash that is unused.
///
/// # Errors
///
/// What the database says.
pub fn consume(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let used = tx.execute(
        "UPDATE recovery_codes SET used_at = $4 \
         WHERE connection_id = $1 AND user_id = $2 AND hash = $3 AND used_at IS NULL",
        &[connection.as_str().into(), user.into(), hash.into(), now.into()],
    )?;
    Ok(used == 1)
}

/// How many unused codes a user has.
///
/// # Errors
///
/// What the database says.
pub fn left(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM recovery_codes WHERE connection_id = $1 AND user_id = $2 AND used_at IS NULL";
    tx.fetch_one(sql, &[connection.as_str().into(), user.into()])?.int(0)
}

/// Forgets all codes of a user.
///
/// # Errors
///
/// What the database says.
pub fn delete(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM recovery_codes WHERE connection_id = $1 AND user_id = $2";
    tx.execute(sql, &[connection.as_str().into(), user.into()]).map(drop)
}
