//! The dialects we write.

mod mysql;
mod postgres;
mod sqlite;

pub use mysql::MySql;
pub use postgres::Postgres;
pub use sqlite::Sqlite;

use super::Dialect;

/// Every dialect. A new one is a file beside these and a line here.
pub static DIALECTS: &[&dyn Dialect] = &[&Postgres, &MySql, &Sqlite];
