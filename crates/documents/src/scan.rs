//! Walking through a collection in pieces, so that a long walk keeps nobody else waiting for the store.

use crate::{Clause, Documents, DocumentsError, clause::matches, document::body_of};
use portcullis_store::documents::{self, Place, StoredDocument, Within};
use serde_json::{Map, Value};

/// Documents of one piece.
const PIECE: i64 = 500;

impl Documents {
    /// Shows every document within the scope for which the clauses hold, in the order they were made in.
    pub(crate) async fn scan(
        &self,
        place: &Place,
        within: &Within,
        clauses: &[Clause],
        mut see: impl FnMut(&StoredDocument, &Map<String, Value>) -> Result<(), DocumentsError>,
    ) -> Result<(), DocumentsError> {
        let mut seen = 0;
        loop {
            let (own, scope) = (place.clone(), within.clone());
            let piece = self.store.db().read(move |tx| documents::after(tx, &own, &scope, seen, PIECE)).await?;
            let Some(last) = piece.last() else { return Ok(()) };
            seen = last.seq;
            for document in &piece {
                let body = body_of(document)?;
                if matches(clauses, document, &body) {
                    see(document, &body)?;
                }
            }
        }
    }
}
