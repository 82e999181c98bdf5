//! What PostgreSQL's SQLSTATE means in our words.
//!
//! Source of the codes: PostgreSQL documentation, appendix A "PostgreSQL Error Codes".

use crate::EngineError;
use std::error::Error as _;
use tokio_postgres::error::DbError;

/// Why a statement failed, while it may still be worth a second try.
#[derive(Debug)]
pub enum Failure {
    /// The server or the connection.
    Driver(tokio_postgres::Error),
    /// Already in our words.
    Engine(EngineError),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<Failure> for EngineError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Driver(error) => translate(&error),
            Failure::Engine(error) => error,
        }
    }
}

impl Failure {
    /// Whether a prepared statement no longer fits the database, found out before anything was done.
    pub fn is_stale_plan(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        let Some(error) = error.as_db_error() else { return false };
        match error.code().code() {
            // "cached plan must not change result type"; the code has other uses, the text is not translated
            // into every language, so the routine that raises it decides.
            "0A000" => error.routine() == Some("RevalidateCachedQuery") || error.message().contains("cached plan"),
            "26000" => true,
            // A type that was dropped and made again under the same name.
            "XX000" => error.message().starts_with("cache lookup failed"),
            _ => false,
        }
    }

    /// Whether the cause may be a parameter whose type was settled before its column was given another.
    pub fn may_be_an_old_type(&self) -> bool {
        let Self::Driver(error) = self else { return false };
        error.code().is_some_and(|code| {
            matches!(code.code(), "22P02" | "22P03" | "22001" | "22003" | "22007" | "22008" | "42804" | "42883")
        })
    }

    /// Whether the connection was lost, by the client's or the server's word.
    pub fn is_lost_connection(&self) -> bool {
        match self {
            Self::Driver(error) => match error.as_db_error() {
                Some(error) => matches!(error.code().code(), "57P01" | "57P02" | "57P05"),
                None => error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>()),
            },
            Self::Engine(_) => false,
        }
    }
}

/// Turns a driver's error into its meaning.
pub fn translate(error: &tokio_postgres::Error) -> EngineError {
    match error.as_db_error() {
        Some(error) => translate_db(error),
        None => EngineError::Unavailable { cause: chain(error) },
    }
}

/// As [`translate`], for what goes wrong before there is a connection: unless the login is refused, nobody is reached.
pub fn translate_connect(error: &tokio_postgres::Error) -> EngineError {
    match error.as_db_error() {
        Some(error) if matches!(error.code().code(), "28000" | "28P01" | "42501") => {
            // The meaning alone does not tell a wrong password from a closed door.
            tracing::warn!(cause = text(error), "The database refused our login");
            EngineError::Denied
        }
        Some(error) => EngineError::Unavailable { cause: text(error) },
        None => EngineError::Unavailable { cause: chain(error) },
    }
}

fn translate_db(error: &DbError) -> EngineError {
    let code = error.code().code();
    let constraint = || error.constraint().map(str::to_owned);
    let column = || error.column().map(str::to_owned);
    match code {
        // An exclusion constraint is a key in all but name.
        "23505" | "23P01" => EngineError::UniqueViolation { constraint: constraint(), columns: None },
        "23503" | "23001" => EngineError::ForeignKeyViolation { constraint: constraint() },
        "23502" => EngineError::NotNull { column: column() },
        // P0001 to P0004: what a trigger or function raised itself.
        "23514" | "23000" | "44000" | "P0001" | "P0002" | "P0003" | "P0004" => {
            EngineError::Check { constraint: constraint() }
        }
        "40001" | "40P01" => EngineError::Serialization,
        "57014" | "55P03" | "25P03" | "25P04" => EngineError::Timeout,
        "42501" => EngineError::Denied,
        "53100" => EngineError::DiskFull,
        "25006" => EngineError::ReadOnly,
        "42P01" | "42703" | "42883" | "42704" | "42804" | "3F000" => EngineError::Drift { cause: text(error) },
        // A collation without LIKE, a rule in the way of RETURNING, a materialised view that was never filled.
        "0A000" | "55000" => EngineError::Unsupported { cause: text(error) },
        // Ours is checked while it is parsed, and then has a position; without one a type's reader refuses a value.
        "42601" if error.position().is_none() => EngineError::InvalidValue { column: column() },
        // A value too large for an index row.
        "54000" => EngineError::InvalidValue { column: column() },
        _ => match code.get(..2) {
            Some("22") => EngineError::InvalidValue { column: column() },
            Some("08" | "28" | "53" | "57") => EngineError::Unavailable { cause: text(error) },
            _ => EngineError::Other { cause: text(error) },
        },
    }
}

// The detail stays out: it repeats values of the row.
fn text(error: &DbError) -> String {
    format!("{}: {}", error.code().code(), error.message())
}

fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
