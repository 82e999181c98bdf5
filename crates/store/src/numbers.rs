//! Whole numbers for our ids, for clients that know no other. Counted per kind from 1; once given a number stays.

use crate::{StoreError, Tx};
use std::collections::BTreeMap;

/// The numbers of these ids, given where there is none yet, in the order of `ids`.
///
/// # Errors
///
/// What the database says.
pub fn give(tx: &Tx<'_>, kind: &str, ids: &[String]) -> Result<BTreeMap<String, i64>, StoreError> {
    let mut all = known(tx, kind)?;
    let mut last = all.values().copied().max().unwrap_or(0);
    for id in ids {
        if all.contains_key(id) {
            continue;
        }
        last += 1;
        let sql = "INSERT INTO numbers (kind, id, number) VALUES ($1, $2, $3)";
        tx.execute(sql, &[kind.into(), id.into(), last.into()])?;
        all.insert(id.clone(), last);
    }
    Ok(all)
}

/// The numbers of a kind so far.
///
/// # Errors
///
/// What the database says.
pub fn known(tx: &Tx<'_>, kind: &str) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows = tx.fetch_all("SELECT id, number FROM numbers WHERE kind = $1", &[kind.into()])?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

/// The id behind a number.
///
/// # Errors
///
/// What the database says.
pub fn id_of(tx: &Tx<'_>, kind: &str, number: i64) -> Result<Option<String>, StoreError> {
    let sql = "SELECT id FROM numbers WHERE kind = $1 AND number = $2";
    tx.fetch_optional(sql, &[kind.into(), number.into()])?.map(|row| row.text(0)).transpose()
}
