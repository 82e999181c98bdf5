//! How much a stage may keep. Documents live in the node's own store, which all projects share. SEC-50.

use crate::DocumentsError;
use portcullis_store::{
    StoreError, Tx,
    documents::{self, Place, Usage},
};

/// How much a stage may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Documents of one collection.
    pub documents: u64,
    /// Collections of the stage.
    pub collections: u64,
    /// Bytes of all documents of the stage.
    pub bytes: u64,
}

impl Default for Quota {
    /// A million documents, a thousand collections, 1 GiB.
    fn default() -> Self {
        Self { documents: 1_000_000, collections: 1_000, bytes: 1024 * 1024 * 1024 }
    }
}

impl Quota {
    /// Whether a collection may hold so much more.
    pub(crate) fn check(
        self,
        tx: &Tx<'_>,
        place: &Place,
        more: Usage,
    ) -> Result<Result<(), DocumentsError>, StoreError> {
        let beyond =
            |held: i64, more: i64, most: u64| held.saturating_add(more) > i64::try_from(most).unwrap_or(i64::MAX);
        let full = |what, max| Ok(Err(DocumentsError::Full { what, max }));
        let own = documents::usage(tx, place)?;
        if more.documents > 0 && beyond(own.documents, more.documents, self.documents) {
            return full("documents in one collection", self.documents);
        }
        let (stage, collections) = documents::usage_of_stage(tx, &place.connection)?;
        if beyond(stage.bytes, more.bytes, self.bytes) {
            return full("bytes in all documents", self.bytes);
        }
        if more.documents > 0 && own.documents == 0 && beyond(collections, 1, self.collections) {
            return full("collections", self.collections);
        }
        Ok(Ok(()))
    }
}
