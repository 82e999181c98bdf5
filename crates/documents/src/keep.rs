//! Writing documents, with what goes along with each: the count of the collection, its share of the quota, its indexes.

use crate::{DocumentsError, Quota, key};
use portcullis_base::Timestamp;
use portcullis_store::{
    StoreError, Tx, document_indexes,
    documents::{self, Place, StoredDocument, Usage},
};
use serde_json::{Map, Value};

/// What a transaction on documents gives: what it did, or why the whole of it must be undone.
pub type Kept<T> = Result<Result<T, DocumentsError>, StoreError>;

/// Adds documents.
pub fn insert(tx: &Tx<'_>, place: &Place, all: &[(StoredDocument, Map<String, Value>)], quota: Quota) -> Kept<()> {
    let bytes = all.iter().map(|(document, _)| document.body.len()).sum::<usize>();
    let more = Usage { documents: all.len() as i64, bytes: bytes as i64 };
    if let Err(full) = quota.check(tx, place, more)? {
        return Ok(Err(full));
    }
    let indexes = document_indexes::of(tx, place)?;
    for (document, body) in all {
        let seq = documents::insert(tx, place, document)?;
        for index in &indexes {
            document_indexes::put(tx, index.id, &key::of_document(body, &index.field), seq)?;
        }
    }
    documents::add_usage(tx, place, more)?;
    Ok(Ok(()))
}

/// Puts another body in a document's place; false where it is gone.
pub fn replace(
    tx: &Tx<'_>,
    place: &Place,
    before: &StoredDocument,
    (text, body): (&str, &Map<String, Value>),
    (quota, now): (Quota, Timestamp),
) -> Kept<bool> {
    let more = Usage { documents: 0, bytes: text.len() as i64 - before.body.len() as i64 };
    if more.bytes > 0
        && let Err(full) = quota.check(tx, place, more)?
    {
        return Ok(Err(full));
    }
    if !documents::replace(tx, place, before.seq, text, now)? {
        return Ok(Ok(false));
    }
    let indexes = document_indexes::of(tx, place)?;
    if !indexes.is_empty() {
        document_indexes::take(tx, before.seq)?;
    }
    for index in &indexes {
        document_indexes::put(tx, index.id, &key::of_document(body, &index.field), before.seq)?;
    }
    documents::add_usage(tx, place, more)?;
    Ok(Ok(true))
}

/// Deletes a document; false where it is gone already.
pub fn delete(tx: &Tx<'_>, place: &Place, document: &StoredDocument) -> Result<bool, StoreError> {
    if !documents::delete(tx, place, document.seq)? {
        return Ok(false);
    }
    document_indexes::take(tx, document.seq)?;
    documents::add_usage(tx, place, Usage { documents: -1, bytes: -(document.body.len() as i64) })?;
    Ok(true)
}
