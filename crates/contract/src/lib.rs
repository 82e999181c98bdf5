//! A project's API as data: what one caller may do, rendered to Swagger 2.0, OpenAPI 3.1 and the schema routes.
//!
//! [`Api`] is made from the served schema and the access rules; two small writers render it. Both documents come from
//! this one model, so that they cannot tell different stories. (That is also why the types of `utoipa` are not used:
//! they know OpenAPI 3 alone, and the tables are known at run time only, so its derives would not help.)
//!
//! Knows no HTTP, runs no request, looks into no database.

mod api;
mod auth;
mod bodies;
mod cache;
mod columns;
mod definitions;
mod documents;
mod names;
mod openapi31;
mod operations;
mod parameters;
mod responses;
mod routes;
mod schema;
mod security;
mod swagger2;

pub use api::{Api, ApiLimits, DocumentsReach};
pub use bodies::{model_schema, models};
pub use cache::{Audience, Document, DocumentCache, DocumentKind};
pub use openapi31::openapi31;
pub use swagger2::swagger2;
