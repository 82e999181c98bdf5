//! The native surface: data routes and documents of one project.

mod access;
mod auth;
mod collections;
pub mod docs;
mod documents;
mod management;
mod records;
mod router;

pub use router::handle;
