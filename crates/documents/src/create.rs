//! Making documents.

use crate::{
    Author, BULK_DOCUMENTS, Collection, Document, Documents, DocumentsError,
    document::{members, new_document_id, text_of},
};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_query::Json;
use portcullis_store::documents::{self, StoredDocument};

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
        let (place, kept) = (collection.place(connection), new.clone());
        self.store.db().write(move |tx| documents::insert(tx, &place, &kept)).await?;
        Ok(Document::read(new)?)
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
            return Err(DocumentsError::TooMany { what: "made", max: BULK_DOCUMENTS });
        }
        let all: Vec<_> = bodies.into_iter().map(|body| new(author, body, now)).collect::<Result<_, _>>()?;
        let ids = all.iter().map(|document| document.id.clone()).collect();
        let place = collection.place(connection);
        self.store
            .db()
            .write(move |tx| all.iter().try_for_each(|document| documents::insert(tx, &place, document)))
            .await?;
        Ok(ids)
    }
}

fn new(author: &Author, body: Json, now: Timestamp) -> Result<StoredDocument, DocumentsError> {
    let (owner, account) = author.maker().ok_or(DocumentsError::Unauthenticated)?;
    let body = text_of(members(body)?)?;
    Ok(StoredDocument {
        seq: 0,
        id: new_document_id(&mut rand::rng()),
        account: account.to_owned(),
        owner: owner.to_owned(),
        body,
        created_at: now,
        updated_at: now,
    })
}
