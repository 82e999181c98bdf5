//! The routes, in the order of the manual.

pub mod auth;
pub mod items;
pub mod permissions;
pub mod system;
