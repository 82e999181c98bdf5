//! Why a use-case refused. Knows no HTTP.

use portcullis_engines::EngineError;
use portcullis_query::plan::PlanError;
use portcullis_schema::Table;

/// Why nothing (or, in a bulk, not this row) was done.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The request makes no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// No such row, or none the caller may see: the same answer. SEC-35.
    #[error("no such row")]
    NotFound,
    /// The row as written lies outside of what its writer may come to. SEC-36.
    #[error("the row as written would lie outside of what the caller may write")]
    OutOfScope,
    /// The row has changed since the caller read it. SEC-64.
    #[error("the row has changed since it was read")]
    Stale {
        /// The row as it is now, as JSON.
        current: Vec<u8>,
    },
    /// A unique key holds the value already.
    #[error("a row with the same {} exists", key_text(.columns))]
    Duplicate {
        /// The key's columns, where they are known.
        columns: Vec<String>,
    },
    /// A foreign key points at no row, or the row is still pointed at.
    #[error("{}", foreign_key_text(.columns, *.deleting))]
    ForeignKey {
        /// The key's columns, where they are known.
        columns: Vec<String>,
        /// Whether the row was to be deleted.
        deleting: bool,
    },
    /// A column must not be null.
    #[error("{} must not be null", named("the column", "a column", .column.as_deref()))]
    NotNull {
        /// The column, where it is known.
        column: Option<String>,
    },
    /// A check of the database does not hold.
    #[error("{} does not hold", named("the check", "a check of the database", .name.as_deref()))]
    Check {
        /// The constraint, where it is known.
        name: Option<String>,
    },
    /// A value does not fit its column.
    #[error("a value does not fit {}", named("the column", "its column", .column.as_deref()))]
    InvalidValue {
        /// The column, where it is known.
        column: Option<String>,
    },
    /// A mass write would touch more rows than allowed.
    #[error("{count} rows match, and at most {cap} are changed at once; narrow the filter or raise ?limit=")]
    TooManyRows {
        /// How many rows match.
        count: u64,
        /// How many are allowed.
        cap: u64,
    },
    /// An operation of a batch failed; nothing was applied.
    #[error("{error}")]
    Operation {
        /// Which operation, counted from 0.
        index: usize,
        /// Its error.
        error: Box<RecordsError>,
    },
    /// Something in the request that only this use-case knows about.
    #[error("{message}")]
    Invalid {
        /// A stable code.
        code: &'static str,
        /// What was wrong and what would be right.
        message: String,
        /// Where it stands.
        place: String,
    },
    /// The database did not do it.
    #[error(transparent)]
    Database(EngineError),
}

fn key_text(columns: &[String]) -> String {
    if columns.is_empty() { "key".to_owned() } else { columns.join(", ") }
}

fn named(known: &str, unknown: &str, name: Option<&str>) -> String {
    name.map_or_else(|| unknown.to_owned(), |name| format!("{known} `{name}`"))
}

fn foreign_key_text(columns: &[String], deleting: bool) -> String {
    if deleting {
        return "other rows still refer to this row".to_owned();
    }
    match columns {
        [] => "a foreign key refers to a row that does not exist".to_owned(),
        columns => format!("`{}` refers to a row that does not exist", columns.join(", ")),
    }
}

impl RecordsError {
    /// Gives an engine's error its meaning for a table: constraint names become the columns a caller knows.
    pub fn of_table(error: EngineError, table: &Table, deleting: bool) -> Self {
        match error {
            EngineError::UniqueViolation { constraint, columns } => {
                let named = constraint.as_deref().and_then(|name| unique_columns(table, name));
                Self::Duplicate { columns: columns.or(named).unwrap_or_default() }
            }
            EngineError::ForeignKeyViolation { constraint } => {
                let own = constraint.and_then(|name| table.info.foreign_keys.iter().find(|key| key.name == name));
                Self::ForeignKey { columns: own.map(|key| key.columns.clone()).unwrap_or_default(), deleting }
            }
            EngineError::NotNull { column } => Self::NotNull { column },
            EngineError::Check { constraint } => Self::Check { name: constraint },
            EngineError::InvalidValue { column } => Self::InvalidValue { column },
            other => Self::Database(other),
        }
    }

    /// Stable, documented, never renamed: clients branch on it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Plan(error) => error.code(),
            Self::NotFound => "not_found",
            Self::OutOfScope => "forbidden_row",
            Self::Stale { .. } => "precondition_failed",
            Self::Duplicate { .. } => "duplicate",
            Self::ForeignKey { .. } => "foreign_key",
            Self::NotNull { .. } => "null_not_allowed",
            Self::Check { .. } => "check_failed",
            Self::InvalidValue { .. } => "invalid_value",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::Operation { error, .. } => error.code(),
            Self::Invalid { code, .. } => code,
            Self::Database(error) => match error {
                EngineError::Serialization => "conflict",
                EngineError::Timeout => "database_timeout",
                EngineError::Unavailable { .. } => "database_unavailable",
                EngineError::Denied => "database_denied",
                EngineError::DiskFull => "disk_full",
                EngineError::Drift { .. } => "schema_changed",
                EngineError::ReadOnly => "database_read_only",
                EngineError::Unsupported { .. } => "unsupported",
                _ => "internal",
            },
        }
    }

    /// The code of a failed row in a bulk answer. Source: the native contract, section 3.2.
    pub fn bulk_code(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "duplicate",
            Self::ForeignKey { .. } => "foreign_key",
            Self::NotFound | Self::Plan(PlanError::NoSuchKey { .. }) => "not_found",
            Self::OutOfScope => "forbidden_row",
            Self::Plan(PlanError::Refused { .. } | PlanError::ForbiddenValue { .. }) => "forbidden",
            Self::Operation { error, .. } => error.bulk_code(),
            Self::Plan(_)
            | Self::NotNull { .. }
            | Self::Check { .. }
            | Self::InvalidValue { .. }
            | Self::Stale { .. }
            | Self::TooManyRows { .. }
            | Self::Invalid { .. } => "validation_error",
            Self::Database(_) => "internal",
        }
    }
}

fn unique_columns(table: &Table, constraint: &str) -> Option<Vec<String>> {
    let named = table.info.unique_keys.iter().find(|key| key.name == constraint).map(|key| key.columns.clone());
    // MySQL calls every primary key PRIMARY, PostgreSQL <table>_pkey.
    let primary = constraint == "PRIMARY" || constraint.ends_with("_pkey");
    named.or_else(|| (primary && !table.info.primary_key.is_empty()).then(|| table.info.primary_key.clone()))
}
