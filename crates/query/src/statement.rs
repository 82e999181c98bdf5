//! A finished statement: text, values, and what its columns mean.

use crate::{RowFormat, Value};
use portcullis_schema::Output;
use std::sync::Arc;

/// Rows of a page that may be read in passing. Measured: up to here handing a statement to another thread costs more
/// than running it.
pub const PAGE_ROWS: u64 = 100;

/// How much a statement may cost, so that an engine can pick a way to run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Reads at most one row by a unique key: quick on any engine.
    Point,
    /// Reads a page of at most [`PAGE_ROWS`] rows as they come, by a plan that does not depend on the values: quick
    /// where an index leads to them.
    Page,
    /// Reads any number of rows.
    Scan,
    /// Writes: needs the writer, is never run twice.
    Write,
}

/// One SQL statement ready to be run.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The SQL text; values stand in it as placeholders only.
    pub text: String,
    /// The placeholders' values in order.
    pub values: Vec<Value>,
    /// What each result column is called and how it is read; empty for a statement without a result.
    pub outputs: Arc<[Output]>,
    /// How much it may cost.
    pub cost: Cost,
    /// How rows are written.
    pub format: RowFormat,
}
