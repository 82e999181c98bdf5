//! The dialects we write.

mod functions;
mod mysql;
mod postgres;
mod sqlite;

pub use mysql::MySql;
pub use postgres::Postgres;
pub use sqlite::Sqlite;

use super::Dialect;

/// PostgreSQL.
pub static POSTGRES: Postgres = Postgres;
/// MariaDB.
pub static MARIADB: MySql = MySql { returning: true };
/// MySQL.
pub static MYSQL: MySql = MySql { returning: false };
/// SQLite.
pub static SQLITE: Sqlite = Sqlite;

/// Every dialect. A new one is a file beside these and a line here.
pub static DIALECTS: &[&dyn Dialect] = &[&POSTGRES, &MARIADB, &MYSQL, &SQLITE];

/// Writes a name between quotes, each quote inside doubled.
fn quoted(out: &mut String, name: &str, quote: char) {
    out.push(quote);
    for c in name.chars() {
        if c == quote {
            out.push(quote);
        }
        out.push(c);
    }
    out.push(quote);
}
