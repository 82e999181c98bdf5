//! Sqlite's SQL.

use crate::render::Dialect;

/// Sqlite.
#[derive(Debug, Clone, Copy)]
pub struct Sqlite;

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }
}
