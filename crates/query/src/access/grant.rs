//! The decision.

use super::{AccessLevel, ColumnSet, Policy};
use portcullis_schema::{Column, ColumnId, Table, TableId};

/// What is done to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// List, get, filter, count, preview, schema, export.
    Read,
    /// Create, bulk create, import.
    Create,
    /// Update, bulk and mass update.
    Update,
    /// Delete, mass delete.
    Delete,
}

impl Action {
    /// The word of permissions and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Who a request acts for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Nobody known.
    Anonymous,
    /// The holder of a project's public key: no more rights than nobody.
    PublicKey,
    /// The holder of a project's admin key, or an operator: passes every rule but the secrecy of secrets.
    Administrator,
}

impl Caller {
    /// Whether somebody proved who they are.
    pub const fn is_signed_in(&self) -> bool {
        matches!(self, Self::Administrator)
    }
}

/// Why access was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Credentials are needed.
    #[error("credentials are needed here")]
    Unauthenticated,
    /// Known, but without the right.
    #[error("the caller has no right to do this")]
    Forbidden,
}

/// Proof that access was decided for one caller, one action and one table.
///
/// Only [`decide`] (and [`Grant::unrestricted`], which gives its reason to the log) makes one.
#[derive(Debug, Clone)]
pub struct Grant {
    table: TableId,
    action: Action,
    readable: ColumnSet,
    writable: ColumnSet,
    sees_sql: bool,
}

impl Grant {
    /// The table it is for.
    pub const fn table(&self) -> TableId {
        self.table
    }

    /// The action it is for.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// Whether the caller may read a column.
    pub fn reads(&self, column: ColumnId) -> bool {
        self.readable.has(column)
    }

    /// Whether the caller may write a column.
    pub fn writes(&self, column: ColumnId) -> bool {
        self.writable.has(column)
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

/// Decides what `caller` may do to `table`.
///
/// # Errors
///
/// [`Refusal`]: without credentials on anything not public `Unauthenticated`, with them `Forbidden`. SEC-48.
pub fn decide(policy: &Policy, caller: &Caller, action: Action, table: TableId) -> Result<Grant, Refusal> {
    let rules = policy.table(table);
    let level = match action {
        Action::Read => rules.access.read,
        Action::Create => rules.access.create,
        Action::Update => rules.access.update,
        Action::Delete => rules.access.delete,
    };
    let administrator = matches!(caller, Caller::Administrator);
    let allowed = policy.open
        || administrator
        || match level {
            AccessLevel::Public => true,
            AccessLevel::Authenticated => caller.is_signed_in(),
            // Owners and roles are end users; none of today's callers is one.
            AccessLevel::Owner | AccessLevel::Role | AccessLevel::Admin => false,
        };
    if !allowed {
        return Err(if caller.is_signed_in() { Refusal::Forbidden } else { Refusal::Unauthenticated });
    }
    let (readable, writable) =
        if administrator { (&rules.readable, &rules.writable) } else { (&rules.user_readable, &rules.user_writable) };
    Ok(Grant {
        table,
        action,
        readable: readable.clone(),
        writable: writable.clone(),
        sees_sql: administrator || (policy.show_sql && caller.is_signed_in()),
    })
}
