//! Changing and deleting by clauses: what the author may write among what the clauses mean, in one transaction.

use crate::{
    Author, Clause, Collection, Documents, DocumentsError, MASS_DOCUMENTS,
    clause::matches,
    document::{body_of, members, text_of},
    keep::{self, Kept},
};
use parking_lot::Mutex;
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_query::Json;
use portcullis_store::{
    StoreError, Tx,
    documents::{self, Place, StoredDocument},
};
use serde_json::{Map, Value};
use std::sync::Arc;

impl Documents {
    /// Puts members into every document for which the clauses hold and that the author may write. How many.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::TooMany`]; nothing has been changed then.
    pub async fn update_many(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        (clauses, set): (Vec<Clause>, Json),
        now: Timestamp,
    ) -> Result<u64, DocumentsError> {
        let (set, quota) = (members(set)?, self.quota);
        self.each(connection, collection, author, clauses, "changed", move |tx, place, document, mut body| {
            body.extend(set.clone());
            match text_of(&body) {
                Ok(text) => keep::replace(tx, place, document, (&text, &body), (quota, now)),
                Err(error) => Ok(Err(error)),
            }
        })
        .await
    }

    /// Deletes every document for which the clauses hold and that the author may write. How many.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::TooMany`]; nothing has been deleted then.
    pub async fn delete_many(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        clauses: Vec<Clause>,
    ) -> Result<u64, DocumentsError> {
        self.each(connection, collection, author, clauses, "deleted", move |tx, place, document, _| {
            Ok(Ok(keep::delete(tx, place, document)?))
        })
        .await
    }

    /// Finds them without holding the writer, then looks at each again where nobody else writes.
    async fn each(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        clauses: Vec<Clause>,
        what: &'static str,
        act: impl Fn(&Tx<'_>, &Place, &StoredDocument, Map<String, Value>) -> Kept<bool> + Send + 'static,
    ) -> Result<u64, DocumentsError> {
        let (readable, writable) = (collection.readable(author)?, collection.writable(author)?);
        let place = collection.place(connection);
        let mut found = Vec::new();
        // Clauses over what the author may not read would tell of it by the count.
        self.scan(&place, &readable, &clauses, |document, _| {
            if !writable.has(document) {
                return Ok(());
            }
            if found.len() == MASS_DOCUMENTS {
                return Err(DocumentsError::TooMany { what: "documents", act: what, max: MASS_DOCUMENTS });
            }
            found.push(document.seq);
            Ok(())
        })
        .await?;
        // What is refused undoes the transaction, and is told beside the error that undoes it.
        let refused = Arc::new(Mutex::new(None));
        let told = refused.clone();
        let done = self.store.db().write(move |tx| {
            let mut done = 0;
            for seq in found {
                let Some(document) = documents::at(tx, &place, seq)? else { continue };
                let body = body_of(&document)?;
                let reached = readable.has(&document) && writable.has(&document) && matches(&clauses, &document, &body);
                if !reached {
                    continue;
                }
                match act(tx, &place, &document, body)? {
                    Ok(true) => done += 1,
                    Ok(false) => {}
                    Err(error) => {
                        *told.lock() = Some(error);
                        return Err(StoreError::Changed);
                    }
                }
            }
            Ok(done)
        });
        let done = done.await;
        match refused.lock().take() {
            Some(error) => Err(error),
            None => Ok(done?),
        }
    }
}
