//! `[documents]`: collections of JSON documents beside the database.

use serde::{Deserialize, Serialize};

/// `[documents]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DocumentsSettings {
    /// Whether `/v1/collections` is served.
    pub enabled: bool,
}
