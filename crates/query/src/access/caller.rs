//! Who a request acts for.

use super::{Action, Rights};
use crate::Json;
use portcullis_schema::{ColumnId, TableId};
use std::{fmt, sync::Arc};

/// Who a request acts for.
#[derive(Debug, Clone)]
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
#[derive(Clone)]
pub struct EndUser {
    /// The id in the users table, as text.
    pub id: String,
    /// The address.
    pub email: String,
    /// Names of the roles.
    pub roles: Vec<String>,
    /// The tenant in force, if there is one.
    pub tenant: Option<String>,
    /// Whether the user is an administrator of the project.
    pub administrator: bool,
    /// The session, unless the user came by an API key or HTTP Basic.
    pub session: Option<String>,
    /// Whether the session was proved by two factors.
    pub aal2: bool,
    /// What an API key is confined to; `None` is everything its owner may do.
    pub scopes: Option<Vec<Scope>>,
    /// What the roles allow; `None` where roles are off or nothing is known: then they allow nothing. Who brings rights
    /// is held to them also where roles are off.
    pub rights: Option<Arc<Rights>>,
    /// The user's own row, as far as rules ask for it (`$user.<column>`), by the columns of the whole users table. A
    /// column that is absent or null matches nothing.
    pub columns: Arc<[(ColumnId, Json)]>,
}

/// One thing an API key may be used for; `None` is any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// On which table.
    pub table: Option<TableId>,
    /// For what.
    pub action: Option<Action>,
}

impl Default for EndUser {
    fn default() -> Self {
        Self {
            id: String::new(),
            email: String::new(),
            roles: Vec::new(),
            tenant: None,
            administrator: false,
            session: None,
            aal2: false,
            scopes: None,
            rights: None,
            columns: Arc::from([]),
        }
    }
}

impl EndUser {
    pub(super) fn in_scope(&self, table: TableId, action: Action) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| {
            scopes
                .iter()
                .any(|scope| scope.table.is_none_or(|own| own == table) && scope.action.is_none_or(|own| own == action))
        })
    }

    /// The value of a column of the user's own row, if it is known and not null.
    pub fn column(&self, column: ColumnId) -> Option<&Json> {
        let known = self.columns.iter().find(|(own, _)| *own == column).map(|(_, value)| value);
        known.filter(|value| !matches!(value, Json::Null))
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
