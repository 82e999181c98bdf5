//! The native surface: data routes and documents of one project.

mod access;
mod auth;
pub mod docs;
mod documents;
mod hooks;
mod management;
mod records;
mod router;

pub use router::handle;
