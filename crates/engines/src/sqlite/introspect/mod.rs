//! Reads the structure: tables, views, columns, keys and checks.
//!
//! SQLite's catalogue is the text of its CREATE statements and the pragmas over it; what only the text knows (checks,
//! names of foreign keys) is taken from the text, what only the rows know (how a date-time is spelled) from a few rows.

use super::{connect::Conn, error, traits::Traits};
use crate::EngineError;
use portcullis_schema::{Catalog, TableInfo, TableKind};
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};

mod columns;
mod ddl;
mod keys;
mod samples;
mod types;
mod views;

/// Tables between two reports of progress.
const REPORT_EVERY: usize = 50;
/// How often the reading starts again because the schema changed meanwhile.
const ATTEMPTS: usize = 3;

type Progress<'a> = Option<&'a (dyn Fn(usize, usize) + Send + Sync)>;

/// One table or view as the catalogue has it.
struct Found {
    name: String,
    kind: Kind,
    without_rowid: bool,
    strict: bool,
    /// Its CREATE statement.
    sql: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    Virtual,
    View,
}

/// Reads everything. Without a transaction, which would keep others from writing where there is no WAL; it is read
/// again when the schema changed meanwhile.
pub fn read(conn: &Conn, progress: Progress<'_>) -> Result<Catalog, EngineError> {
    let mut catalog = Catalog::default();
    for _ in 0..ATTEMPTS {
        let before = Traits::version(&conn.sql).map_err(error::map)?;
        catalog = read_once(conn, progress).map_err(error::map)?;
        if Traits::version(&conn.sql).map_err(error::map)? == before {
            break;
        }
    }
    Ok(catalog)
}

fn read_once(conn: &Conn, progress: Progress<'_>) -> rusqlite::Result<Catalog> {
    let mut found = list(&conn.sql)?;
    let triggered = with_triggers(&conn.sql)?;
    // Views take over what was found out about the columns they show.
    found.sort_by_key(|found| found.kind == Kind::View);
    let mut tables: HashMap<String, TableInfo> = HashMap::with_capacity(found.len());
    for (done, entry) in found.iter().enumerate() {
        if let Some(report) = progress
            && done % REPORT_EVERY == 0
        {
            report(done, found.len());
        }
        let read = match entry.kind {
            Kind::Table => columns::table(conn, entry),
            Kind::Virtual => columns::virtual_table(conn, entry),
            Kind::View => views::view(conn, entry, &tables),
        };
        match read {
            Ok(mut table) => {
                table.has_triggers = triggered.contains(&entry.name.to_ascii_lowercase());
                tables.insert(entry.name.to_ascii_lowercase(), table);
            }
            // A view over a table that is gone, a virtual table whose module we do not have.
            Err(error) if entry.kind != Kind::Table => {
                tracing::warn!(%error, "`{}` cannot be read and is left out", entry.name);
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(report) = progress {
        report(found.len(), found.len());
    }
    keys::resolve(&mut tables);
    let mut tables: Vec<_> = tables.into_values().collect();
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Catalog { tables })
}

/// Every table and view, without SQLite's own and the tables behind virtual ones.
fn list(sql: &Connection) -> rusqlite::Result<Vec<Found>> {
    let mut texts: HashMap<String, String> = sql
        .prepare("SELECT name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view') AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut select =
        sql.prepare("SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' ORDER BY name")?;
    let mut rows = select.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        let kind = match kind.as_str() {
            "table" => Kind::Table,
            "virtual" => Kind::Virtual,
            "view" => Kind::View,
            _ => continue,
        };
        // SQLite's own have no text or a reserved name.
        if name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_")) {
            continue;
        }
        let Some(text) = texts.remove(&name) else { continue };
        found.push(Found { name, kind, without_rowid: row.get(2)?, strict: row.get(3)?, sql: text });
    }
    Ok(found)
}

/// Names in lower case: a trigger may spell its table in another case.
fn with_triggers(sql: &Connection) -> rusqlite::Result<HashSet<String>> {
    sql.prepare("SELECT DISTINCT tbl_name FROM main.sqlite_schema WHERE type = 'trigger'")?
        .query_map([], |row| Ok(row.get::<_, String>(0)?.to_ascii_lowercase()))?
        .collect()
}

impl Found {
    fn table(&self, kind: TableKind) -> TableInfo {
        TableInfo {
            schema: None,
            name: self.name.clone(),
            kind,
            columns: Vec::new(),
            primary_key: Vec::new(),
            unique_keys: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            comment: None,
            has_triggers: false,
        }
    }
}
