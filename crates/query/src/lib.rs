//! From words to SQL text: a request is parsed, access is decided, names are resolved into a plan, the plan is written.
//!
//! ```text
//! request  (words)  ->  access::decide (Grant)  ->  plan (names resolved, values typed, scope joined in)  ->  render (Statement)
//! ```
//!
//! Pure: no driver, no IO, no HTTP.

pub mod access;
pub mod convert;
mod json;
pub mod plan;
pub mod render;
pub mod request;
mod rows;
mod statement;
mod value;

pub use json::{Json, JsonError};
pub use rows::{RowFormat, RowReader, Rows, write_json_string};
pub use statement::{Cost, PAGE_ROWS, Statement};
pub use value::Value;
