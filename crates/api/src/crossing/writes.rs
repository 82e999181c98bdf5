//! Every way to write: rows of others by key, in bulk, by filter and in a batch; rows of one's own that would move to
//! another tenant or hang on another's; new rows for another; imports, upserts, nested creates.

use super::{
    CrossingError, Intruder, VICTIMS,
    tree::segment,
    truth::{Row, text},
};
use http::Method;
use portcullis_schema::{Column, Generated, RelationKind, Table};
use serde_json::{Value, json};

/// Tries every way to write a table.
pub(super) async fn try_all(intruder: &mut Intruder<'_>, table: &Table) -> Result<(), CrossingError> {
    if !table.is_writable() || !intruder.truth.table(table.id).is_some_and(|truth| truth.scoped) {
        return Ok(());
    }
    let (own, foreign) = intruder.sides(table);
    let name = segment(&table.name);
    let patch = |row: &Row| free(table).and_then(|column| Some((column.name.clone(), row.get(&column.name)?.clone())));
    for key in foreign.iter().take(VICTIMS) {
        let Some(row) = intruder.row(table, key) else { continue };
        let change = patch(&row).map_or_else(|| json!({}), |(column, value)| json!({column: value}));
        by_key(intruder, table, &name, key, &change).await?;
        in_bulk(intruder, table, &name, key, &row, &change).await?;
        by_filter(intruder, table, &name, &row, &change).await?;
        copies(intruder, table, &name, &row).await?;
    }
    let foreign_row = foreign.first().and_then(|key| intruder.row(table, key));
    if let (Some(key), Some(theirs)) = (own.iter().next(), foreign_row) {
        moves(intruder, table, &name, key, &theirs).await?;
    }
    if let Some(key) = own.iter().next()
        && let Some((column, value)) = intruder.row(table, key).as_ref().and_then(patch)
    {
        let path = format!("/{name}/{}", segment(key));
        let (status, answer) = intruder.send(table, Method::PATCH, &path, Some(json!({column: value}))).await?;
        intruder.report.controls += 1;
        if !matches!(status, 200 | 400 | 403 | 409) {
            intruder.broken(
                &format!("PATCH {path}"),
                format!("a change of the caller's own row answers {status} {answer}"),
            );
        }
    }
    Ok(())
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

async fn by_key(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
    change: &Value,
) -> Result<(), CrossingError> {
    let path = format!("/{name}/{}", segment(key));
    for (method, body) in [
        (Method::PUT, Some(change.clone())),
        (Method::PATCH, Some(change.clone())),
        (Method::PUT, Some(json!({}))),
        (Method::DELETE, None),
    ] {
        let (status, _) = intruder.send(table, method.clone(), &path, body).await?;
        if status < 400 {
            intruder.leak(&format!("{method} {path}"), format!("answers {status} for another tenant's row"));
        }
    }
    Ok(())
}

async fn in_bulk(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
    row: &Row,
    change: &Value,
) -> Result<(), CrossingError> {
    let mut element = change.as_object().cloned().unwrap_or_default();
    for id in &table.primary_key {
        let column = &table.column(*id).name;
        element.insert(column.clone(), row.get(column).cloned().unwrap_or_default());
    }
    for method in [Method::PUT, Method::PATCH] {
        let path = format!("/{name}/bulk");
        let (status, answer) = intruder.send(table, method.clone(), &path, Some(json!([element]))).await?;
        let done = answer["succeeded"].as_array().map_or(0, Vec::len);
        if status < 400 && done > 0 {
            intruder.leak(&format!("{method} {path}"), format!("changes row {key}, which is another tenant's"));
        }
    }
    for (operation, body) in [("PATCH", Some(change.clone())), ("DELETE", None)] {
        let mut one = json!({"method": operation, "path": format!("/{name}/{}", segment(key))});
        if let Some(body) = body {
            one["body"] = body;
        }
        let (status, _) = intruder.send(table, Method::POST, "/batch", Some(json!({"operations": [one]}))).await?;
        if status < 400 {
            intruder.leak("POST /batch", format!("{operation} of row {key} of `{}` answers {status}", table.name));
        }
    }
    Ok(())
}

async fn by_filter(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    row: &Row,
    change: &Value,
) -> Result<(), CrossingError> {
    let mut that = Vec::new();
    for id in &table.primary_key {
        let column = &table.column(*id).name;
        that.push(json!({"field": column, "operator": "eq", "value": row.get(column)}));
    }
    let ored = json!([{"operator": "OR", "expressions": [{"operator": "AND", "expressions": that.clone()}]}]);
    for expressions in [Value::Array(that), ored] {
        for preview in ["", "?preview=true"] {
            let path = format!("/{name}/filter{preview}");
            for (method, body) in [
                (Method::PUT, json!({"expressions": expressions, "updateData": change})),
                (Method::DELETE, json!({"expressions": expressions})),
            ] {
                let (status, answer) = intruder.send(table, method.clone(), &path, Some(body.clone())).await?;
                let touched =
                    ["affected", "count", "total"].iter().find_map(|name| answer[*name].as_u64()).unwrap_or(0);
                if status < 400 && touched > 0 {
                    intruder
                        .leak(&format!("{method} {path} {body}"), format!("touches {touched} rows of another tenant"));
                }
            }
        }
    }
    Ok(())
}

/// New rows that say whose they are like a row of another: alone, in bulk, in a batch, imported, as an upsert of it.
async fn copies(intruder: &mut Intruder<'_>, table: &Table, name: &str, theirs: &Row) -> Result<(), CrossingError> {
    let mut copy = Row::new();
    for column in table.columns.iter().filter(|column| column.generated.writable() && !column.secret) {
        if let Some(value) = theirs.get(&column.name) {
            copy.insert(column.name.clone(), value.clone());
        }
    }
    let mut fresh = copy.clone();
    // A key of its own where the database counts, so that only the owner stands in the way.
    for id in &table.primary_key {
        let column = table.column(*id);
        if column.generated == Generated::Counter || column.default.is_some() {
            fresh.remove(&column.name);
        }
    }
    let tenancy = intruder.stand.project.settings.tenancy.clone();
    let says_whose = tenancy.tenant_column.as_deref().is_some_and(|column| fresh.contains_key(column))
        || tenancy.through.contains_key(&table.name);
    let operation = json!({"operations": [{"method": "POST", "path": format!("/{name}"), "body": fresh}]});
    let key: Vec<&str> = table.primary_key.iter().map(|id| table.column(*id).name.as_str()).collect();
    let upsert = format!("/{name}?on_conflict={}", key.iter().map(|part| segment(part)).collect::<Vec<_>>().join(","));
    let tries = [
        (format!("/{name}"), json!(fresh), says_whose),
        (format!("/{name}/bulk"), json!([fresh]), says_whose),
        ("/batch".to_owned(), operation, says_whose),
        (upsert, json!(copy), true),
    ];
    for (path, body, must_fail) in tries {
        let (status, answer) = intruder.send(table, Method::POST, &path, Some(body.clone())).await?;
        let done = status < 400 && !(status == 207 && answer["succeeded"].as_array().is_none_or(Vec::is_empty));
        if done && must_fail {
            intruder.leak(&format!("POST {path} {body}"), format!("answers {status}: writes what is another tenant's"));
        }
    }
    if says_whose {
        let line = format!("{}\n", json!(fresh));
        let path = format!("/{name}/import");
        let sent = intruder.send_as(table, Method::POST, &path, Some(line), Some("application/x-ndjson")).await?;
        if sent.0 < 400 && sent.1["succeeded"].as_u64().unwrap_or(0) > 0 {
            intruder.leak(&format!("POST {path}"), "imports a row for another tenant".to_owned());
        }
    }
    Ok(())
}

/// A row of one's own that would go to another tenant, or hang on another's row.
async fn moves(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
    theirs: &Row,
) -> Result<(), CrossingError> {
    let project = intruder.stand.project.clone();
    let path = format!("/{name}/{}", segment(key));
    let mut changes: Vec<(String, Value)> = Vec::new();
    if let Some(column) = project.settings.tenancy.tenant_column.as_deref()
        && let Some(value) = theirs.get(column).filter(|value| text(value) != intruder.tenant)
    {
        changes.push((column.to_owned(), value.clone()));
        changes.push((column.to_owned(), Value::Null));
    }
    for relation in table.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo) {
        let target = project.database.table(relation.target);
        let ([column], [far]) = (relation.columns.as_slice(), relation.target_columns.as_slice()) else { continue };
        if !intruder.truth.table(target.id).is_some_and(|truth| truth.scoped) {
            continue;
        }
        let (_, foreign) = intruder.sides(target);
        let other = foreign.first().and_then(|key| intruder.row(target, key));
        if let Some(value) = other.and_then(|row| row.get(&target.column(*far).name).cloned()) {
            changes.push((table.column(*column).name.clone(), value));
        }
    }
    for (column, value) in changes {
        if table.primary_key.iter().any(|id| table.column(*id).name == column) {
            continue;
        }
        let change = json!({ column.clone(): value });
        let mine: Vec<Value> = table
            .primary_key
            .iter()
            .map(|id| &table.column(*id).name)
            .filter_map(|own| {
                Some(json!({"field": own, "operator": "eq", "value": intruder.row(table, key)?.get(own)?}))
            })
            .collect();
        let mass = json!({"expressions": mine, "updateData": change});
        for (method, path, body) in
            [(Method::PATCH, path.clone(), change.clone()), (Method::PUT, format!("/{name}/filter"), mass)]
        {
            let (status, _) = intruder.send(table, method.clone(), &path, Some(body.clone())).await?;
            if status < 400 {
                let why = format!("lets a row be given `{column}` of another tenant (answers {status})");
                intruder.leak(&format!("{method} {path} {body}"), why);
            }
        }
    }
    Ok(())
}
