//! SQLite's tenant column.

use super::{BATCH, Gaining, Tells, TenantColumn, place, tenants, value};
use crate::{
    Statement,
    render::{
        dialects::SQLITE,
        structure::{SqliteStructure, list, object_name, quoted},
    },
};
use portcullis_schema::{ColumnInfo, Generated, TableInfo};

impl TenantColumn for SqliteStructure {
    /// A foreign key comes with its column or never.
    fn add_column(&self, gaining: &Gaining<'_>) -> String {
        let (own, column) = (place(&SQLITE, gaining.table), quoted(&SQLITE, gaining.column));
        let ty = &gaining.key.native_type;
        let blank = if ty.is_empty() { "" } else { " " };
        format!("ALTER TABLE {own} ADD COLUMN {column}{blank}{ty} REFERENCES {}", tenants(&SQLITE, gaining))
    }

    fn add_index(&self, gaining: &Gaining<'_>) -> Option<String> {
        let index = quoted(&SQLITE, &object_name("ix", &gaining.table.name, &[gaining.column]));
        let (own, column) = (place(&SQLITE, gaining.table), quoted(&SQLITE, gaining.column));
        Some(format!("CREATE INDEX IF NOT EXISTS {index} ON {own} ({column})"))
    }

    fn add_reference(&self, _: &Gaining<'_>) -> Option<String> {
        None
    }

    fn fill(&self, gaining: &Gaining<'_>, tells: &Tells<'_>) -> String {
        let (own, column) = (place(&SQLITE, gaining.table), quoted(&SQLITE, gaining.column));
        let (value, missing) = value(&SQLITE, gaining, tells);
        let some = |what: &str| format!("{what} IN (SELECT {what} FROM {own} WHERE {missing} LIMIT {BATCH})");
        let of = match by(gaining.table) {
            By::Row(rowid) => some(rowid),
            By::Key(columns) if columns.len() == 1 => or_null(some(&quoted(&SQLITE, columns[0])), &columns),
            By::Key(columns) => {
                let key = list(&SQLITE, &columns);
                let rows = format!("({key}) IN (SELECT {key} FROM {own} WHERE {missing} LIMIT {BATCH})");
                or_null(rows, &columns)
            }
            By::Nothing => return format!("UPDATE {own} SET {column} = {value} WHERE {missing}"),
        };
        format!("UPDATE {own} SET {column} = {value} WHERE {of} AND {missing}")
    }

    fn spelling(&self, _: &TableInfo, _: &ColumnInfo) -> Option<Statement> {
        None
    }
}

/// What tells rows apart: `rowid`, unless a column has that name; and a table with a key may have no `rowid` at all.
enum By<'a> {
    Row(&'static str),
    Key(Vec<&'a str>),
    Nothing,
}

fn by(table: &TableInfo) -> By<'_> {
    let has = |name: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let counted = |name: &String| {
        table.columns.iter().any(|column| column.name == *name && column.generated == Generated::Counter)
    };
    match table.primary_key.as_slice() {
        [] => ["rowid", "_rowid_", "oid"].into_iter().find(|name| !has(name)).map_or(By::Nothing, By::Row),
        [key] if counted(key) && !has("rowid") => By::Row("rowid"),
        key => By::Key(key.iter().map(String::as_str).collect()),
    }
}

/// A key may hold nothing here, and nothing equals nothing: such rows go along with the first ones.
fn or_null(rows: String, key: &[&str]) -> String {
    let nulls: Vec<String> = key.iter().map(|column| format!("{} IS NULL", quoted(&SQLITE, column))).collect();
    format!("({rows} OR {})", nulls.join(" OR "))
}
