//! Every relationship, also of tables that are everybody's: rows embedded, filters over it, its figures, orders.

use super::super::{CrossingError, VICTIMS, intruder::Intruder, truth::text};
use http::Method;
use portcullis_schema::{Relation, Table};
use serde_json::json;

/// Columns of the other table that are asked about.
const COLUMNS: usize = 12;

pub(super) async fn try_all(intruder: &mut Intruder<'_>, table: &Table, name: &str) -> Result<(), CrossingError> {
    let project = intruder.stand.project.clone();
    let path = format!("/{name}/filter?pageSize=200");
    for relation in &table.relations {
        let target = project.database.table(relation.target);
        // The ties of two tables may be tenants' where neither table is.
        let between = relation.join.as_ref().map(|join| project.database.table(join.table));
        let is_scoped = |table: &Table| intruder.truth.scoped(table.id).is_some();
        let (tied, apart) = (between.is_some_and(is_scoped), is_scoped(target));
        if !tied && !apart {
            continue;
        }
        intruder.now("relation");
        let embed = json!({"expressions": [{"relationship": relation.name, "include": true}]});
        let got = intruder.send(table, Method::POST, &path, Some(embed.clone())).await?;
        if let Some(between) = between.filter(|_| tied) {
            let rows = got.json["data"].as_array().into_iter().flatten();
            let ties = rows.filter_map(|row| row[&*relation.json_name].as_array()).map(Vec::len).sum::<usize>();
            at_most(intruder, between, &format!("POST {path} {embed}"), ties as u64, "ties");
        }
        if apart {
            through_one(intruder, table, relation, target, &path).await?;
            orders(intruder, table, relation, target, &path).await?;
        }
        let counted = if tied { between } else { Some(target) };
        figures(intruder, table, relation, target, counted, &path).await?;
    }
    Ok(())
}

/// A number of rows of `table` must not be more than the caller's own.
fn at_most(intruder: &mut Intruder<'_>, table: &Table, request: &str, found: u64, what: &str) {
    let own = intruder.sides(table).0.len();
    let whole = intruder.truth.table(table.id).is_ok_and(|truth| truth.whole);
    if whole && found > own as u64 {
        intruder.leak(request, format!("shows {found} {what} of `{}`, of which {own} are own", table.name));
    }
}

/// Filters over a row of the other table that is another tenant's.
async fn through_one(
    intruder: &mut Intruder<'_>,
    table: &Table,
    relation: &Relation,
    target: &Table,
    path: &str,
) -> Result<(), CrossingError> {
    for key in intruder.sides(target).1.iter().take(VICTIMS) {
        let Some(that) = intruder.that(target, key) else { continue };
        let inner = json!({"relationship": relation.name, "scope": "filterParent", "expressions": that});
        let both = json!({"relationship": relation.name, "scope": "both", "include": true, "expressions": that});
        // The rest of the condition holds for nothing, so that only the relationship could find a row.
        let either =
            json!({"operator": "OR", "expressions": [inner, {"operator": "AND", "expressions": [inner, both]}]});
        for expression in [inner, both, either] {
            let body = json!({"expressions": [expression]});
            let got = intruder.send(table, Method::POST, path, Some(body.clone())).await?;
            if got.is_good() && got.says() > 0 {
                let found = got.says();
                let why = format!("finds {found} rows by way of row {key} of `{}`, which is another's", target.name);
                intruder.leak(&format!("POST {path} {body}"), why);
            }
        }
    }
    Ok(())
}

async fn figures(
    intruder: &mut Intruder<'_>,
    table: &Table,
    relation: &Relation,
    target: &Table,
    counted: Option<&Table>,
    path: &str,
) -> Result<(), CrossingError> {
    intruder.now("relation figure");
    let figure = |function: &str, field: &str| {
        json!({"expressions": [{"relationship": relation.name, "include": false,
            "aggregations": {"functions": [{"type": function, "field": field, "alias": "figure"}]}}]})
    };
    let count = figure("COUNT", "*");
    let got = intruder.send(table, Method::POST, path, Some(count.clone())).await?;
    if let Some(counted) = counted.filter(|_| got.is_good() && relation.kind.is_many()) {
        // A row of the other table has several parents only where a third joins them: then the ties are counted.
        let rows = got.json["data"].as_array().into_iter().flatten();
        let sum: u64 = rows.filter_map(|row| row["aggregations"]["figure"].as_u64()).sum();
        if relation.join.is_none() || counted.id != target.id {
            at_most(intruder, counted, &format!("POST {path} {count}"), sum, "counted rows");
        }
    }
    for column in target.columns.iter().take(COLUMNS) {
        let (_, secret) = intruder.values(target, &column.name);
        if secret.is_empty() || !intruder.truth.scoped(target.id).is_some_and(|truth| truth.whole) {
            continue;
        }
        for function in ["MIN", "MAX"] {
            let body = figure(function, &column.name);
            let got = intruder.send(table, Method::POST, path, Some(body.clone())).await?;
            let rows = got.json["data"].as_array().filter(|_| got.is_good()).into_iter().flatten();
            let mut told = rows.filter_map(|row| text(&row["aggregations"]["figure"]));
            if let Some(value) = told.find(|value| secret.contains_key(value)) {
                let why = format!("tells `{value}` of `{}`, which only others have", target.name);
                intruder.leak(&format!("POST {path} {body}"), why);
            }
        }
    }
    Ok(())
}

/// Orders and groups by columns of the one row on the other side.
async fn orders(
    intruder: &mut Intruder<'_>,
    table: &Table,
    relation: &Relation,
    target: &Table,
    path: &str,
) -> Result<(), CrossingError> {
    if relation.kind.is_many() {
        return Ok(());
    }
    intruder.now("relation sort");
    for column in target.columns.iter().take(COLUMNS) {
        let field = format!("{}.{}", relation.name, column.name);
        let sorted = json!({"sort": [{"field": field}]});
        intruder.send(table, Method::POST, path, Some(sorted)).await?;
    }
    Ok(())
}
