//! The fields by which collections of documents are looked up, and what stands in them.

use crate::{Row, StoreError, Tx, Value, documents::Place};
use portcullis_base::Timestamp;

/// The key of documents that hold more values in a field than are kept.
pub const ANY: &str = "*";

/// A field by which a collection is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentIndex {
    /// Its own number.
    pub id: i64,
    /// The field's name.
    pub field: String,
    /// Documents up to this place in the order are in it.
    pub built: i64,
    /// Whether all documents are in it.
    pub ready: bool,
}

/// Keys from one to another, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The first.
    pub from: String,
    /// The last.
    pub to: String,
}

/// The indexes of a collection, by their fields.
///
/// # Errors
///
/// What the database says.
pub fn of(tx: &Tx<'_>, place: &Place) -> Result<Vec<DocumentIndex>, StoreError> {
    let sql = "SELECT id, field, built, ready FROM document_indexes \
               WHERE connection_id = $1 AND collection = $2 ORDER BY field";
    let values: [Value; 2] = [place.connection.as_str().into(), (&place.collection).into()];
    tx.fetch_all(sql, &values)?.iter().map(read).collect()
}

/// Adds an index that no document is in yet.
///
/// # Errors
///
/// [`StoreError::Exists`] when there is one of the field.
pub fn add(tx: &Tx<'_>, place: &Place, field: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO document_indexes (connection_id, collection, field, created_at) VALUES ($1, $2, $3, $4)";
    let values: [Value; 4] = [place.connection.as_str().into(), (&place.collection).into(), field.into(), now.into()];
    tx.execute(sql, &values).map(drop)
}

/// Notes how far an index is built.
///
/// # Errors
///
/// What the database says.
pub fn reached(tx: &Tx<'_>, index: i64, built: i64, ready: bool) -> Result<(), StoreError> {
    let sql = "UPDATE document_indexes SET built = $2, ready = $3 WHERE id = $1";
    tx.execute(sql, &[index.into(), built.into(), i64::from(ready).into()]).map(drop)
}

/// Drops some of an index's keys, at most `limit`; how many.
///
/// # Errors
///
/// What the database says.
pub fn drop_keys(tx: &Tx<'_>, index: i64, limit: i64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM document_keys WHERE index_id = $1 AND (key, seq) IN \
               (SELECT key, seq FROM document_keys WHERE index_id = $1 LIMIT $2)";
    Ok(tx.execute(sql, &[index.into(), limit.into()])? as u64)
}

/// Drops an index with the keys that are left.
///
/// # Errors
///
/// What the database says.
pub fn remove(tx: &Tx<'_>, index: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM document_keys WHERE index_id = $1", &[index.into()])?;
    tx.execute("DELETE FROM document_indexes WHERE id = $1", &[index.into()]).map(drop)
}

/// Puts a document under keys.
///
/// # Errors
///
/// What the database says.
pub fn put(tx: &Tx<'_>, index: i64, keys: &[String], seq: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO document_keys (index_id, key, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    keys.iter().try_for_each(|key| tx.execute(sql, &[index.into(), key.into(), seq.into()]).map(drop))
}

/// Takes a document out of every index.
///
/// # Errors
///
/// What the database says.
pub fn take(tx: &Tx<'_>, seq: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM document_keys WHERE seq = $1", &[seq.into()]).map(drop)
}

/// The places of the documents under a range of keys, at most `limit` and in no order.
///
/// # Errors
///
/// What the database says.
pub fn find(tx: &Tx<'_>, index: i64, range: &KeyRange, limit: i64) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT seq FROM document_keys WHERE index_id = $1 AND key >= $2 AND key <= $3 LIMIT $4";
    let values: [Value; 4] = [index.into(), (&range.from).into(), (&range.to).into(), limit.into()];
    tx.fetch_all(sql, &values)?.iter().map(|row| row.int(0)).collect()
}

fn read(row: &Row) -> Result<DocumentIndex, StoreError> {
    Ok(DocumentIndex { id: row.int(0)?, field: row.text(1)?, built: row.int(2)?, ready: row.int(3)? != 0 })
}
