//! What in a customer's schema depends on how a connection is set up.
//!
//! An index over `lower(email)` holds what SQLite's own `lower` made. A connection whose `lower` folds more would
//! look for other keys and, writing, leave the index inconsistent. On such a database we keep SQLite's own.

use rusqlite::Connection;

/// The parts of a schema that bind us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traits {
    /// `PRAGMA schema_version` of what was read.
    pub version: i64,
    /// A table, index or trigger uses `lower` or `upper`.
    pub plain_case: bool,
    /// An index uses `LIKE`.
    pub plain_like: bool,
    /// A view or trigger may hold text in double quotes.
    pub quoted_strings: bool,
}

impl Traits {
    /// The number SQLite counts up whenever the schema changes.
    pub fn version(sql: &Connection) -> rusqlite::Result<i64> {
        sql.prepare_cached("PRAGMA main.schema_version")?.query_row([], |row| row.get(0))
    }

    /// Reads the schema's texts.
    pub fn read(sql: &Connection) -> rusqlite::Result<Self> {
        let mut traits = Self { version: Self::version(sql)?, ..Self::default() };
        let mut select = sql.prepare("SELECT type, sql FROM main.sqlite_schema WHERE sql IS NOT NULL")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, text): (String, String) = (row.get(0)?, row.get(1)?);
            traits.add(&kind, &text.to_ascii_lowercase());
        }
        Ok(traits)
    }

    /// Whether connections opened under the one fit the other.
    pub fn same_as(&self, other: &Self) -> bool {
        (self.plain_case, self.plain_like, self.quoted_strings)
            == (other.plain_case, other.plain_like, other.quoted_strings)
    }

    fn add(&mut self, kind: &str, text: &str) {
        if kind != "view" {
            self.plain_case |= calls(text, "lower") || calls(text, "upper");
        }
        match kind {
            "index" => self.plain_like |= text.contains("like"),
            "view" | "trigger" => self.quoted_strings |= text.contains('"'),
            _ => {}
        }
    }
}

fn calls(text: &str, function: &str) -> bool {
    text.match_indices(function).any(|(at, _)| text[at + function.len()..].trim_start().starts_with('('))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_folds_case_itself_is_noticed() {
        let read = |sql: &str| {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(sql).unwrap();
            Traits::read(&conn).unwrap()
        };
        let plain = read("CREATE TABLE t(lower TEXT, \"upper\" TEXT); CREATE INDEX i ON t(lower)");
        assert!(plain.same_as(&Traits::default()));
        assert!(read("CREATE TABLE t(a); CREATE INDEX i ON t(LOWER (a))").plain_case);
        assert!(read("CREATE TABLE t(a, b AS (upper(a)))").plain_case);
        assert!(read("CREATE TABLE t(a); CREATE INDEX i ON t(a) WHERE a LIKE 'x%'").plain_like);
        assert!(read("CREATE TABLE t(a); CREATE VIEW v AS SELECT a = \"x\" AS y FROM t").quoted_strings);
    }
}
