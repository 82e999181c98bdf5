//! A plan as SQL text with its values: one writer, one file per dialect. Cannot fail.

mod dialect;
pub mod dialects;

pub use dialect::Dialect;
