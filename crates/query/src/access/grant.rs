//! The decision.

use super::{AccessLevel, ColumnSet, Policy};
use portcullis_schema::{Column, ColumnId, Table, TableId};
use std::{fmt, sync::Arc};

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
    /// An end user who proved who they are.
    User(Arc<EndUser>),
}

/// An end user, as far as access is concerned.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct EndUser {
    /// The id in the users table, as text.
    pub id: String,
    /// The address.
    pub email: String,
    /// Names of the roles.
    pub roles: Vec<String>,
    /// The tenant, if there is one.
    pub tenant: Option<String>,
    /// Whether the user is an administrator of the project.
    pub administrator: bool,
    /// The session, unless the user came by an API key or HTTP Basic.
    pub session: Option<String>,
    /// Whether the session was proved by two factors.
    pub aal2: bool,
    /// What an API key is confined to; `None` is everything its owner may do.
    pub scopes: Option<Vec<Scope>>,
}

/// One thing an API key may be used for; `None` is any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// On which table.
    pub table: Option<TableId>,
    /// For what.
    pub action: Option<Action>,
}

impl EndUser {
    fn in_scope(&self, table: TableId, action: Action) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| {
            scopes
                .iter()
                .any(|scope| scope.table.is_none_or(|own| own == table) && scope.action.is_none_or(|own| own == action))
        })
    }
}

/// Names the user and nothing that changes between two of the user's requests: answers are remembered under it.
impl fmt::Debug for EndUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.id)
    }
}

impl Caller {
    /// Whether somebody proved who they are.
    pub const fn is_signed_in(&self) -> bool {
        matches!(self, Self::Administrator | Self::User(_))
    }

    /// The end user, if it is one.
    pub fn user(&self) -> Option<&Arc<EndUser>> {
        match self {
            Self::User(user) => Some(user),
            Self::Anonymous | Self::PublicKey | Self::Administrator => None,
        }
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
    /// A grant that nobody decided, for statements of our own over a mapped table. Its reason goes to the log.
    pub fn unrestricted(table: &Table, action: Action, reason: &'static str) -> Self {
        tracing::debug!(target: "portcullis::grant", table = %table.name, action = action.word(), "Unrestricted: {reason}");
        let all = ColumnSet::of(table, |_| true);
        Self { table: table.id, action, readable: all.clone(), writable: all, sees_sql: false }
    }

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
    let user = caller.user();
    let allowed = policy.open
        || administrator
        || match level {
            AccessLevel::Public => true,
            AccessLevel::Authenticated => user.is_some_and(|user| user.in_scope(table, action)),
            // Owners' rows and roles are not told apart yet: nobody but administrators passes.
            AccessLevel::Owner | AccessLevel::Role | AccessLevel::Admin => {
                user.is_some_and(|user| user.administrator && user.in_scope(table, action))
            }
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
