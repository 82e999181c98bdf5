//! Every way to write: rows of others by key, in bulk, by filter and in a batch; rows of one's own that would move to
//! another tenant or hang on another's; new rows for another; imports, upserts, nested creates.

mod copies;
mod moves;
mod others;

use super::{
    CrossingError, VICTIMS,
    intruder::Intruder,
    tree::{called, segment},
    truth::Row,
};
use http::Method;
use portcullis_schema::{Column, Table};
use serde_json::{Value, json};

/// Tries every way to write a table.
pub(super) async fn try_all(intruder: &mut Intruder<'_>, table: &Table) -> Result<(), CrossingError> {
    if !table.is_writable() || intruder.truth.scoped(table.id).is_none() {
        return Ok(());
    }
    let (own, foreign) = intruder.sides(table);
    let name = called(table);
    for key in foreign.iter().take(VICTIMS) {
        let Some(row) = intruder.row(table, key) else { continue };
        let change = change(table, &row);
        if intruder.is_named(table, key) {
            others::by_key(intruder, table, &name, key, &change).await?;
            others::in_bulk(intruder, table, &name, key, &row, &change).await?;
        }
        others::by_filter(intruder, table, &name, key, &change).await?;
        copies::try_all(intruder, table, &name, &row).await?;
    }
    let mine = intruder.reached(table, &own).await?;
    if let (Some(key), Some(theirs)) = (&mine, foreign.first().and_then(|key| intruder.row(table, key))) {
        moves::try_all(intruder, table, &name, key, &theirs).await?;
    }
    if let Some(key) = &mine {
        control(intruder, table, &name, key).await?;
    }
    Ok(())
}

/// A change of one's own row must not fail for the reason that makes others' fail.
async fn control(intruder: &mut Intruder<'_>, table: &Table, name: &str, key: &str) -> Result<(), CrossingError> {
    let change = intruder.row(table, key).map_or(Value::Null, |row| change(table, &row));
    if change.as_object().is_none_or(serde_json::Map::is_empty) {
        return Ok(());
    }
    intruder.now("update");
    let path = format!("/{name}/{}", segment(key));
    let got = intruder.send(table, Method::PATCH, &path, Some(change)).await?;
    intruder.report.controls += 1;
    if !matches!(got.status, 200 | 400 | 403 | 409 | 501) {
        let why = format!("a change of the caller's own row answers {} {}", got.status, got.json);
        intruder.broken(&format!("PATCH {path}"), why);
    }
    Ok(())
}

/// A change that leaves the row as it is.
fn change(table: &Table, row: &Row) -> Value {
    let found = free(table).and_then(|column| Some((column.name.clone(), row.get(&column.name)?.clone())));
    found.map_or_else(|| json!({}), |(column, value)| json!({ column: value }))
}

/// A column whose change harms nobody: no key, no pointer, nothing that the server sets.
fn free(table: &Table) -> Option<&Column> {
    let points = |column: &&Column| table.relations.iter().any(|relation| relation.columns.contains(&column.id));
    let keyed = |column: &&Column| table.unique_keys.iter().flatten().any(|id| *id == column.id);
    table
        .columns
        .iter()
        .filter(|column| column.generated.writable() && !column.secret)
        .find(|column| !keyed(column) && !points(column) && !table.primary_key.contains(&column.id))
}
