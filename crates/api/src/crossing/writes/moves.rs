//! A row of one's own that would go to another tenant, or hang on another's row.

use super::super::{
    CrossingError,
    intruder::Intruder,
    tree::segment,
    truth::{Row, text},
};
use http::Method;
use portcullis_schema::{RelationKind, Table};
use serde_json::{Map, Value, json};

pub(super) async fn try_all(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
    theirs: &Row,
) -> Result<(), CrossingError> {
    intruder.now("move");
    let Some(own) = intruder.row(table, key) else { return Ok(()) };
    let mut mine = Vec::new();
    let mut element = Map::new();
    for id in &table.primary_key {
        let column = &table.column(*id).name;
        mine.push(json!({"field": column, "operator": "eq", "value": own.get(column)}));
        element.insert(column.clone(), own.get(column).cloned().unwrap_or_default());
    }
    let path = format!("/{name}/{}", segment(key));
    for change in changes(intruder, table, theirs) {
        if table.primary_key.iter().any(|id| change.contains_key(&table.column(*id).name)) {
            continue;
        }
        let mut whole = element.clone();
        whole.extend(change.clone());
        let operation = json!({"operations": [{"method": "PATCH", "path": path, "body": change}]});
        for (method, path, body) in [
            (Method::PUT, path.clone(), json!(change)),
            (Method::PATCH, path.clone(), json!(change)),
            (Method::PUT, format!("/{name}/filter"), json!({"expressions": mine, "updateData": change})),
            (Method::PATCH, format!("/{name}/bulk"), json!([whole])),
            (Method::POST, "/batch".to_owned(), operation),
        ] {
            let got = intruder.send(table, method.clone(), &path, Some(body.clone())).await?;
            let in_part = got.json["succeeded"].as_array().is_some_and(Vec::is_empty);
            if got.is_good() && !in_part {
                let columns: Vec<&str> = change.keys().map(String::as_str).collect();
                let why =
                    format!("lets a row be given `{}` of another tenant (answers {})", columns.join(", "), got.status);
                intruder.leak(&format!("{method} {path} {body}"), why);
            }
        }
    }
    Ok(())
}

/// What would make the row another's: the tenant itself, none at all, and each foreign key to rows of others.
fn changes(intruder: &Intruder<'_>, table: &Table, theirs: &Row) -> Vec<Map<String, Value>> {
    let project = &intruder.stand.project;
    let one = |column: &str, value: Value| Map::from_iter([(column.to_owned(), value)]);
    let mut changes = Vec::new();
    if let Some(column) = intruder.declared.tenant_column.as_deref()
        && let Some(value) = theirs.get(column).filter(|value| !value.is_null() && text(value) != intruder.tenant)
    {
        changes.push(one(column, value.clone()));
        changes.push(one(column, Value::Null));
    }
    for relation in table.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo) {
        let target = project.database.table(relation.target);
        if intruder.truth.scoped(target.id).is_none() {
            continue;
        }
        let other = intruder.sides(target).1.into_iter().find_map(|key| {
            let row = intruder.row(target, &key)?;
            let pairs = relation.columns.iter().zip(&relation.target_columns).map(|(ours, far)| {
                let value = row.get(&target.column(*far).name).filter(|value| !value.is_null())?;
                Some((table.column(*ours).name.clone(), value.clone()))
            });
            pairs.collect::<Option<Map<String, Value>>>()
        });
        changes.extend(other);
    }
    changes
}
