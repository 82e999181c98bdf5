//! Users of several tenants, and the roles they have in one tenant only.

use crate::{StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// What is kept here of one user and tenants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memberships {
    /// The tenants, the first given first.
    pub tenants: Vec<String>,
    /// Roles in one tenant, as (tenant, role).
    pub roles: Vec<(String, String)>,
}

/// What is kept of a user.
///
/// # Errors
///
/// What the database says.
pub fn of_user(tx: &Tx<'_>, connection: &ConnectionId, user: &str) -> Result<Memberships, StoreError> {
    let key: [Value; 2] = [connection.as_str().into(), user.into()];
    let sql = "SELECT tenant FROM memberships WHERE connection_id = $1 AND user_id = $2 ORDER BY created_at, tenant";
    let tenants = tx.fetch_all(sql, &key)?.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    let sql = "SELECT tenant, role FROM tenant_roles WHERE connection_id = $1 AND user_id = $2 ORDER BY tenant, role";
    let rows = tx.fetch_all(sql, &key)?;
    let roles = rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?)));
    Ok(Memberships { tenants, roles: roles.collect::<Result<_, StoreError>>()? })
}

/// The users of a tenant that are kept here.
///
/// # Errors
///
/// What the database says.
pub fn of_tenant(tx: &Tx<'_>, connection: &ConnectionId, tenant: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT user_id FROM memberships WHERE connection_id = $1 AND tenant = $2 ORDER BY user_id";
    tx.fetch_all(sql, &[connection.as_str().into(), tenant.into()])?.iter().map(|row| row.text(0)).collect()
}

/// Makes a user one of a tenant; whether that is new.
///
/// # Errors
///
/// What the database says.
pub fn add(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    tenant: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO memberships (connection_id, user_id, tenant, created_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (connection_id, user_id, tenant) DO NOTHING";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), tenant.into(), now.into()])? == 1)
}

/// Takes a user out of a tenant, with the roles that were had there; whether anything was kept of it.
///
/// # Errors
///
/// What the database says.
pub fn remove(tx: &Tx<'_>, connection: &ConnectionId, user: &str, tenant: &str) -> Result<bool, StoreError> {
    let key: [Value; 3] = [connection.as_str().into(), user.into(), tenant.into()];
    let own = "DELETE FROM memberships WHERE connection_id = $1 AND user_id = $2 AND tenant = $3";
    let roles = "DELETE FROM tenant_roles WHERE connection_id = $1 AND user_id = $2 AND tenant = $3";
    Ok(tx.execute(own, &key)? + tx.execute(roles, &key)? > 0)
}

/// Gives a user a role in one tenant; whether it is new.
///
/// # Errors
///
/// What the database says.
pub fn add_role(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    tenant: &str,
    role: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO tenant_roles (connection_id, user_id, tenant, role, created_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (connection_id, user_id, tenant, role) DO NOTHING";
    let values: [Value; 5] = [connection.as_str().into(), user.into(), tenant.into(), role.into(), now.into()];
    Ok(tx.execute(sql, &values)? == 1)
}

/// Takes a role in one tenant from a user; whether it was there.
///
/// # Errors
///
/// What the database says.
pub fn remove_role(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    user: &str,
    tenant: &str,
    role: &str,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM tenant_roles WHERE connection_id = $1 AND user_id = $2 AND tenant = $3 AND role = $4";
    Ok(tx.execute(sql, &[connection.as_str().into(), user.into(), tenant.into(), role.into()])? == 1)
}
