//! Documents by their ids, and the names of collections.

use crate::{Author, BULK_DOCUMENTS, Collection, Document, Documents, DocumentsError};
use portcullis_base::ConnectionId;
use portcullis_store::documents;

impl Documents {
    /// The document of an id.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::NotFound`] where there is none that the author may read.
    pub async fn read(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        id: &str,
    ) -> Result<Document, DocumentsError> {
        let found = self.read_many(connection, collection, author, vec![id.to_owned()]).await?;
        found.into_iter().next().ok_or(DocumentsError::NotFound)
    }

    /// The documents of these ids, in their order; those there are not, or that the author may not read, are left out.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::TooMany`], [`DocumentsError::Unauthenticated`].
    pub async fn read_many(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        ids: Vec<String>,
    ) -> Result<Vec<Document>, DocumentsError> {
        if ids.len() > BULK_DOCUMENTS {
            return Err(DocumentsError::TooMany { what: "documents", act: "read by their ids", max: BULK_DOCUMENTS });
        }
        let (place, within) = (collection.place(connection), collection.readable(author)?);
        let found = self
            .store
            .db()
            .read(move |tx| {
                let found = ids.iter().map(|id| documents::find(tx, &place, id));
                found.collect::<Result<Vec<_>, _>>()
            })
            .await?;
        let seen = found.into_iter().flatten().filter(|document| within.has(document));
        Ok(seen.map(Document::read).collect::<Result<_, _>>()?)
    }

    /// The names of a stage's collections.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::Forbidden`] unless the author is unlimited.
    pub async fn collections(&self, connection: &ConnectionId, author: &Author) -> Result<Vec<String>, DocumentsError> {
        author.must_be_unlimited()?;
        let connection = connection.clone();
        Ok(self.store.db().read(move |tx| documents::collections(tx, &connection)).await?)
    }
}
