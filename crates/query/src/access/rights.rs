//! What a caller's roles allow, compiled against the served tables.

use super::{Action, ColumnSet, Rule, RuleValue};
use crate::Json;
use portcullis_schema::{ColumnId, Database, TableId};
use std::sync::Arc;

/// What a caller's roles allow: the union over all of them.
#[derive(Debug, Default)]
pub struct Rights {
    /// Of which schema these are the tables: rights of another one are none.
    pub(super) mark: u64,
    pub(super) tables: Vec<TableRights>,
    pub(super) words: Vec<String>,
    pub(super) user_columns: Vec<ColumnId>,
}

/// What roles allow on one table.
#[derive(Debug, Clone, Default)]
pub struct TableRights {
    /// By [`Action::place`].
    pub by_action: [Option<Right>; 4],
    /// Whether SQL texts are shown.
    pub preview: bool,
    /// Whether the mapped password column may be written.
    pub password: bool,
}

/// One right.
#[derive(Debug, Clone, Default)]
pub struct Right {
    /// The rows for which any of the rules holds; `None` is all.
    pub rows: Option<Arc<[Rule]>>,
    /// The columns; `None` is all.
    pub fields: Option<ColumnSet>,
    /// What new rows are given.
    pub defaults: Arc<[(ColumnId, RuleValue)]>,
}

/// One role as words, from `[[rbac.roles]]`, the mapped tables, or both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleWords {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<PermissionWords>,
    /// Refinements of what it may do, per table.
    pub rules: Vec<RuleWords>,
}

/// One permission as words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PermissionWords {
    /// `orders.read`, `orders.*`, `*.read`, `*`; or any name, where the members below say what it is about.
    pub name: String,
    /// A table or model, or `*`.
    pub entity_name: Option<String>,
    /// `read,create,update,delete`, some of them, or `*`.
    pub allowed_actions: Option<String>,
    /// A filter that is joined by AND.
    pub scope_expression: Option<Json>,
}

impl From<&str> for PermissionWords {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// A role's refinement for one table, as words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleWords {
    /// The table or model.
    pub table: String,
    /// What may be done; empty or `*` is all.
    pub actions: Vec<String>,
    /// The columns it is about; empty is all.
    pub fields: Vec<String>,
    /// Which rows, as a filter.
    pub condition: Option<Json>,
    /// Values that new rows are given.
    pub defaults: Vec<(String, Json)>,
}

/// What cannot be used of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The role.
    pub role: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Rights {
    /// What the roles allow on a table, if these are rights of the schema with this mark.
    pub(super) fn of(&self, mark: u64, table: TableId) -> Option<&TableRights> {
        if self.mark == mark { self.tables.get(table.0) } else { None }
    }

    /// The right to an action on a table.
    pub fn right(&self, action: Action, table: TableId) -> Option<&Right> {
        self.tables.get(table.0)?.by_action[action.place()].as_ref()
    }

    /// Names of the permissions, as they were given: for tokens and answers.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The columns of the users table that the rules ask for, to be loaded into [`super::EndUser::columns`].
    pub fn user_columns(&self) -> &[ColumnId] {
        &self.user_columns
    }
}

/// What tells one schema's tables and columns from another's.
pub(super) fn mark(database: &Database) -> u64 {
    let mut text = String::new();
    for table in database.tables() {
        text.push_str(&table.name);
        for column in &table.columns {
            text.push('\u{1}');
            text.push_str(&column.name);
        }
        text.push('\u{0}');
    }
    xxhash_rust::xxh3::xxh3_64(text.as_bytes())
}
