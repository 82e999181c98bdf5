//! Declared schemas: a document that says which tables there are to be, and who may do what to them.
//!
//! ```text
//! document -> wanted tables -> difference from the synced catalogue -> SQL -> sync -> settings -> build
//! ```
//!
//! The document is read in [`document`]; what it makes is compared in [`difference`]; [`apply`](Control::apply_schema)
//! carries it out on a database that Portcullis manages, or whose owner approved the SQL.

mod apply;
mod column;
mod difference;
mod document;
mod history;
mod managed;
mod plan;
mod settings;
mod wanted;

pub use apply::{AppliedSchema, Approval};
pub use column::{DeclaredColumn, DeclaredType};
pub use document::{Declared, DeclaredAccess, DeclaredTable, Level};
pub use history::DeclaredVersion;
pub use plan::SchemaPlan;

use serde::Serialize;

/// One change of a plan, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaChange {
    /// `create_table`, `drop_column`, ...
    pub action: &'static str,
    /// The table.
    pub table: String,
    /// The column or columns, where it is about some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Whether rows or values may be lost.
    pub destructive: bool,
    /// What happens, as a sentence.
    pub message: String,
}
