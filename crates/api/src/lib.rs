//! The native surface: data routes and documents of one project.

mod access;
pub mod docs;
mod documents;
mod records;
mod router;

pub use router::handle;
