//! A plan as SQL text with its values: one writer, one file per dialect. Cannot fail.

mod condition;
mod dialect;
pub mod dialects;
mod literal;
mod read;
pub mod structure;
mod text;
mod write;

pub use dialect::{Dialect, JsonPiece, LikeSql, Returning};
pub use read::{count, count_script, select, select_script};
pub use write::{delete, insert, insert_nothing, insert_script, update, update_script};
