//! Collections of JSON documents: each with an id, an account, an owner and the moment it was made.
//!
//! A collection comes into being with its first document. Who may read and write stands in its name. Documents live
//! beside the customer's database, which stays as it is. Knows no HTTP, and not how the caller was proved.

mod change;
mod clause;
mod collection;
mod create;
mod delete;
mod document;
mod error;
mod index;
mod keep;
mod key;
mod list;
mod mass;
mod quota;
mod read;
mod scan;

pub use clause::{Clause, Field, MAX_CLAUSES, MAX_VALUES, Operator};
pub use collection::{Author, Collection, NAME_CHARS};
pub use document::{Document, new_document_id};
pub use error::DocumentsError;
pub use index::{FIELD_CHARS, INDEXES};
pub use list::{List, Order, Page};
pub use quota::Quota;

use portcullis_store::Store;

/// Documents a bulk insert may have, and ids a read by ids.
pub const BULK_DOCUMENTS: usize = 1_000;
/// Documents a change by clauses may meet. More would hold the store's writer for too long.
pub const MASS_DOCUMENTS: usize = 10_000;
/// Bytes of a document at most.
pub const DOCUMENT_BYTES: usize = 1024 * 1024;
/// Documents of a page at most.
pub const PAGE_SIZE_MAX: u64 = 1_000;

/// The documents of every stage; cheap to clone.
#[derive(Debug, Clone)]
pub struct Documents {
    store: Store,
    quota: Quota,
}

impl Documents {
    /// Documents in a store.
    pub fn new(store: Store) -> Self {
        Self { store, quota: Quota::default() }
    }

    /// The same where a stage may keep so much.
    #[must_use]
    pub fn within(&self, quota: Quota) -> Self {
        Self { store: self.store.clone(), quota }
    }
}
