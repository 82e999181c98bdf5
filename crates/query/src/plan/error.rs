//! Why a request cannot be planned. Knows no HTTP.

use crate::{access::Refusal, request::RequestError};

/// A request that makes no plan over this schema for this caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The words were not in the grammar.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// No such column, or one the caller may not read. SEC-40.
    #[error("table `{table}` has no column `{column}`{}", did_you_mean(.suggestion.as_deref()))]
    UnknownColumn {
        /// The table asked.
        table: String,
        /// The word that names nothing.
        column: String,
        /// The nearest column the caller may see.
        suggestion: Option<String>,
        /// Where it stands.
        place: String,
    },
    /// No such relationship.
    #[error("table `{table}` has no relationship `{relationship}`{}", did_you_mean(.suggestion.as_deref()))]
    UnknownRelationship {
        /// The table asked.
        table: String,
        /// The word that names nothing.
        relationship: String,
        /// The nearest relationship.
        suggestion: Option<String>,
        /// Where it stands.
        place: String,
    },
    /// A value that is not of the column's type.
    #[error("column `{column}` is of type {expected}: {hint}")]
    InvalidValue {
        /// The column.
        column: String,
        /// Its type in our words.
        expected: &'static str,
        /// What would be right.
        hint: String,
        /// Where it stands.
        place: String,
    },
    /// An operator or function the column's type does not take.
    #[error("`{operation}` does not work on column `{column}`, which is of type {ty}")]
    WrongOperation {
        /// The operator or function.
        operation: String,
        /// The column.
        column: String,
        /// Its type in our words.
        ty: &'static str,
        /// Where it stands.
        place: String,
    },
    /// Something in the request contradicts itself or the table.
    #[error("{message}")]
    Invalid {
        /// A stable code.
        code: &'static str,
        /// What was wrong and what would be right.
        message: String,
        /// Where it stands.
        place: String,
    },
    /// More than the limits allow.
    #[error("{what}: at most {max} are allowed")]
    Limit {
        /// A stable code of its own for each limit.
        code: &'static str,
        /// What there was too much of.
        what: &'static str,
        /// The limit.
        max: usize,
        /// Where it stands.
        place: String,
    },
    /// Access was refused, here or at a hop of a relationship.
    #[error("{refusal}: {action} `{table}`")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// What was to be done.
        action: &'static str,
        /// To which table.
        table: String,
    },
    /// A value that the server sets, or that leads out of what the caller may come to. SEC-36.
    #[error("{message}")]
    ForbiddenValue {
        /// The column.
        column: String,
        /// What was wrong and what would be right.
        message: String,
        /// Where it stands.
        place: String,
    },
    /// A row is named by key, and the table has none.
    #[error("table `{table}` has no primary key, so its rows cannot be named")]
    NoKey {
        /// The table.
        table: String,
    },
    /// A view cannot be written.
    #[error("`{table}` is a view and can only be read")]
    ReadOnly {
        /// The view.
        table: String,
    },
    /// The key in the path is no key of the table: no such row.
    #[error("`{table}` has no row with the key `{key}`")]
    NoSuchKey {
        /// The table.
        table: String,
        /// The key as given.
        key: String,
    },
    /// The engine cannot do this.
    #[error("{feature} is not possible on this database engine")]
    Unsupported {
        /// What was asked.
        feature: &'static str,
    },
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl PlanError {
    /// Stable, documented, never renamed: clients branch on it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Request(error) => error.code,
            Self::UnknownColumn { .. } => "unknown_column",
            Self::UnknownRelationship { .. } => "unknown_relationship",
            Self::InvalidValue { .. } => "invalid_value",
            Self::WrongOperation { .. } => "invalid_operator",
            Self::Invalid { code, .. } | Self::Limit { code, .. } => code,
            Self::Refused { refusal, .. } => refusal.code(),
            Self::ForbiddenValue { .. } => "forbidden_value",
            Self::NoKey { .. } => "no_primary_key",
            Self::ReadOnly { .. } => "read_only",
            Self::NoSuchKey { .. } => "not_found",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    /// Where in the body (a JSON pointer) or which parameter.
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Request(error) => Some(&error.place),
            Self::UnknownColumn { place, .. }
            | Self::UnknownRelationship { place, .. }
            | Self::InvalidValue { place, .. }
            | Self::WrongOperation { place, .. }
            | Self::Invalid { place, .. }
            | Self::ForbiddenValue { place, .. }
            | Self::Limit { place, .. } => Some(place),
            Self::Refused { .. }
            | Self::NoKey { .. }
            | Self::ReadOnly { .. }
            | Self::NoSuchKey { .. }
            | Self::Unsupported { .. } => None,
        }
    }
}
