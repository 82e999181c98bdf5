//! What the settings say about access, resolved against the served schema.

use portcullis_schema::{ColumnId, Database, Table, TableId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who may do a thing to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLevel {
    /// Anyone, also without credentials.
    Public,
    /// Anyone signed in.
    #[default]
    Authenticated,
    /// The row's owner.
    Owner,
    /// Signed in with a matching permission.
    Role,
    /// Administrators, `sk_` keys and operators.
    Admin,
}

/// `access = { read = .., create = .., update = .., delete = .. }` of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableAccess {
    /// Who may read.
    pub read: AccessLevel,
    /// Who may create.
    pub create: AccessLevel,
    /// Who may update.
    pub update: AccessLevel,
    /// Who may delete.
    pub delete: AccessLevel,
}

/// A set of columns of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSet(Arc<[bool]>);

impl ColumnSet {
    /// The columns of `table` for which `keep` says yes.
    pub fn of(table: &Table, keep: impl Fn(ColumnId) -> bool) -> Self {
        Self(table.columns.iter().map(|column| keep(column.id)).collect())
    }

    /// Whether a column is in the set.
    pub fn has(&self, column: ColumnId) -> bool {
        self.0.get(column.0).copied().unwrap_or(false)
    }
}

/// The policy of one table.
#[derive(Debug, Clone)]
pub struct TablePolicy {
    /// Who may do what.
    pub access: TableAccess,
    /// Columns an administrator's key reads: all but secrets.
    pub readable: ColumnSet,
    /// Columns an administrator's key writes: all that the database lets be written.
    pub writable: ColumnSet,
    /// Columns end users read: without `hidden`.
    pub user_readable: ColumnSet,
    /// Columns end users write: without `hidden` and `read_only`.
    pub user_writable: ColumnSet,
}

impl TablePolicy {
    /// The policy of a table from its settings; names that the table lacks are without effect (the build checks them).
    pub fn new(table: &Table, access: TableAccess, hidden: &[String], read_only: &[String]) -> Self {
        let named = |names: &[String], id: ColumnId| names.iter().any(|name| *name == table.column(id).name);
        let readable = |id: ColumnId| !table.column(id).secret;
        let writable = |id: ColumnId| table.is_writable() && table.column(id).generated.writable();
        Self {
            access,
            readable: ColumnSet::of(table, readable),
            writable: ColumnSet::of(table, writable),
            user_readable: ColumnSet::of(table, |id| readable(id) && !named(hidden, id)),
            user_writable: ColumnSet::of(table, |id| {
                writable(id) && readable(id) && !named(hidden, id) && !named(read_only, id)
            }),
        }
    }
}

/// The access rules of one build.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// In the order of the database's tables.
    tables: Vec<TablePolicy>,
    /// `auth.enabled = false`: everything is public.
    pub open: bool,
    /// Whether everybody signed in may see SQL texts (development stage).
    pub show_sql: bool,
}

impl Policy {
    /// Makes the policy of a build; `table` is asked for each served table in order.
    pub fn new(database: &Database, mut table: impl FnMut(&Table) -> TablePolicy) -> Self {
        Self { tables: database.tables().iter().map(&mut table).collect(), open: false, show_sql: false }
    }

    /// The rules of one table.
    pub fn table(&self, id: TableId) -> &TablePolicy {
        &self.tables[id.0]
    }
}
