//! The operators' surface: `/admin/v1`, its OpenAPI document, and the pages of the console.
//!
//! Routes are a table; one operation is one file. Operators' tokens are good here and nowhere else, and no other
//! credentials are good here. SEC-14.

mod acting;
mod audit;
mod auth;
mod call;
pub mod console;
mod document;
mod explain;
mod fields;
mod invitations;
mod mails;
mod projects;
mod refusal;
mod roles;
mod route;
mod surface;
mod users;
mod wire;

pub use surface::{Surface, handle};
