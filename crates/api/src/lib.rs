//! The native surface: data routes and documents of one project.

mod access;
mod auth;
mod collections;
pub mod crossing;
pub mod docs;
mod documents;
mod hooks;
mod management;
mod records;
mod rehearsal;
mod router;

pub use rehearsal::{Asked, RehearsalError, Rehearsed, Stand};
pub use router::handle;
