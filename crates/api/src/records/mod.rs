//! The data routes, one operation a file.

pub mod batch;
pub mod bulk;
mod call;
pub mod count;
pub mod create;
pub mod delete;
mod export;
pub mod filter;
pub mod import;
pub mod list;
pub mod mass;
mod page;
pub mod preview;
pub mod read;
pub mod schema;
pub mod update;

pub use call::Call;
