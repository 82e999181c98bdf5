//! What a later sync found and nobody has approved yet.

use crate::{StoreError, Tx};
use portcullis_base::{ConnectionId, Timestamp};
use std::collections::BTreeSet;

/// (Table, column); an empty column stands for the table itself.
pub type Unapproved = BTreeSet<(String, String)>;

/// What waits for approval.
///
/// # Errors
///
/// What the database says.
pub fn list(tx: &Tx<'_>, connection: &ConnectionId) -> Result<Unapproved, StoreError> {
    let sql = "SELECT table_name, column_name FROM unapproved WHERE connection_id = $1";
    tx.fetch_all(sql, &[connection.as_str().into()])?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Makes `wanted` the list of what waits; what waited before keeps its date.
///
/// # Errors
///
/// What the database says.
pub fn replace(tx: &Tx<'_>, connection: &ConnectionId, wanted: &Unapproved, now: Timestamp) -> Result<(), StoreError> {
    let before = list(tx, connection)?;
    for (table, column) in before.difference(wanted) {
        tx.execute(
            "DELETE FROM unapproved WHERE connection_id = $1 AND table_name = $2 AND column_name = $3",
            &[connection.as_str().into(), table.into(), column.into()],
        )?;
    }
    for (table, column) in wanted.difference(&before) {
        tx.execute(
            "INSERT INTO unapproved (connection_id, table_name, column_name, found_at) VALUES ($1, $2, $3, $4)",
            &[connection.as_str().into(), table.into(), column.into(), now.into()],
        )?;
    }
    Ok(())
}
