//! What the settings say about access, resolved against the served schema.

use super::{Action, EndUser, Rule, TableRights, Tenancy, rights::mark};
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

impl AccessLevel {
    /// The word of the settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Authenticated => "authenticated",
            Self::Owner => "owner",
            Self::Role => "role",
            Self::Admin => "admin",
        }
    }
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

impl TableAccess {
    /// Who may do an action.
    pub const fn of(&self, action: Action) -> AccessLevel {
        match action {
            Action::Read => self.read,
            Action::Create => self.create,
            Action::Update => self.update,
            Action::Delete => self.delete,
        }
    }
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
    /// The column that holds the id of a row's owner: written by the server.
    pub owner: Option<ColumnId>,
    /// The column that says when a row was deleted: such a row is there for nobody, and a delete writes it.
    pub deleted: Option<ColumnId>,
    /// Which rows end users and strangers see and write at all.
    pub row_rule: Option<Arc<Rule>>,
    /// The mapped password column: written only by those who have the right to.
    pub password: Option<ColumnId>,
    /// A rule that the settings name cannot be kept over this schema: nobody but operators and `sk_` keys passes.
    pub broken: bool,
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
            owner: None,
            deleted: None,
            row_rule: None,
            password: None,
            broken: false,
        }
    }

    /// The same with a column that says when a row was deleted. Only deleting writes it.
    #[must_use]
    pub fn with_deleted(self, table: &Table, deleted: ColumnId) -> Self {
        let without = |set: &ColumnSet| ColumnSet::of(table, |id| set.has(id) && id != deleted);
        Self {
            writable: without(&self.writable),
            user_writable: without(&self.user_writable),
            deleted: Some(deleted),
            ..self
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
    /// Whether end users need permissions.
    pub rbac: bool,
    /// Whose the rows of each table are; `None` where tenancy is off.
    pub tenancy: Option<Arc<Tenancy>>,
    /// Paths that anybody may call, as their segments.
    pub public_routes: Arc<[Vec<String>]>,
    /// Of which schema these are the tables.
    mark: u64,
}

impl Policy {
    /// Makes the policy of a build; `table` is asked for each served table in order.
    pub fn new(database: &Database, mut table: impl FnMut(&Table) -> TablePolicy) -> Self {
        Self { tables: database.tables().iter().map(&mut table).collect(), mark: mark(database), ..Self::default() }
    }

    /// What the caller's roles allow on a table; nothing for rights that were compiled for another schema.
    pub(super) fn rights<'u>(&self, user: &'u EndUser, table: TableId) -> Option<&'u TableRights> {
        user.rights.as_ref()?.of(self.mark, table)
    }

    /// Whether anybody may call a path: literally, without `/api` in front. SEC-34.
    pub fn is_public(&self, segments: &[&str]) -> bool {
        self.public_routes.iter().any(|route| route == segments)
    }

    /// The columns of the users table that row rules ask for, to be loaded into [`EndUser::columns`].
    pub fn user_columns(&self) -> Vec<ColumnId> {
        let mut columns = Vec::new();
        self.tables.iter().filter_map(|table| table.row_rule.as_ref()).for_each(|rule| rule.user_columns(&mut columns));
        columns
    }

    /// The rules of one table.
    pub fn table(&self, id: TableId) -> &TablePolicy {
        &self.tables[id.0]
    }
}
