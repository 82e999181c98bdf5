//! The counter by which running nodes notice a change.

use crate::{StoreError, Tx};

/// The number of the last change.
///
/// # Errors
///
/// What the database says.
pub fn current(tx: &Tx<'_>) -> Result<i64, StoreError> {
    tx.fetch_one("SELECT value FROM counters WHERE name = 'revision'", &[])?.int(0)
}

/// Counts one up: every node reads again what it serves.
///
/// # Errors
///
/// What the database says.
pub fn bump(tx: &Tx<'_>) -> Result<i64, StoreError> {
    tx.fetch_one("UPDATE counters SET value = value + 1 WHERE name = 'revision' RETURNING value", &[])?.int(0)
}
