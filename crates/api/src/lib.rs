//! The native surface: data routes and documents of one project.

mod documents;
mod records;
mod router;

pub use router::handle;
