//! One row.

use crate::{RecordsError, Session};
use portcullis_query::render;
use portcullis_schema::Table;

/// Reads the row with this key; gives its JSON.
///
/// # Errors
///
/// [`RecordsError::NotFound`], also for a key no row can have.
pub async fn read(session: Session<'_>, table: &Table, key: &str) -> Result<Vec<u8>, RecordsError> {
    let planner = session.planner();
    let plan = planner.get(table, key)?;
    let mut rows = session.fetch_once(render::select(&plan, planner.dialect), table).await?;
    if rows.is_empty() {
        return Err(RecordsError::NotFound);
    }
    rows.bytes.truncate(rows.ends[0]);
    Ok(rows.bytes)
}

/// The strong entity tag of a row as this caller sees it, with its quotes. SEC-64, RFC 9110 section 8.8.3.
pub fn etag(row: &[u8]) -> String {
    format!("\"{:032x}\"", xxhash_rust::xxh3::xxh3_128(row))
}
