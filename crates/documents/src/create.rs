//! Making documents.

use crate::{
    Author, BULK_DOCUMENTS, Collection, Document, Documents, DocumentsError,
    document::{members, new_document_id, text_of},
    keep,
};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_query::Json;
use portcullis_store::documents::StoredDocument;
use serde_json::{Map, Value};

impl Documents {
    /// Makes a document, which belongs to its author.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::Unauthenticated`] for nobody known, [`DocumentsError::NotAnObject`].
    pub async fn create(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        body: Json,
        now: Timestamp,
    ) -> Result<Document, DocumentsError> {
        let new = new(author, body, now)?;
        let (place, kept, quota) = (collection.place(connection), [new.clone()], self.quota);
        self.store.db().write(move |tx| keep::insert(tx, &place, &kept, quota)).await??;
        Ok(Document::read(new.0)?)
    }

    /// Makes documents, all or none. Gives their ids.
    ///
    /// # Errors
    ///
    /// As [`Documents::create`]; [`DocumentsError::TooMany`].
    pub async fn create_many(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        bodies: Vec<Json>,
        now: Timestamp,
    ) -> Result<Vec<String>, DocumentsError> {
        if bodies.len() > BULK_DOCUMENTS {
            return Err(DocumentsError::TooMany { what: "documents", act: "made", max: BULK_DOCUMENTS });
        }
        let all: Vec<_> = bodies.into_iter().map(|body| new(author, body, now)).collect::<Result<_, _>>()?;
        let ids = all.iter().map(|(document, _)| document.id.clone()).collect();
        let (place, quota) = (collection.place(connection), self.quota);
        self.store.db().write(move |tx| keep::insert(tx, &place, &all, quota)).await??;
        Ok(ids)
    }
}

/// A document to be, and what it says.
type New = (StoredDocument, Map<String, Value>);

fn new(author: &Author, body: Json, now: Timestamp) -> Result<New, DocumentsError> {
    let (owner, account) = author.maker().ok_or(DocumentsError::Unauthenticated)?;
    let members = members(body)?;
    let body = text_of(&members)?;
    let document = StoredDocument {
        seq: 0,
        id: new_document_id(&mut rand::rng()),
        account: account.to_owned(),
        owner: owner.to_owned(),
        body,
        created_at: now,
        updated_at: now,
    };
    Ok((document, members))
}
