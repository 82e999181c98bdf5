//! `[documents]`: collections of JSON documents beside the database.

use serde::{Deserialize, Serialize};

/// `[documents]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DocumentsSettings {
    /// Whether `/v1/collections` is served.
    pub enabled: bool,
    /// Documents of one collection at most. Default a million.
    pub max_documents: u64,
    /// Collections at most. Default 1,000.
    pub max_collections: u64,
    /// Bytes of all documents at most. Default 1 GiB.
    pub max_bytes: u64,
}

impl Default for DocumentsSettings {
    fn default() -> Self {
        Self { enabled: false, max_documents: 1_000_000, max_collections: 1_000, max_bytes: 1024 * 1024 * 1024 }
    }
}
