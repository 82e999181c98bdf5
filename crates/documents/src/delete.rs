//! Deleting one document.

use crate::{Author, Collection, Documents, DocumentsError, keep};
use portcullis_base::ConnectionId;
use portcullis_store::documents;

impl Documents {
    /// Deletes a document.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::NotFound`], [`DocumentsError::Forbidden`] where it may be read only.
    pub async fn delete(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        id: &str,
    ) -> Result<(), DocumentsError> {
        let readable = collection.readable(author)?;
        let writable = collection.writable(author)?;
        let (place, id) = (collection.place(connection), id.to_owned());
        self.store
            .db()
            .write(move |tx| {
                let Some(document) = documents::find(tx, &place, &id)? else {
                    return Ok(Err(DocumentsError::NotFound));
                };
                // What may be written but not read is not there either: the answer would show it.
                match (readable.has(&document), writable.has(&document)) {
                    (true, true) => {}
                    (true, false) => return Ok(Err(DocumentsError::Forbidden)),
                    (false, _) => return Ok(Err(DocumentsError::NotFound)),
                }
                keep::delete(tx, &place, &document)?;
                Ok(Ok(()))
            })
            .await?
    }
}
