//! Changing one document: new members beside and over the old ones, and counting up.

use crate::{
    Author, Collection, Document, Documents, DocumentsError,
    document::{body_of, members, text_of},
    keep,
};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_query::Json;
use portcullis_store::documents;
use serde_json::{Map, Value};

impl Documents {
    /// Puts members into a document: those it has are replaced, the others stay.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::NotFound`], [`DocumentsError::Forbidden`] where it may be read only.
    pub async fn update(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        (id, set): (&str, Json),
        now: Timestamp,
    ) -> Result<Document, DocumentsError> {
        let set = members(set)?;
        self.change(connection, collection, author, id, now, move |body| {
            body.extend(set);
            Ok(())
        })
        .await
    }

    /// Adds to a whole number in a document; one that is not there yet begins at 0.
    ///
    /// # Errors
    ///
    /// As [`Documents::update`]; [`DocumentsError::NotANumber`].
    pub async fn increment(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        (id, field, by): (&str, &str, i64),
        now: Timestamp,
    ) -> Result<Document, DocumentsError> {
        let name = field.to_owned();
        self.change(connection, collection, author, id, now, move |body| {
            let before = match body.get(&name) {
                None | Some(Value::Null) => Some(0),
                Some(value) => value.as_i64(),
            };
            let after =
                before.and_then(|before| before.checked_add(by)).ok_or(DocumentsError::NotANumber(name.clone()));
            body.insert(name, Value::from(after?));
            Ok(())
        })
        .await
    }

    async fn change(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        id: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Map<String, Value>) -> Result<(), DocumentsError> + Send + 'static,
    ) -> Result<Document, DocumentsError> {
        let readable = collection.readable(author)?;
        let writable = collection.writable(author)?;
        let (place, id, quota) = (collection.place(connection), id.to_owned(), self.quota);
        self.store
            .db()
            .write(move |tx| {
                let Some(mut document) = documents::find(tx, &place, &id)? else {
                    return Ok(Err(DocumentsError::NotFound));
                };
                // What may be written but not read is not there either: the answer would show it.
                match (readable.has(&document), writable.has(&document)) {
                    (true, true) => {}
                    (true, false) => return Ok(Err(DocumentsError::Forbidden)),
                    (false, _) => return Ok(Err(DocumentsError::NotFound)),
                }
                let mut body = body_of(&document)?;
                if let Err(error) = change(&mut body) {
                    return Ok(Err(error));
                }
                let text = match text_of(&body) {
                    Ok(text) => text,
                    Err(error) => return Ok(Err(error)),
                };
                if let Err(full) = keep::replace(tx, &place, &document, (&text, &body), (quota, now))? {
                    return Ok(Err(full));
                }
                (document.body, document.updated_at) = (text, now);
                Ok(Ok(Document::read(document)?))
            })
            .await?
    }
}
