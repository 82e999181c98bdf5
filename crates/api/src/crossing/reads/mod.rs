//! Every way to read: lists, single rows, filters with each operator, figures, groups, distinct, cursors, exports,
//! previews, relationships.

mod columns;
mod lists;
mod relations;
mod rows;

use super::{
    CrossingError, VICTIMS,
    intruder::Intruder,
    tree::{called, segment},
};
use http::Method;
use portcullis_schema::Table;
use serde_json::Value;

/// Tries every way to read a table.
pub(super) async fn try_all(intruder: &mut Intruder<'_>, table: &Table) -> Result<(), CrossingError> {
    let name = called(table);
    // Also from tables that are everybody's.
    relations::try_all(intruder, table, &name).await?;
    let Some(known) = intruder.truth.scoped(table.id) else { return Ok(()) };
    let (own, foreign) = intruder.sides(table);
    lists::try_all(intruder, table, &name, &own, known.whole).await?;
    for key in foreign.iter().take(VICTIMS) {
        rows::try_all(intruder, table, &name, key).await?;
    }
    if let Some(key) = intruder.reached(table, &own).await? {
        intruder.now("row");
        let path = format!("/{name}/{}", segment(&key));
        let got = intruder.send(table, Method::GET, &path, None).await?;
        intruder.report.controls += 1;
        if !matches!(got.status, 200 | 403) {
            intruder.broken(&format!("GET {path}"), format!("the caller's own row answers {}", got.status));
        }
    }
    columns::try_all(intruder, table, &name, &own, known.whole).await
}

/// A number of rows must not be more than the caller's own, and of a tenant's people not less.
fn count_is(intruder: &mut Intruder<'_>, request: &str, found: &Value, own: usize) {
    let Some(found) = found.as_u64() else { return };
    if found > own as u64 {
        intruder.leak(request, format!("counts {found} rows, of which {own} are the caller's own"));
    } else if found < own as u64 && intruder.tenant.is_some() {
        intruder.broken(request, format!("counts {found} rows, though {own} are the caller's own"));
    }
}
