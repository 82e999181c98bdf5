//! What decided a refusal, as far as the refused caller is not told: kept beside the answer for operators who ask why.

use portcullis_query::{access::Reason, plan::PlanError};

/// What decided. Goes with an answer as an extension, which no wire carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// What is wrong with the credentials.
    Credentials(String),
    /// An action on a table is not allowed.
    Refused {
        /// The table.
        table: String,
        /// What was to be done.
        action: &'static str,
        /// What decided.
        reason: Reason,
    },
    /// A word means no column that this caller may read.
    UnknownColumn {
        /// The table asked.
        table: String,
        /// The word.
        word: String,
    },
    /// A column that this caller may read and not write.
    NotWritable {
        /// The word.
        word: String,
    },
    /// A word means no relationship.
    UnknownRelationship {
        /// The table asked.
        table: String,
        /// The word.
        word: String,
    },
    /// A column that the server sets.
    ServerSet {
        /// The column.
        column: String,
    },
    /// The view that was to be written.
    View {
        /// Its name.
        table: String,
    },
}

impl Cause {
    /// What decided that a request makes no plan; `None` where the request alone is at fault.
    pub fn of(error: &PlanError) -> Option<Self> {
        use PlanError as E;
        Some(match error {
            E::Refused { refusal, action, table } => {
                Self::Refused { table: table.clone(), action, reason: refusal.reason }
            }
            E::UnknownColumn { table, column, .. } => {
                Self::UnknownColumn { table: table.clone(), word: column.clone() }
            }
            E::UnknownRelationship { table, relationship, .. } => {
                Self::UnknownRelationship { table: table.clone(), word: relationship.clone() }
            }
            E::Invalid { code: "not_writable", place, .. } => {
                Self::NotWritable { word: place.rsplit('/').next().unwrap_or_default().to_owned() }
            }
            E::ForbiddenValue { column, .. } => Self::ServerSet { column: column.clone() },
            E::ReadOnly { table } => Self::View { table: table.clone() },
            E::Request(_)
            | E::InvalidValue { .. }
            | E::WrongOperation { .. }
            | E::Invalid { .. }
            | E::Limit { .. }
            | E::NoKey { .. }
            | E::NoSuchKey { .. }
            | E::Unsupported { .. } => return None,
        })
    }
}
