//! SQLite's result codes as meanings.

use crate::EngineError;
use rusqlite::ffi;

/// What a failure of the driver means. Its text stays in the log.
pub fn map(error: rusqlite::Error) -> EngineError {
    use rusqlite::Error as E;
    match error {
        E::SqliteFailure(code, message) => from_code(code.extended_code, message.unwrap_or_else(|| code.to_string())),
        E::SqlInputError { error, msg, .. } => from_code(error.extended_code, msg),
        E::ToSqlConversionFailure(_) | E::IntegralValueOutOfRange(..) => EngineError::InvalidValue { column: None },
        other => EngineError::Other { cause: other.to_string() },
    }
}

/// A failure while opening: unless somebody keeps the file locked, the database cannot be reached.
pub fn opening(error: rusqlite::Error) -> EngineError {
    let cause = error.to_string();
    match map(error) {
        EngineError::Timeout => EngineError::Timeout,
        _ => EngineError::Unavailable { cause },
    }
}

fn from_code(code: i32, message: String) -> EngineError {
    match code & 0xff {
        ffi::SQLITE_CONSTRAINT => constraint(code, message),
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_INTERRUPT => EngineError::Timeout,
        ffi::SQLITE_FULL => EngineError::DiskFull,
        // The file lost its name while it was open: away, as when it cannot be opened at all. REL-3.
        ffi::SQLITE_READONLY if code == ffi::SQLITE_READONLY_DBMOVED => EngineError::Unavailable { cause: message },
        ffi::SQLITE_READONLY => EngineError::ReadOnly,
        ffi::SQLITE_MISMATCH | ffi::SQLITE_TOOBIG => EngineError::InvalidValue { column: None },
        ffi::SQLITE_SCHEMA => EngineError::Drift { cause: message },
        ffi::SQLITE_PERM | ffi::SQLITE_AUTH => EngineError::Denied,
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN | ffi::SQLITE_NOTADB | ffi::SQLITE_PROTOCOL | ffi::SQLITE_NOMEM => {
            EngineError::Unavailable { cause: message }
        }
        ffi::SQLITE_ERROR => from_message(message),
        _ => EngineError::Other { cause: message },
    }
}

// The general code says nothing; the texts below have been SQLite's for many years.
fn from_message(message: String) -> EngineError {
    let drift = message.starts_with("no such table")
        || message.starts_with("no such column")
        || message.contains(" has no column named ");
    if drift {
        return EngineError::Drift { cause: message };
    }
    // A foreign key to columns that are no key: nothing can be written to either table.
    if message.starts_with("foreign key mismatch") {
        return EngineError::Unsupported { cause: message };
    }
    if message.starts_with("integer overflow") || message.starts_with("malformed JSON") {
        return EngineError::InvalidValue { column: None };
    }
    EngineError::Other { cause: message }
}

fn constraint(code: i32, message: String) -> EngineError {
    let about = message.split_once(" constraint failed: ").map(|(_, about)| about);
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            match about.and_then(|about| about.strip_prefix("index '")) {
                Some(index) => EngineError::UniqueViolation {
                    constraint: Some(index.trim_end_matches('\'').to_owned()),
                    columns: None,
                },
                None => EngineError::UniqueViolation {
                    constraint: None,
                    columns: about.map(|about| about.split(", ").map(column).collect()),
                },
            }
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => EngineError::NotNull { column: about.map(column) },
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => EngineError::ForeignKeyViolation { constraint: None },
        ffi::SQLITE_CONSTRAINT_CHECK => EngineError::Check { constraint: about.map(str::to_owned) },
        // `ON DELETE RESTRICT` is kept by a trigger of SQLite's own.
        ffi::SQLITE_CONSTRAINT_TRIGGER if message == "FOREIGN KEY constraint failed" => {
            EngineError::ForeignKeyViolation { constraint: None }
        }
        // A trigger's refusal; its words are the trigger's, not a constraint's name.
        ffi::SQLITE_CONSTRAINT_TRIGGER => EngineError::Check { constraint: None },
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            EngineError::InvalidValue { column: message.rsplit_once(" column ").map(|(_, about)| column(about)) }
        }
        _ => EngineError::Other { cause: message },
    }
}

/// The column of `table.column`.
fn column(about: &str) -> String {
    about.split_once('.').map_or(about, |(_, column)| column).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraint_texts_name_their_columns() {
        let unique = |text: &str| from_code(ffi::SQLITE_CONSTRAINT_UNIQUE, format!("UNIQUE constraint failed: {text}"));
        let EngineError::UniqueViolation { columns, .. } = unique("t.a, t.b c") else { panic!() };
        assert_eq!(columns.unwrap(), ["a", "b c"]);
        let EngineError::UniqueViolation { constraint, columns: None } = unique("index 'by_lower'") else { panic!() };
        assert_eq!(constraint.as_deref(), Some("by_lower"));
        let text = "cannot store TEXT value in INTEGER column t.n".to_owned();
        let EngineError::InvalidValue { column } = from_code(ffi::SQLITE_CONSTRAINT_DATATYPE, text) else { panic!() };
        assert_eq!(column.as_deref(), Some("n"));
    }

    #[test]
    fn codes_become_meanings() {
        let of = |code| from_code(code, String::new());
        assert!(matches!(of(ffi::SQLITE_BUSY_SNAPSHOT), EngineError::Timeout));
        assert!(matches!(of(ffi::SQLITE_FULL), EngineError::DiskFull));
        assert!(matches!(of(ffi::SQLITE_READONLY_DIRECTORY), EngineError::ReadOnly));
        assert!(matches!(of(ffi::SQLITE_READONLY_DBMOVED), EngineError::Unavailable { .. }));
        assert!(matches!(of(ffi::SQLITE_SCHEMA), EngineError::Drift { .. }));
        let restricted = from_code(ffi::SQLITE_CONSTRAINT_TRIGGER, "FOREIGN KEY constraint failed".to_owned());
        assert!(matches!(restricted, EngineError::ForeignKeyViolation { .. }));
        assert!(matches!(of(ffi::SQLITE_CONSTRAINT_TRIGGER), EngineError::Check { .. }));
        assert!(matches!(of(ffi::SQLITE_MISMATCH), EngineError::InvalidValue { .. }));
    }
}
