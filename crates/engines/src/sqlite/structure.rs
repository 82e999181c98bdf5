//! Changes of the structure, on a connection of their own: a table is made anew while foreign keys rest.

use super::{
    connect::{Role, Source},
    error,
};
use crate::{EngineError, Restructure};

/// Runs statements in one transaction; foreign keys are checked at its end.
///
/// With them on, dropping the old form of a table would take along the rows that point at it. They cannot be switched
/// inside a transaction. Source: SQLite, "ALTER TABLE", section 7.
pub fn change(source: &Source, statements: &[String]) -> Result<(), Restructure> {
    let at = |at: usize| move |cause: rusqlite::Error| Restructure { at, error: error::map(cause) };
    let conn = source.connect(Role::Writer).map_err(|error| Restructure { at: 0, error })?;
    let sql = &conn.sql;
    sql.pragma_update(None, "foreign_keys", false).map_err(at(0))?;
    sql.execute_batch("BEGIN IMMEDIATE").map_err(at(0))?;
    let result = (|| {
        for (number, text) in statements.iter().enumerate() {
            sql.execute_batch(text).map_err(at(number))?;
        }
        // What only adds breaks no foreign key; one that was broken before keeps nobody from adding.
        if statements.iter().all(|text| only_adds(text)) {
            return sql.execute_batch("COMMIT").map_err(at(statements.len()));
        }
        let broken = sql.prepare("PRAGMA foreign_key_check").and_then(|mut check| check.exists([]));
        if broken.map_err(at(statements.len()))? {
            let error = EngineError::ForeignKeyViolation { constraint: None };
            return Err(Restructure { at: statements.len(), error });
        }
        sql.execute_batch("COMMIT").map_err(at(statements.len()))
    })();
    if result.is_err() {
        // Closing the connection would do the same.
        let _ = sql.execute_batch("ROLLBACK");
    }
    result
}

/// Whether a statement makes an index, or a column that holds nothing yet.
fn only_adds(text: &str) -> bool {
    text.starts_with("CREATE INDEX ")
        || (text.starts_with("ALTER TABLE ") && text.contains(" ADD COLUMN ") && !text.contains(" DEFAULT "))
}
