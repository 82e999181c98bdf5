//! What went wrong in a database, by meaning.

use crate::UrlError;

/// Why a statement or connection failed. Driver texts stay inside [`EngineError::Other`] and go to the log only.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// A unique key holds the value already.
    #[error("a row with the same {} exists", .columns.as_deref().map_or_else(|| "key".to_owned(), |c| c.join(", ")))]
    UniqueViolation {
        /// The constraint or index, if the engine tells.
        constraint: Option<String>,
        /// The columns, if the engine tells them itself (SQLite).
        columns: Option<Vec<String>>,
    },
    /// A foreign key points at nothing, or is still pointed at.
    #[error("a foreign key does not hold")]
    ForeignKeyViolation {
        /// The constraint, if the engine tells.
        constraint: Option<String>,
    },
    /// A column must not be NULL.
    #[error("a column must not be null")]
    NotNull {
        /// The column, if the engine tells.
        column: Option<String>,
    },
    /// A CHECK (or a trigger's refusal) does not hold.
    #[error("a check does not hold")]
    Check {
        /// The constraint, if the engine tells.
        constraint: Option<String>,
    },
    /// A value the column's type cannot take: too long, out of range, malformed.
    #[error("a value does not fit its column")]
    InvalidValue {
        /// The column, if the engine tells.
        column: Option<String>,
    },
    /// A deadlock or serialization failure: the transaction may be tried again.
    #[error("the database gave up because of concurrent changes")]
    Serialization,
    /// The statement took longer than it may, or waited too long for a lock.
    #[error("the database took too long")]
    Timeout,
    /// No connection in time, or the connection broke.
    #[error("the database is not reachable")]
    Unavailable {
        /// For the log.
        cause: String,
    },
    /// The login may not do this.
    #[error("the database login has no right to do this")]
    Denied,
    /// The disk is full.
    #[error("the database has no room left")]
    DiskFull,
    /// A table or column is gone or has another type: the schema must be read again. REL-12.
    #[error("the database's structure has changed")]
    Drift {
        /// For the log.
        cause: String,
    },
    /// What the database cannot do with this table, column or collation.
    #[error("the database cannot do this here")]
    Unsupported {
        /// For the log.
        cause: String,
    },
    /// The database is open for reading only.
    #[error("the database is read-only")]
    ReadOnly,
    /// The URL cannot be used.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Anything else. The text goes to the log, never to a caller. SEC-62.
    #[error("the database refused the statement")]
    Other {
        /// For the log.
        cause: String,
    },
}

impl EngineError {
    /// Whether nothing was done and the same statement may be sent again.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Serialization)
    }

    /// What the log may say beyond the message.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Unavailable { cause }
            | Self::Drift { cause }
            | Self::Unsupported { cause }
            | Self::Other { cause } => Some(cause),
            _ => None,
        }
    }
}
