//! Base tables and virtual tables with their columns.

use super::{
    Found,
    ddl::{self, Ddl},
    keys, samples, types,
};
use crate::sqlite::connect::Conn;
use portcullis_schema::{ColumnInfo, ColumnType, Generated, Storage, TableInfo, TableKind};
use rusqlite::{Connection, types::Value};

/// One line of `pragma_table_xinfo`.
pub struct Line {
    pub name: String,
    pub declared: String,
    pub not_null: bool,
    pub default: Option<String>,
    /// Place in the primary key from 1, or 0.
    pub key: i64,
    pub generated: bool,
}

/// Reads a base table.
pub fn table(conn: &Conn, found: &Found) -> rusqlite::Result<TableInfo> {
    let mut table = found.table(TableKind::Table);
    let lines = lines(&conn.sql, &found.name)?;
    table.primary_key = primary_key(&lines);
    let Ddl { checks, foreign_keys } = ddl::parse(&found.sql);
    let indexes = keys::indexes(&conn.sql, &found.name)?;
    // The one key that is the row id itself has no index: `INTEGER PRIMARY KEY`, in exactly these words.
    let counter = table.primary_key.len() == 1 && !found.without_rowid && !indexes.iter().any(|index| index.primary);
    table.columns = lines.iter().map(|line| column(line, counter)).collect();
    table.unique_keys = keys::unique(&conn.sql, indexes, &table.primary_key)?;
    table.foreign_keys = keys::foreign(&conn.sql, &found.name, &foreign_keys)?;
    for (name, bound) in checks.iter().flat_map(|check| ddl::length_bounds(&check.expression)) {
        let column = table.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(&name));
        if let Some(ColumnInfo { ty: ColumnType::Text { max_chars }, .. }) = column {
            *max_chars = Some(max_chars.map_or(bound, |known| known.min(bound)));
        }
    }
    for (name, values) in checks.iter().filter_map(|check| ddl::labels(&check.expression)) {
        let column = table.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(&name));
        if let Some(column) = column.filter(|column| matches!(column.ty, ColumnType::Text { .. })) {
            column.ty = ColumnType::Enum { values };
        }
    }
    table.checks = checks;
    look_at_rows(conn, found, &mut table.columns);
    Ok(table)
}

/// Reads a virtual table. It is served for reading: what a write to it means, its module alone knows.
pub fn virtual_table(conn: &Conn, found: &Found) -> rusqlite::Result<TableInfo> {
    let mut table = found.table(TableKind::View);
    table.columns = lines(&conn.sql, &found.name)?.iter().map(|line| column(line, false)).collect();
    Ok(table)
}

/// The columns of a table or view, hidden ones of virtual tables left out.
pub fn lines(sql: &Connection, table: &str) -> rusqlite::Result<Vec<Line>> {
    sql.prepare_cached(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main') \
         WHERE hidden <> 1 ORDER BY cid",
    )?
    .query_map([table], |row| {
        Ok(Line {
            name: row.get(0)?,
            declared: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            not_null: row.get(2)?,
            default: row.get(3)?,
            key: row.get(4)?,
            generated: matches!(row.get(5)?, 2 | 3),
        })
    })?
    .collect()
}

fn primary_key(lines: &[Line]) -> Vec<String> {
    let mut key: Vec<_> = lines.iter().filter(|line| line.key > 0).collect();
    key.sort_by_key(|line| line.key);
    key.into_iter().map(|line| line.name.clone()).collect()
}

/// One column as it is declared.
pub fn column(line: &Line, counter: bool) -> ColumnInfo {
    let ty = types::of(&line.declared);
    let storage = match ty {
        ColumnType::DateTime { .. } => Storage::TextSpace,
        ColumnType::Uuid => Storage::UuidText,
        _ => Storage::Native,
    };
    ColumnInfo {
        name: line.name.clone(),
        native_type: line.declared.clone(),
        ty,
        // SQLite lets NULL into some primary keys, but a row without its key cannot be found again.
        nullable: !line.not_null && line.key == 0,
        default: line.default.clone().filter(|default| !default.eq_ignore_ascii_case("null")),
        generated: match line.generated {
            true => Generated::Computed,
            false if counter && line.key > 0 => Generated::Counter,
            false => Generated::No,
        },
        comment: None,
        storage,
    }
}

/// Settles what the declaration leaves open.
fn look_at_rows(conn: &Conn, found: &Found, columns: &mut [ColumnInfo]) {
    let open: Vec<usize> = (0..columns.len()).filter(|at| is_open(&columns[*at], found.strict)).collect();
    let names: Vec<String> = open.iter().map(|at| columns[*at].name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rowid = if found.without_rowid { None } else { rowid(columns) };
    let samples = samples::take(conn, &found.name, &names, rowid);
    for (at, sample) in open.into_iter().zip(samples) {
        settle(&mut columns[at], &sample);
    }
}

fn is_open(column: &ColumnInfo, strict: bool) -> bool {
    match column.ty {
        ColumnType::DateTime { .. } | ColumnType::Uuid => true,
        ColumnType::Integer { .. } => types::may_be_boolean(&column.native_type),
        // A STRICT table has no word for date-times.
        ColumnType::Text { .. } => strict && column.name.to_ascii_lowercase().ends_with("_at"),
        _ => false,
    }
}

fn settle(column: &mut ColumnInfo, sample: &[Value]) {
    let default = column.default.as_deref();
    match column.ty {
        ColumnType::DateTime { .. } => column.storage = samples::date_time_storage(sample, default),
        ColumnType::Uuid => column.storage = samples::uuid_storage(sample),
        ColumnType::Integer { .. } if samples::are_booleans(sample) => column.ty = ColumnType::Boolean,
        ColumnType::Text { .. } => {
            let by_default = sample.is_empty() && default.is_some_and(samples::default_is_date_time);
            if by_default || samples::are_date_times(sample) {
                column.storage = samples::date_time_storage(sample, default);
                column.ty = ColumnType::DateTime { zone: false };
            }
        }
        _ => {}
    }
}

/// A name of the row id that no column has taken.
fn rowid(columns: &[ColumnInfo]) -> Option<&'static str> {
    ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|name| !columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)))
}
