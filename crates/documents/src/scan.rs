//! Walking through a collection, or through what an index leaves of it, in pieces, so that a long walk keeps nobody else
//! waiting for the store.

use crate::{
    Clause, Documents, DocumentsError, Operator,
    clause::{Field, matches},
    document::body_of,
    key,
};
use portcullis_store::{
    StoreError, Tx, document_indexes,
    documents::{self, Place, StoredDocument, Within},
};
use serde_json::{Map, Value};

/// Documents of one piece.
const PIECE: i64 = 500;
/// Documents an index may leave over; where it leaves more the whole is read one after the other, which is cheaper.
const CANDIDATES: i64 = 100_000;

impl Documents {
    /// Shows every document within the scope for which the clauses hold, in the order they were made in.
    pub(crate) async fn scan(
        &self,
        place: &Place,
        within: &Within,
        clauses: &[Clause],
        mut see: impl FnMut(&StoredDocument, &Map<String, Value>) -> Result<(), DocumentsError>,
    ) -> Result<(), DocumentsError> {
        let mut show = |piece: &[StoredDocument]| {
            for document in piece {
                let body = body_of(document)?;
                if matches(clauses, document, &body) {
                    see(document, &body)?;
                }
            }
            Ok::<(), DocumentsError>(())
        };
        let (own, asked) = (place.clone(), clauses.to_vec());
        if let Some(found) = self.store.db().read(move |tx| candidates(tx, &own, &asked)).await? {
            for piece in found.chunks(PIECE as usize) {
                let (own, piece) = (place.clone(), piece.to_vec());
                let read = move |tx: &Tx<'_>| {
                    piece.iter().map(|seq| documents::at(tx, &own, *seq)).collect::<Result<Vec<_>, _>>()
                };
                let piece = self.store.db().read(read).await?;
                let piece: Vec<_> = piece.into_iter().flatten().filter(|document| within.has(document)).collect();
                show(&piece)?;
            }
            return Ok(());
        }
        let mut seen = 0;
        loop {
            let (own, scope) = (place.clone(), within.clone());
            let piece = self.store.db().read(move |tx| documents::after(tx, &own, &scope, seen, PIECE)).await?;
            let Some(last) = piece.last() else { return Ok(()) };
            seen = last.seq;
            show(&piece)?;
        }
    }
}

/// The places of the documents that may be meant, in order; none where all may be.
fn candidates(tx: &Tx<'_>, place: &Place, clauses: &[Clause]) -> Result<Option<Vec<i64>>, StoreError> {
    if clauses.is_empty() {
        return Ok(None);
    }
    let mut found = match by_id(clauses) {
        Some(ids) => {
            let all = ids.into_iter().map(|id| documents::find(tx, place, id));
            let all: Vec<_> = all.collect::<Result<_, _>>()?;
            all.into_iter().flatten().map(|document| document.seq).collect()
        }
        None => {
            let indexes = document_indexes::of(tx, place)?;
            let Some((index, ranges)) = key::plan(clauses, &indexes) else { return Ok(None) };
            let mut found = Vec::new();
            for range in &ranges {
                let room = CANDIDATES + 1 - found.len() as i64;
                found.extend(document_indexes::find(tx, index.id, range, room)?);
                if found.len() as i64 > CANDIDATES {
                    return Ok(None);
                }
            }
            found
        }
    };
    found.sort_unstable();
    found.dedup();
    Ok(Some(found))
}

/// The ids that a clause asks for. They are no list, so that `in` means one of those given.
fn by_id(clauses: &[Clause]) -> Option<Vec<&str>> {
    clauses.iter().find_map(|clause| match (&clause.field, clause.operator, &clause.value) {
        (Field::Id, Operator::Eq | Operator::In, Value::String(id)) => Some(vec![id.as_str()]),
        (Field::Id, Operator::In, Value::Array(ids)) => Some(ids.iter().filter_map(Value::as_str).collect()),
        _ => None,
    })
}
