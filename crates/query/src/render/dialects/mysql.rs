//! MySql's SQL.

use crate::render::Dialect;

/// MySql.
#[derive(Debug, Clone, Copy)]
pub struct MySql;

impl Dialect for MySql {
    fn name(&self) -> &'static str {
        "mysql"
    }
}
