//! The store's format, step by step. Each step is one transaction: killed at any point, it is done or not. REL-17.

use crate::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// In order; the store's format is how many of them it has.
const STEPS: &[&str] = &[
    include_str!("../migrations/sqlite/0001_control_store.sql"),
    include_str!("../migrations/sqlite/0002_identity.sql"),
    include_str!("../migrations/sqlite/0003_factors.sql"),
    include_str!("../migrations/sqlite/0004_operators.sql"),
    include_str!("../migrations/sqlite/0005_mail.sql"),
    include_str!("../migrations/sqlite/0006_issuers.sql"),
    include_str!("../migrations/sqlite/0007_mapped_sessions.sql"),
    include_str!("../migrations/sqlite/0008_surfaces.sql"),
    include_str!("../migrations/sqlite/0009_declared_schemas.sql"),
    include_str!("../migrations/sqlite/0010_accounts_documents.sql"),
    include_str!("../migrations/sqlite/0011_claims.sql"),
    include_str!("../migrations/sqlite/0012_roles.sql"),
    include_str!("../migrations/sqlite/0013_role_rules.sql"),
    include_str!("../migrations/sqlite/0014_registrants.sql"),
    include_str!("../migrations/sqlite/0015_numbers.sql"),
    include_str!("../migrations/sqlite/0016_document_indexes.sql"),
];

/// How many steps the store has; 0 for a fresh one.
pub fn format(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Refuses a store that a newer version wrote, without changing it.
pub fn check(connection: &Connection) -> Result<i64, StoreError> {
    let (found, known) = (format(connection)?, STEPS.len() as i64);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(found)
}

/// Takes the steps that are missing. Two processes that start together take each step once.
pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(sql) = STEPS.get(usize::try_from(check(&step)?).unwrap_or(0)) else { return Ok(()) };
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", format(&step)? + 1)?;
        step.commit()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rel_17_a_step_that_fails_leaves_nothing_behind_and_is_taken_at_the_next_start() {
        let mut connection = Connection::open_in_memory().unwrap();
        // The last statement of the step fails, as a crash in the middle would undo it.
        connection.execute_batch("CREATE TABLE nodes (x)").unwrap();
        migrate(&mut connection).unwrap_err();
        assert_eq!(format(&connection).unwrap(), 0);
        connection.execute("SELECT 1 FROM projects", []).unwrap_err();
        connection.execute_batch("DROP TABLE nodes").unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(format(&connection).unwrap(), STEPS.len() as i64);
        migrate(&mut connection).unwrap();
    }

    #[test]
    fn rel_22_a_newer_format_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut connection).unwrap_err();
        assert!(
            matches!(error, StoreError::NewerSchema { found: 99, known } if known == STEPS.len() as i64),
            "{error}"
        );
        assert!(error.to_string().contains("newer version of portcullis"));
    }
}
