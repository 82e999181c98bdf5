//! Views: their columns are what the tables behind them say, or what a few rows show.

use super::{
    Found, columns,
    samples::{self, quoted},
};
use crate::sqlite::connect::Conn;
use portcullis_schema::{ColumnInfo, ColumnType, Generated, TableInfo, TableKind};
use rusqlite::types::Value;
use std::collections::HashMap;

/// Reads a view; `tables` are those read before, by their names in lower case.
pub fn view(conn: &Conn, found: &Found, tables: &HashMap<String, TableInfo>) -> rusqlite::Result<TableInfo> {
    let mut view = found.table(TableKind::View);
    let lines = columns::lines(&conn.sql, &found.name)?;
    let origins = origins(conn, found, tables)?;
    let mut open = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut column = columns::column(line, false);
        match origins.get(at).copied().flatten() {
            Some(origin) => {
                column.ty = origin.ty.clone();
                column.storage = origin.storage;
                column.native_type.clone_from(&origin.native_type);
            }
            None => open.push(at),
        }
        // Whether an outer join adds NULLs, the view does not tell.
        column.nullable = true;
        column.generated = Generated::No;
        column.default = None;
        view.columns.push(column);
    }
    let names: Vec<&str> = open.iter().map(|at| lines[*at].name.as_str()).collect();
    for (at, sample) in open.iter().zip(samples::take(conn, &found.name, &names, None)) {
        let column = &mut view.columns[*at];
        column.ty = shown(&sample).unwrap_or_else(|| match column.ty {
            // What SQLite calls an expression it knows nothing about.
            ColumnType::Bytes => ColumnType::Text { max_chars: None },
            ref known => known.clone(),
        });
    }
    Ok(view)
}

/// For each column the table's column that it shows unchanged.
fn origins<'t>(
    conn: &Conn,
    found: &Found,
    tables: &'t HashMap<String, TableInfo>,
) -> rusqlite::Result<Vec<Option<&'t ColumnInfo>>> {
    let select = conn.sql.prepare(&format!("SELECT * FROM main.{} LIMIT 0", quoted(&found.name)))?;
    let origins = select.columns_with_metadata().map(|column| {
        let table = tables.get(&column.table_name()?.to_ascii_lowercase())?;
        table.columns.iter().find(|known| Some(known.name.as_str()) == column.origin_name())
    });
    Ok(origins.collect())
}

/// The type all of the values have.
fn shown(sample: &[Value]) -> Option<ColumnType> {
    let all = |is: fn(&Value) -> bool| sample.iter().all(is);
    if sample.is_empty() {
        None
    } else if all(|value| matches!(value, Value::Integer(_))) {
        Some(ColumnType::Integer { bits: 64, signed: true })
    } else if all(|value| matches!(value, Value::Integer(_) | Value::Real(_))) {
        Some(ColumnType::Float { bits: 64 })
    } else if all(|value| matches!(value, Value::Blob(_))) {
        Some(ColumnType::Bytes)
    } else {
        Some(ColumnType::Text { max_chars: None })
    }
}
