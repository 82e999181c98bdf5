//! `[limits]`: how much one request may ask for. SEC-50.

use serde::{Deserialize, Serialize};

/// Bounds of one request. The defaults are the documented ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Rows of a page at most.
    pub page_size_max: u32,
    /// Rows of a page when the request does not say.
    pub page_size_default: u32,
    /// Bytes of a body at most; bulk bodies may have sixteen times as many.
    pub body_bytes: usize,
    /// Rows of a bulk request at most.
    pub bulk_rows: usize,
    /// Rows a mass update or delete may touch without `?limit=`.
    pub mass_rows: u64,
    /// Operations of a batch at most.
    pub batch_operations: usize,
    /// How deep a filter may nest.
    pub filter_depth: usize,
    /// Conditions of a filter at most.
    pub filter_conditions: usize,
    /// Values of an `in` at most.
    pub list_values: usize,
    /// Sort keys at most.
    pub sort_keys: usize,
    /// How many relationships may hang on one another.
    pub relationship_levels: usize,
    /// How long one statement may run, such as `5s`.
    pub statement_timeout: String,
    /// How long one request may take, such as `30s`.
    pub request_timeout: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page_size_max: 1000,
            page_size_default: 10,
            body_bytes: 1024 * 1024,
            bulk_rows: 1000,
            mass_rows: 1000,
            batch_operations: 100,
            filter_depth: 8,
            filter_conditions: 100,
            list_values: 1000,
            sort_keys: 8,
            relationship_levels: 3,
            statement_timeout: "5s".to_owned(),
            request_timeout: "30s".to_owned(),
        }
    }
}
