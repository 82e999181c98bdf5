//! The native surface: data routes and documents of one project.

pub mod docs;
mod documents;
mod records;
mod router;

pub use router::handle;
