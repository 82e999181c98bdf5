//! Rules of roles that are kept here: what refines a role's permission on one table and action.

use crate::{Row, StoreError, Tx, Value};
use portcullis_base::{ConnectionId, Timestamp};

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// Whose.
    pub role: String,
    /// On which table.
    pub table: String,
    /// For what: `create`, `read`, `update` or `delete`.
    pub action: String,
    /// A list of columns as JSON; an empty one is all.
    pub fields: String,
    /// A filter as JSON.
    pub condition: Option<String>,
    /// Values of new rows, an object as JSON.
    pub defaults: String,
    /// As it was written where it came from, JSON.
    pub given: String,
    /// Whether it allows anything.
    pub allows: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// Every rule.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Vec<RoleRule>, StoreError> {
    let sql = "SELECT role, table_name, action, fields, condition, defaults, given, allows, created_at, updated_at \
               FROM role_rules WHERE connection_id = $1 ORDER BY created_at, role, table_name, action";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(read).collect()
}

/// Adds a rule.
///
/// # Errors
///
/// [`StoreError::Exists`] where the role has one for the table and action.
pub fn insert(tx: &Tx<'_>, connection: &ConnectionId, rule: &RoleRule) -> Result<(), StoreError> {
    let sql = "INSERT INTO role_rules (connection_id, role, table_name, action, fields, condition, defaults, given, \
               allows, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
               ON CONFLICT (connection_id, role, table_name, action) DO NOTHING";
    let values: [Value; 11] = [
        connection.as_str().into(),
        (&rule.role).into(),
        (&rule.table).into(),
        (&rule.action).into(),
        (&rule.fields).into(),
        rule.condition.clone().into(),
        (&rule.defaults).into(),
        (&rule.given).into(),
        i64::from(rule.allows).into(),
        rule.created_at.into(),
        rule.updated_at.into(),
    ];
    if tx.execute(sql, &values)? == 1 { Ok(()) } else { Err(StoreError::Exists) }
}

/// Removes a rule; whether there was one.
///
/// # Errors
///
/// What the database says.
pub fn remove(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    role: &str,
    table: &str,
    action: &str,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM role_rules WHERE connection_id = $1 AND role = $2 AND table_name = $3 AND action = $4";
    Ok(tx.execute(sql, &[connection.as_str().into(), role.into(), table.into(), action.into()])? == 1)
}

/// Removes every rule of a role: a later one of the name starts without. SEC-45.
///
/// # Errors
///
/// What the database says.
pub fn remove_all(tx: &Tx<'_>, connection: &ConnectionId, role: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM role_rules WHERE connection_id = $1 AND role = $2";
    tx.execute(sql, &[connection.as_str().into(), role.into()]).map(drop)
}

fn read(row: &Row) -> Result<RoleRule, StoreError> {
    Ok(RoleRule {
        role: row.text(0)?,
        table: row.text(1)?,
        action: row.text(2)?,
        fields: row.text(3)?,
        condition: row.opt_text(4)?,
        defaults: row.text(5)?,
        given: row.text(6)?,
        allows: row.int(7)? != 0,
        created_at: row.time(8)?,
        updated_at: row.time(9)?,
    })
}
