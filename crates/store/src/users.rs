//! What we know of users beyond their table: password version, verified address, roles given here.

use crate::{StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// The state of one user; a user without a record has the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserState {
    /// Access tokens with a lower one are dead.
    pub password_version: i64,
    /// The address that was verified, in small letters.
    pub verified_email: Option<String>,
    /// Whether the user may not sign in.
    pub disabled: bool,
    /// Whether an address was claimed here: its verification is what shows whose the account is.
    pub claimed: bool,
    /// The last good login.
    pub last_login_at: Option<Timestamp>,
    /// Roles given here.
    pub roles: Vec<String>,
}

/// The state of a user.
///
/// # Errors
///
/// What the database says.
pub fn load(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<UserState, StoreError> {
    let key: [Value; 2] = [connection.as_str().into(), user.into()];
    let row = tx.fetch_optional(
        "SELECT password_version, verified_email, disabled_at, last_login_at, claimed_at FROM user_state \
         WHERE connection_id = $1 AND user_id = $2",
        &key,
    )?;
    let mut state = match row {
        None => UserState::default(),
        Some(row) => UserState {
            password_version: row.int(0)?,
            verified_email: row.opt_text(1)?,
            disabled: row.opt_int(2)?.is_some(),
            last_login_at: row.opt_int(3)?.map(Timestamp),
            claimed: row.opt_int(4)?.is_some(),
            roles: Vec::new(),
        },
    };
    let sql = "SELECT role FROM role_assignments WHERE connection_id = $1 AND user_id = $2 ORDER BY role";
    state.roles = tx.fetch_all(sql, &key)?.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    Ok(state)
}

/// Counts the password version up: access tokens that are out are dead. Gives the new version.
///
/// # Errors
///
/// What the database says.
pub fn bump_version(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<i64, StoreError> {
    let sql = "INSERT INTO user_state (connection_id, user_id, password_version) VALUES ($1, $2, 1) \
               ON CONFLICT (connection_id, user_id) DO UPDATE SET password_version = user_state.password_version + 1 \
               RETURNING password_version";
    tx.fetch_one(sql, &[connection.as_str().into(), user.into()])?.int(0)
}

/// Notes a good login.
///
/// # Errors
///
/// What the database says.
pub fn logged_in(tx: &Tx<'_>, connection: &ConnectionId, user: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_state (connection_id, user_id, last_login_at) VALUES ($1, $2, $3) \
               ON CONFLICT (connection_id, user_id) DO UPDATE SET last_login_at = excluded.last_login_at";
    tx.execute(sql, &[connection.as_str().into(), user.into(), now.into()]).map(drop)
}

/// Notes the address that was verified (in small letters), or that none is.
///
/// # Errors
///
/// What the database says.
pub fn set_verified(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    address: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_state (connection_id, user_id, verified_email) VALUES ($1, $2, $3) \
               ON CONFLICT (connection_id, user_id) DO UPDATE SET verified_email = excluded.verified_email";
    let values: [Value; 3] = [connection.as_str().into(), user.into(), address.map(str::to_owned).into()];
    tx.execute(sql, &values).map(drop)
}

/// Notes that an account has an address which nobody has shown to be theirs.
///
/// # Errors
///
/// What the database says.
pub fn set_claimed(tx: &Tx<'_>, connection: &ConnectionId, user: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_state (connection_id, user_id, claimed_at) VALUES ($1, $2, $3) \
               ON CONFLICT (connection_id, user_id) DO UPDATE SET claimed_at = excluded.claimed_at";
    tx.execute(sql, &[connection.as_str().into(), user.into(), now.into()]).map(drop)
}

/// Lets a user sign in or not.
///
/// # Errors
///
/// What the database says.
pub fn set_disabled(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    disabled_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO user_state (connection_id, user_id, disabled_at) VALUES ($1, $2, $3) \
               ON CONFLICT (connection_id, user_id) DO UPDATE SET disabled_at = excluded.disabled_at";
    let values: [Value; 3] = [connection.as_str().into(), user.into(), disabled_at.into()];
    tx.execute(sql, &values).map(drop)
}

/// Gives a user a role.
///
/// # Errors
///
/// What the database says.
pub fn add_role(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    role: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO role_assignments (connection_id, user_id, role, created_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (connection_id, user_id, role) DO NOTHING";
    tx.execute(sql, &[connection.as_str().into(), user.into(), role.into(), now.into()]).map(drop)
}

/// Takes a role from a user; false where the user did not have it from here.
///
/// # Errors
///
/// What the database says.
pub fn remove_role(tx: &Tx<'_>, connection: &ConnectionId, user: &str, role: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM role_assignments WHERE connection_id = $1 AND user_id = $2 AND role = $3";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), role.into()])? == 1)
}

/// Every role that was given here, as (user, role, tenant); no tenant is everywhere.
///
/// # Errors
///
/// What the database says.
pub fn given_roles(
    tx: &Tx<'_>,
    connection: &ConnectionId,
) -> Result<Vec<(String, String, Option<String>)>, StoreError> {
    let sql = "SELECT user_id, role, NULL, created_at FROM role_assignments WHERE connection_id = $1 \
               UNION ALL SELECT user_id, role, tenant, created_at FROM tenant_roles WHERE connection_id = $1 \
               ORDER BY 4, 1, 2";
    let rows = tx.fetch_all(sql, &[connection.as_str().into()])?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.opt_text(2)?))).collect()
}
