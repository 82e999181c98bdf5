//! The proof that access was decided, and what it is confined to.

use super::{Action, ColumnSet, Rule, RuleValue};
use portcullis_schema::{Column, ColumnId, Table, TableId};
use std::sync::Arc;

/// Which rows a grant is confined to: all parts hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowScope {
    /// Rows that hold nothing in this column only: others were deleted, whoever asks.
    pub live: Option<ColumnId>,
    /// Rows of the caller's tenant only.
    pub tenant: bool,
    /// Rows that hold the caller's id in this column only.
    pub owner: Option<ColumnId>,
    /// Rows for which the table's rule holds only.
    pub rule: Option<Arc<Rule>>,
    /// Rows for which any of the roles' rules holds only.
    pub role: Option<Arc<[Rule]>>,
}

impl RowScope {
    /// Whether it is every row.
    pub const fn is_all(&self) -> bool {
        self.live.is_none() && !self.tenant && self.owner.is_none() && self.rule.is_none() && self.role.is_none()
    }
}

/// Proof that access was decided for one caller, one action and one table.
///
/// Only [`super::decide`] (and [`Grant::unrestricted`], which gives its reason to the log) makes one.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(super) table: TableId,
    pub(super) action: Action,
    pub(super) readable: ColumnSet,
    /// What roles leave of `readable`.
    pub(super) readable_by_role: Option<ColumnSet>,
    pub(super) writable: ColumnSet,
    /// What roles leave of `writable`.
    pub(super) writable_by_role: Option<ColumnSet>,
    pub(super) sees_sql: bool,
    pub(super) unconfined: bool,
    pub(super) scope: RowScope,
    pub(super) sets_tenant: bool,
    pub(super) sets_owner: Option<ColumnId>,
    pub(super) frees_owner: bool,
    pub(super) defaults: Option<Arc<[(ColumnId, RuleValue)]>>,
    pub(super) password: Option<ColumnId>,
}

impl Grant {
    /// A grant that nobody decided, for statements of our own over a mapped table. Its reason goes to the log.
    pub fn unrestricted(table: &Table, action: Action, reason: &'static str) -> Self {
        tracing::debug!(target: "portcullis::grant", table = %table.name, action = action.word(), "Unrestricted: {reason}");
        let all = ColumnSet::of(table, |_| true);
        Self {
            table: table.id,
            action,
            readable: all.clone(),
            readable_by_role: None,
            writable: all,
            writable_by_role: None,
            sees_sql: false,
            unconfined: true,
            scope: RowScope::default(),
            sets_tenant: false,
            sets_owner: None,
            frees_owner: false,
            defaults: None,
            password: None,
        }
    }

    /// The same grant over other rows, for explanations alone. Its reason goes to the log.
    #[must_use]
    pub fn confined_to(&self, scope: RowScope, reason: &'static str) -> Self {
        tracing::debug!(target: "portcullis::grant", action = self.action.word(), "Other rows: {reason}");
        Self { scope, ..self.clone() }
    }

    /// The table it is for.
    pub const fn table(&self) -> TableId {
        self.table
    }

    /// The action it is for.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// Whether nothing confines its holder: operators, `sk_` keys, everybody where auth is off.
    pub const fn is_unconfined(&self) -> bool {
        self.unconfined
    }

    /// Which rows it is confined to. The planner joins it into every statement.
    pub const fn scope(&self) -> &RowScope {
        &self.scope
    }

    /// Whether the caller may read a column.
    pub fn reads(&self, column: ColumnId) -> bool {
        self.readable.has(column) && self.readable_by_role.as_ref().is_none_or(|columns| columns.has(column))
    }

    /// Whether the caller may write a column.
    pub fn writes(&self, column: ColumnId) -> bool {
        self.writable.has(column) && self.writable_by_role.as_ref().is_none_or(|columns| columns.has(column))
    }

    /// The mapped password column, if this caller may write it. It is in neither set: what writes it hashes first.
    pub const fn writes_password(&self) -> Option<ColumnId> {
        self.password
    }

    /// Whether the tenant column is written by the server.
    pub const fn sets_tenant(&self) -> bool {
        self.sets_tenant
    }

    /// The owner column, if it is written by the server.
    pub const fn sets_owner(&self) -> Option<ColumnId> {
        self.sets_owner
    }

    /// Whether the caller may name another owner.
    pub const fn frees_owner(&self) -> bool {
        self.frees_owner
    }

    /// What new rows are given by the caller's roles where the caller gives nothing.
    pub fn defaults(&self) -> &[(ColumnId, RuleValue)] {
        self.defaults.as_deref().unwrap_or_default()
    }

    /// Whether the caller may see SQL texts.
    pub const fn sees_sql(&self) -> bool {
        self.sees_sql
    }

    /// The column a request means, if the caller may read it; a column one may not read is an unknown one. SEC-40.
    pub fn readable_column<'t>(&self, table: &'t Table, word: &str) -> Option<&'t Column> {
        table.find_column(word).filter(|column| self.reads(column.id))
    }

    /// The columns the caller may read, in the order of the table.
    pub fn readable_columns<'t>(&self, table: &'t Table) -> impl Iterator<Item = &'t Column> {
        table.columns.iter().filter(|column| self.reads(column.id))
    }
}
