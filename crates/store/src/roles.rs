//! Roles and their permissions, where the customer's database has no tables for them. Known by name.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// What a permission means beyond its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permission {
    /// Its name, such as `orders.read`.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The table it is about.
    pub entity_name: Option<String>,
    /// What may be done.
    pub allowed_actions: Option<String>,
    /// Which rows, as JSON.
    pub scope_expression: Option<String>,
}

/// Every role.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<Role>, StoreError> {
    let sql = "SELECT name, description FROM roles WHERE connection_id = $1 ORDER BY name";
    let read = |row: &Row| Ok(Role { name: row.text(0)?, description: row.opt_text(1)? });
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(read).collect()
}

/// Makes a role, or describes one anew; whether it is new.
///
/// # Errors
///
/// What the database says.
pub fn put(tx: &Tx<'_>, connection: &ConnectionId, role: &Role, now: Timestamp) -> Result<bool, StoreError> {
    let key: [Value; 2] = [connection.as_str().into(), (&role.name).into()];
    let known = tx.fetch_optional("SELECT 1 FROM roles WHERE connection_id = $1 AND name = $2", &key)?.is_some();
    let sql = "INSERT INTO roles (connection_id, name, description, created_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (connection_id, name) DO UPDATE SET description = excluded.description";
    let values: [Value; 4] =
        [connection.as_str().into(), (&role.name).into(), role.description.clone().into(), now.into()];
    tx.execute(sql, &values)?;
    Ok(!known)
}

/// Removes a role with all that hangs on it: a later one of the name starts without rights and holders. SEC-45.
///
/// # Errors
///
/// What the database says.
pub fn remove(tx: &Tx<'_>, connection: &ConnectionId, name: &str) -> Result<bool, StoreError> {
    let key: [Value; 2] = [connection.as_str().into(), name.into()];
    let found = tx.execute("DELETE FROM roles WHERE connection_id = $1 AND name = $2", &key)? == 1;
    drop_traces(tx, connection, name)?;
    Ok(found)
}

/// Removes what hangs on a role's name: permissions, and holders.
///
/// # Errors
///
/// What the database says.
pub fn drop_traces(tx: &Tx<'_>, connection: &ConnectionId, name: &str) -> Result<(), StoreError> {
    let key: [Value; 2] = [connection.as_str().into(), name.into()];
    for sql in [
        "DELETE FROM role_permissions WHERE connection_id = $1 AND role = $2",
        "DELETE FROM role_assignments WHERE connection_id = $1 AND role = $2",
        "DELETE FROM tenant_roles WHERE connection_id = $1 AND role = $2",
    ] {
        tx.execute(sql, &key)?;
    }
    Ok(())
}

/// Every permission that is more than a name.
///
/// # Errors
///
/// What the database says.
pub fn permissions(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<Permission>, StoreError> {
    let sql = "SELECT name, description, entity_name, allowed_actions, scope_expression FROM permissions \
               WHERE connection_id = $1 ORDER BY name";
    let read = |row: &Row| {
        Ok(Permission {
            name: row.text(0)?,
            description: row.opt_text(1)?,
            entity_name: row.opt_text(2)?,
            allowed_actions: row.opt_text(3)?,
            scope_expression: row.opt_text(4)?,
        })
    };
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(read).collect()
}

/// Makes a permission, or changes what it means.
///
/// # Errors
///
/// What the database says.
pub fn put_permission(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    permission: &Permission,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO permissions (connection_id, name, description, entity_name, allowed_actions, \
               scope_expression, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (connection_id, name) DO UPDATE SET description = excluded.description, \
               entity_name = excluded.entity_name, allowed_actions = excluded.allowed_actions, \
               scope_expression = excluded.scope_expression";
    let values: [Value; 7] = [
        connection.as_str().into(),
        (&permission.name).into(),
        permission.description.clone().into(),
        permission.entity_name.clone().into(),
        permission.allowed_actions.clone().into(),
        permission.scope_expression.clone().into(),
        now.into(),
    ];
    tx.execute(sql, &values).map(drop)
}

/// Removes a permission from everywhere; whether it was anywhere.
///
/// # Errors
///
/// What the database says.
pub fn remove_permission(tx: &Tx<'_>, connection: &ConnectionId, name: &str) -> Result<bool, StoreError> {
    let key: [Value; 2] = [connection.as_str().into(), name.into()];
    let own = tx.execute("DELETE FROM permissions WHERE connection_id = $1 AND name = $2", &key)?;
    let given = tx.execute("DELETE FROM role_permissions WHERE connection_id = $1 AND permission = $2", &key)?;
    Ok(own + given > 0)
}

/// Which role has which permission, as (role, permission).
///
/// # Errors
///
/// What the database says.
pub fn grants(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT role, permission FROM role_permissions WHERE connection_id = $1 ORDER BY role, permission";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Gives a role a permission; whether it is new.
///
/// # Errors
///
/// What the database says.
pub fn grant(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    role: &str,
    permission: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO role_permissions (connection_id, role, permission, created_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (connection_id, role, permission) DO NOTHING";
    Ok(tx.execute(sql, &[connection.as_str().into(), role.into(), permission.into(), now.into()])? == 1)
}

/// Takes a permission from a role; whether it had it.
///
/// # Errors
///
/// What the database says.
pub fn revoke(tx: &Tx<'_>, connection: &ConnectionId, role: &str, permission: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM role_permissions WHERE connection_id = $1 AND role = $2 AND permission = $3";
    Ok(tx.execute(sql, &[connection.as_str().into(), role.into(), permission.into()])? == 1)
}

/// The users who have a role from here, as (user, tenant); no tenant is everywhere.
///
/// # Errors
///
/// What the database says.
pub fn holders(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    role: &str,
) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let sql = "SELECT user_id, NULL FROM role_assignments WHERE connection_id = $1 AND role = $2 \
               UNION ALL SELECT user_id, tenant FROM tenant_roles WHERE connection_id = $1 AND role = $2 ORDER BY 1, 2";
    let rows = tx.fetch_all(sql, &[connection.as_str().into(), role.into()])?;
    rows.iter().map(|row| Ok((row.text(0)?, row.opt_text(1)?))).collect()
}
