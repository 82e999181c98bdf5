//! Postgres's SQL.

use crate::render::Dialect;

/// Postgres.
#[derive(Debug, Clone, Copy)]
pub struct Postgres;

impl Dialect for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }
}
