//! Unique and foreign keys.

use portcullis_schema::{ForeignKeyInfo, TableInfo, UniqueKey};
use rusqlite::Connection;
use std::collections::HashMap;

/// An index that makes something unique.
pub struct Index {
    name: String,
    partial: bool,
    /// It stands behind the primary key.
    pub primary: bool,
}

/// The unique indexes of a table, oldest first.
pub fn indexes(sql: &Connection, table: &str) -> rusqlite::Result<Vec<Index>> {
    sql.prepare_cached(
        "SELECT name, partial, origin = 'pk' FROM pragma_index_list(?1, 'main') WHERE \"unique\" ORDER BY seq DESC",
    )?
    .query_map([table], |row| Ok(Index { name: row.get(0)?, partial: row.get(1)?, primary: row.get(2)? }))?
    .collect()
}

/// Those of them that hold for all rows and plain columns.
pub fn unique(sql: &Connection, indexes: Vec<Index>, primary_key: &[String]) -> rusqlite::Result<Vec<UniqueKey>> {
    let mut columns_of =
        sql.prepare_cached("SELECT name FROM pragma_index_xinfo(?1, 'main') WHERE key ORDER BY seqno")?;
    let mut keys = Vec::new();
    for index in indexes.into_iter().filter(|index| !index.partial && !index.primary) {
        // An expression has no name.
        let columns = columns_of
            .query_map([&index.name], |row| row.get::<_, Option<String>>(0))?
            .collect::<rusqlite::Result<Option<Vec<String>>>>()?;
        if let Some(columns) = columns
            && columns != primary_key
        {
            keys.push(UniqueKey { name: index.name, columns });
        }
    }
    Ok(keys)
}

/// The foreign keys of a table in the order of its text; parents are spelled as the text does.
pub fn foreign(sql: &Connection, table: &str, names: &[Option<String>]) -> rusqlite::Result<Vec<ForeignKeyInfo>> {
    let mut select = sql.prepare_cached(
        "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update FROM pragma_foreign_key_list(?1, 'main') \
         ORDER BY id DESC, seq",
    )?;
    let mut rows = select.query([table])?;
    let mut keys: Vec<(i64, ForeignKeyInfo)> = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let action = |action: String| (action != "NO ACTION").then_some(action);
            keys.push((
                id,
                ForeignKeyInfo {
                    name: String::new(),
                    columns: Vec::new(),
                    parent_schema: None,
                    parent: row.get(1)?,
                    parent_columns: Vec::new(),
                    on_delete: action(row.get(4)?),
                    on_update: action(row.get(5)?),
                },
            ));
        }
        if let Some((_, key)) = keys.last_mut() {
            key.columns.push(row.get(2)?);
            // Without a name the parent's primary key is meant: see `resolve`.
            key.parent_columns.extend(row.get::<_, Option<String>>(3)?);
        }
    }
    let named = names.len() == keys.len();
    Ok(keys
        .into_iter()
        .enumerate()
        .map(|(at, (_, mut key))| {
            key.name = match names.get(at) {
                Some(Some(name)) if named => name.clone(),
                _ => format!("{table}_{}_fkey", key.columns.join("_")),
            };
            key
        })
        .collect())
}

/// Puts the parents' own spelling into the foreign keys, and their primary keys where the text names no columns.
pub fn resolve(tables: &mut HashMap<String, TableInfo>) {
    let parents: HashMap<String, (String, Vec<String>, Vec<String>)> = tables
        .iter()
        .map(|(key, table)| {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            (key.clone(), (table.name.clone(), columns, table.primary_key.clone()))
        })
        .collect();
    for key in tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        let Some((name, columns, primary_key)) = parents.get(&key.parent.to_ascii_lowercase()) else { continue };
        key.parent.clone_from(name);
        if key.parent_columns.is_empty() {
            key.parent_columns.clone_from(primary_key);
        }
        for column in &mut key.parent_columns {
            if let Some(own) = columns.iter().find(|own| own.eq_ignore_ascii_case(column)) {
                column.clone_from(own);
            }
        }
    }
    // Without as many parent columns (the parent is gone, or has another key) there is nothing to join by.
    for table in tables.values_mut() {
        table.foreign_keys.retain(|key| key.columns.len() == key.parent_columns.len());
    }
}
