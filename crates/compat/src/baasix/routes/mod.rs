//! The routes, in the order of the manual.

pub mod auth;
mod imports;
pub mod items;
pub mod permissions;
pub mod schemas;
pub mod system;
mod users;
