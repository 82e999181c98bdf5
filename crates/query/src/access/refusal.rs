//! Why access is refused: what the client is told, and what decided.

use super::AccessLevel;
use std::fmt;

/// Access is refused. Outward only [`Refusal::kind`] shows; the reason is for `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What the client is told.
    pub kind: RefusalKind,
    /// What decided.
    pub reason: Reason,
}

/// What the client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Credentials are needed.
    Unauthenticated,
    /// Known, but without the right.
    Forbidden,
    /// Known, but without a tenant, on a table whose rows are tenants'. SEC-39.
    NoTenant,
}

/// What decided a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The table's access level for the action.
    Level(AccessLevel),
    /// None of the caller's roles has a permission for it.
    Permission,
    /// The API key is confined to something else.
    KeyScope,
    /// The table's rows are owners', and the table has no owner column (any more).
    NoOwner,
    /// The caller has no tenant.
    NoTenant,
    /// Nobody decided whose the rows of the table are.
    UndecidedTenancy,
    /// Tenants and users are made elsewhere.
    MadeElsewhere,
    /// A column that a rule of the table names is gone.
    BrokenRule,
    /// SQL texts are not shown to the caller.
    SqlHidden,
}

impl Refusal {
    /// A refusal of somebody who is known.
    pub const fn forbidden(reason: Reason) -> Self {
        Self { kind: RefusalKind::Forbidden, reason }
    }

    /// A refusal of somebody who is not known.
    pub const fn unauthenticated(reason: Reason) -> Self {
        Self { kind: RefusalKind::Unauthenticated, reason }
    }

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self.kind {
            RefusalKind::Unauthenticated => "unauthenticated",
            RefusalKind::Forbidden => "forbidden",
            RefusalKind::NoTenant => "no_tenant",
        }
    }
}

/// What the client is told: nothing of the reason.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RefusalKind::Unauthenticated => "credentials are needed here",
            RefusalKind::Forbidden => "the caller has no right to do this",
            RefusalKind::NoTenant => "the caller belongs to no tenant, and rows of this table belong to tenants",
        })
    }
}

impl std::error::Error for Refusal {}

/// For the operator: what decided.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(level) => write!(f, "the table's access level is `{}`", level.word()),
            Self::Permission => f.write_str("no role of the caller has a permission for it"),
            Self::KeyScope => f.write_str("the API key is confined to other tables or actions"),
            Self::NoOwner => f.write_str("the access level is `owner`, and the table has no owner column"),
            Self::NoTenant => f.write_str("the caller belongs to no tenant"),
            Self::UndecidedTenancy => f.write_str("tenancy is on, and nobody decided whose the rows of the table are"),
            Self::MadeElsewhere => f.write_str("tenants and users are not made through the data routes"),
            Self::BrokenRule => f.write_str("a column that a rule of the table names does not exist any more"),
            Self::SqlHidden => f.write_str("SQL texts need the permission `<table>.preview`"),
        }
    }
}
