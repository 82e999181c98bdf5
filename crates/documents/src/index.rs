//! The fields by which a collection is looked up: made, listed, dropped.

use crate::{Author, Collection, Documents, DocumentsError, document::body_of, key};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_store::{document_indexes, documents, documents::Within};

/// Indexes a collection may have: every write pays for each.
pub const INDEXES: usize = 10;
/// Characters of a field's name at most.
pub const FIELD_CHARS: usize = 128;
/// Documents that are put into an index in one transaction, and keys that are dropped in one.
const PIECE: i64 = 200;

impl Documents {
    /// Looks a collection up by a field from now on. Asked again, it goes on from where it was interrupted.
    ///
    /// Gives whether the index is new.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::Forbidden`] unless the author is unlimited; [`DocumentsError::TooMany`].
    pub async fn create_index(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        field: &str,
        now: Timestamp,
    ) -> Result<bool, DocumentsError> {
        author.must_be_unlimited()?;
        if field.is_empty() || field.chars().count() > FIELD_CHARS {
            return Err(DocumentsError::query("field", format!("a field has 1 to {FIELD_CHARS} characters")));
        }
        let (place, name) = (collection.place(connection), field.to_owned());
        let made = self.store.db().write(move |tx| {
            let all = document_indexes::of(tx, &place)?;
            if all.iter().any(|index| index.field == name) {
                return Ok(Ok(false));
            }
            if all.len() >= INDEXES {
                return Ok(Err(DocumentsError::TooMany { what: "fields", act: "looked up by", max: INDEXES }));
            }
            document_indexes::add(tx, &place, &name, now)?;
            Ok(Ok(true))
        });
        let made = made.await??;
        while !self.build(connection, collection, field).await? {}
        Ok(made)
    }

    /// Puts some more documents into an index; true once all are in it.
    async fn build(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        field: &str,
    ) -> Result<bool, DocumentsError> {
        let (place, field) = (collection.place(connection), field.to_owned());
        let done = self.store.db().write(move |tx| {
            let all = document_indexes::of(tx, &place)?;
            // Somebody may have dropped it meanwhile.
            let Some(index) = all.into_iter().find(|index| index.field == field && !index.ready) else {
                return Ok(true);
            };
            let piece = documents::after(tx, &place, &Within::Everything, index.built, PIECE)?;
            for document in &piece {
                let keys = key::of_document(&body_of(document)?, &field);
                document_indexes::put(tx, index.id, &keys, document.seq)?;
            }
            let built = piece.last().map_or(index.built, |last| last.seq);
            let ready = piece.is_empty();
            document_indexes::reached(tx, index.id, built, ready)?;
            Ok(ready)
        });
        Ok(done.await?)
    }

    /// The fields by which a collection is looked up.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::Forbidden`] unless the author is unlimited.
    pub async fn indexes(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
    ) -> Result<Vec<String>, DocumentsError> {
        author.must_be_unlimited()?;
        let place = collection.place(connection);
        let all = self.store.db().read(move |tx| document_indexes::of(tx, &place)).await?;
        Ok(all.into_iter().filter(|index| index.ready).map(|index| index.field).collect())
    }

    /// Looks a collection up by a field no longer.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::NotFound`]; [`DocumentsError::Forbidden`] unless the author is unlimited.
    pub async fn delete_index(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        field: &str,
    ) -> Result<(), DocumentsError> {
        author.must_be_unlimited()?;
        let (place, field) = (collection.place(connection), field.to_owned());
        let found = self.store.db().write(move |tx| {
            let all = document_indexes::of(tx, &place)?;
            let Some(index) = all.into_iter().find(|index| index.field == field) else { return Ok(None) };
            // From here on nobody asks it, and whoever makes it again begins anew.
            document_indexes::reached(tx, index.id, 0, false)?;
            Ok(Some(index.id))
        });
        let Some(index) = found.await? else { return Err(DocumentsError::NotFound) };
        while self.store.db().write(move |tx| document_indexes::drop_keys(tx, index, PIECE * 5)).await? > 0 {}
        Ok(self.store.db().write(move |tx| document_indexes::remove(tx, index)).await?)
    }
}
