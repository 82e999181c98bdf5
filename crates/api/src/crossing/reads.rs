//! Every way to read: lists, single rows, filters with each operator, figures, groups, distinct, cursors, exports,
//! previews, relationships.

use super::{CrossingError, Intruder, VICTIMS, tree::segment, truth::text};
use http::Method;
use portcullis_query::plan::operators_of;
use portcullis_schema::{Relation, Table};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Tries every way to read a table.
pub(super) async fn try_all(intruder: &mut Intruder<'_>, table: &Table) -> Result<(), CrossingError> {
    let (own, foreign) = intruder.sides(table);
    let name = segment(&table.name);
    let Some((scoped, whole)) = intruder.truth.table(table.id).map(|truth| (truth.scoped, truth.whole)) else {
        return Ok(());
    };
    relations(intruder, table, &name).await?;
    if !scoped {
        return Ok(());
    }
    let (status, list) = intruder.send(table, Method::GET, &format!("/{name}?pageSize=1000"), None).await?;
    if intruder.tenant.is_none()
        && status < 400
        && list["data"].as_array().is_some_and(|rows| !rows.is_empty())
        && own.is_empty()
    {
        intruder.leak(&format!("GET /{name}"), "shows rows to a caller without a tenant".to_owned());
    }
    if status < 400 && whole {
        intruder.report.controls += 1;
        count_is(intruder, &format!("GET /{name}"), &list["total"], own.len());
    }
    let counts = [(Method::GET, None), (Method::POST, Some(json!({})))];
    for (method, body) in counts {
        let (status, answer) = intruder.send(table, method, &format!("/{name}/count"), body).await?;
        if status < 400 && whole {
            count_is(intruder, &format!("count of /{name}"), &answer["count"], own.len());
        }
    }
    walks(intruder, table, &name, own.len(), whole).await?;
    for key in foreign.iter().take(VICTIMS) {
        one(intruder, table, &name, key).await?;
    }
    if let Some(key) = own.iter().next() {
        let (status, _) = intruder.send(table, Method::GET, &format!("/{name}/{}", segment(key)), None).await?;
        intruder.report.controls += 1;
        if !matches!(status, 200 | 403) {
            intruder.broken(&format!("GET /{name}/{key}"), format!("the caller's own row answers {status}"));
        }
    }
    columns(intruder, table, &name, &own, &foreign).await
}

fn count_is(intruder: &mut Intruder<'_>, request: &str, found: &Value, own: usize) {
    let Some(found) = found.as_u64() else { return };
    if found > own as u64 {
        intruder.leak(request, format!("counts {found} rows, of which {own} are the caller's own"));
    } else if found < own as u64 && intruder.tenant.is_some() {
        intruder.broken(request, format!("counts {found} rows, though {own} are the caller's own"));
    }
}

/// Cursors and exports go through all rows.
async fn walks(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    own: usize,
    whole: bool,
) -> Result<(), CrossingError> {
    let mut cursor = Some(String::new());
    let mut seen = 0;
    while let Some(after) = cursor.take().filter(|_| seen < 5_000) {
        let path = format!("/{name}?pageSize=500&cursor={}", segment(&after));
        let (status, page) = intruder.send(table, Method::GET, &path, None).await?;
        if status >= 400 {
            break;
        }
        seen += page["data"].as_array().map_or(0, Vec::len);
        cursor = page["next_cursor"].as_str().map(str::to_owned);
    }
    if whole && seen > own {
        intruder.leak(&format!("GET /{name}?cursor="), format!("walks over {seen} rows, of which {own} are own"));
    }
    for format in ["ndjson", "csv"] {
        let path = format!("/{name}?format={format}");
        let (status, _, body) = intruder.send_as(table, Method::GET, &path, None, None).await?;
        if status >= 400 {
            continue;
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        if format == "ndjson" {
            let lines = text.lines().filter(|line| !line.is_empty()).count();
            if whole && lines > own {
                intruder.leak(&path, format!("exports {lines} rows, of which {own} are own"));
            }
        } else if whole && own == 0 && text.trim_end().contains("\r\n") {
            intruder.leak(&path, "exports rows to a caller who has none".to_owned());
        }
    }
    Ok(())
}

/// One row that is another's: by its key, and by every filter that could say that it is there.
async fn one(intruder: &mut Intruder<'_>, table: &Table, name: &str, key: &str) -> Result<(), CrossingError> {
    for method in [Method::GET, Method::HEAD] {
        let path = format!("/{name}/{}", segment(key));
        let (status, _) = intruder.send(table, method.clone(), &path, None).await?;
        if status < 400 {
            intruder.leak(&format!("{method} {path}"), "answers for another tenant's row".to_owned());
        }
    }
    let Some(row) = intruder.row(table, key) else { return Ok(()) };
    let mut that = Vec::new();
    for id in &table.primary_key {
        let column = &table.column(*id).name;
        that.push(json!({"field": column, "operator": "eq", "value": row.get(column)}));
    }
    let that = json!({"operator": "AND", "expressions": that});
    let any = table.primary_key.first().map(|id| json!({"field": table.column(*id).name, "operator": "isnotnull"}));
    let forms = [
        json!([that]),
        json!([{"operator": "OR", "expressions": [that, any]}, that]),
        json!([{"operator": "NOT", "expressions": [{"operator": "NOT", "expressions": [that]}]}]),
        json!([{"operator": "NOT", "expressions": [{"operator": "AND", "expressions": [any, {"operator": "NOT", "expressions": [that]}]}]}]),
    ];
    for form in forms {
        for route in ["filter", "filter/query", "count"] {
            let body = json!({"expressions": form});
            let (status, answer) =
                intruder.send(table, Method::POST, &format!("/{name}/{route}"), Some(body.clone())).await?;
            let found = answer["total"].as_u64().or_else(|| answer["count"].as_u64()).unwrap_or(0);
            if status < 400 && found > 0 {
                intruder
                    .leak(&format!("POST /{name}/{route} {body}"), format!("finds {found} rows that are another's"));
            }
        }
    }
    Ok(())
}

/// Every column with every operator, order, distinct, groups and figures.
async fn columns(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    own: &BTreeSet<String>,
    foreign: &[String],
) -> Result<(), CrossingError> {
    let whole = intruder.truth.table(table.id).is_some_and(|truth| truth.whole);
    let path = format!("/{name}/filter?pageSize=1000");
    for column in &table.columns {
        let field = &column.name;
        let values = |keys: &mut dyn Iterator<Item = &String>| -> BTreeSet<String> {
            keys.filter_map(|key| intruder.row(table, key)).filter_map(|row| row.get(field).and_then(text)).collect()
        };
        let (mine, theirs) = (values(&mut own.iter()), values(&mut foreign.iter()));
        let secret: Vec<&String> = theirs.difference(&mine).collect();
        let victim = foreign.iter().filter_map(|key| intruder.row(table, key)).find_map(|row| {
            let value = row.get(field)?;
            secret.contains(&&text(value)?).then(|| value.clone())
        });
        for operator in operators_of(column) {
            let Some(value) = &victim else { break };
            let word = text(value).unwrap_or_default();
            let value = match operator.name() {
                "in" | "notin" => json!([value]),
                "between" | "notbetween" => json!([value, value]),
                "like" | "ilike" | "notlike" | "contains" | "startswith" | "endswith" => json!(word),
                "isnull" | "isnotnull" => Value::Null,
                _ => value.clone(),
            };
            let body = json!({"expressions": [{"field": field, "operator": operator.name(), "value": value}]});
            intruder.send(table, Method::POST, &path, Some(body)).await?;
        }
        let sorted = json!({"sort": [{"field": field, "direction": "desc"}]});
        intruder.send(table, Method::POST, &path, Some(sorted)).await?;
        let distinct = json!({"distinct": true, "projections": [field]});
        let groups = json!({"aggregations": {"functions": [{"type": "COUNT", "field": "*", "alias": "figure"}], "group_by": [field]}});
        let mut asked = vec![(distinct, field.as_str()), (groups, field.as_str())];
        for function in ["MIN", "MAX"] {
            let figure =
                json!({"aggregations": {"functions": [{"type": function, "field": field, "alias": "figure"}]}});
            asked.push((figure, "figure"));
        }
        for (body, at) in asked {
            let (status, answer) = intruder.send(table, Method::POST, &path, Some(body.clone())).await?;
            let rows = answer["data"].as_array().filter(|_| status < 400 && whole);
            for value in rows.into_iter().flatten().filter_map(|row| text(row.get(at)?)) {
                if secret.contains(&&value) {
                    intruder.leak(
                        &format!("POST /{name}/filter {body}"),
                        format!("tells `{value}`, which only others have"),
                    );
                }
            }
        }
    }
    let figure = json!({"aggregations": {"functions": [{"type": "COUNT", "field": "*", "alias": "figure"}]}});
    let (status, answer) = intruder.send(table, Method::POST, &path, Some(figure)).await?;
    if status < 400 && whole {
        count_is(intruder, &format!("COUNT(*) of /{name}"), &answer["data"][0]["figure"], own.len());
    }
    Ok(())
}

/// Every relationship of the table, also of tables that are everybody's.
async fn relations(intruder: &mut Intruder<'_>, table: &Table, name: &str) -> Result<(), CrossingError> {
    let project = intruder.stand.project.clone();
    let path = format!("/{name}/filter?pageSize=200");
    for relation in &table.relations {
        let target = project.database.table(relation.target);
        if !intruder.truth.table(target.id).is_some_and(|truth| truth.scoped) {
            continue;
        }
        let embed = json!({"expressions": [{"relationship": relation.name, "include": true}]});
        intruder.send(table, Method::POST, &path, Some(embed)).await?;
        let (own, foreign) = intruder.sides(target);
        for key in foreign.iter().take(VICTIMS) {
            let Some(row) = intruder.row(target, key) else { continue };
            let Some(id) = target.primary_key.first() else { continue };
            let column = &target.column(*id).name;
            let that = json!([{"field": column, "operator": "eq", "value": row.get(column)}]);
            let asked = [
                json!({"expressions": [{"relationship": relation.name, "scope": "filterParent", "expressions": that}]}),
                json!({"expressions": [{"relationship": relation.name, "scope": "both", "include": true, "expressions": that}]}),
            ];
            for body in asked {
                let (status, answer) = intruder.send(table, Method::POST, &path, Some(body.clone())).await?;
                let found = answer["total"].as_u64().unwrap_or(0);
                if status < 400 && found > 0 {
                    let why =
                        format!("finds {found} rows by way of row {key} of `{}`, which is another's", target.name);
                    intruder.leak(&format!("POST {path} {body}"), why);
                }
            }
        }
        figures(intruder, table, relation, target, &path, own.len()).await?;
    }
    Ok(())
}

async fn figures(
    intruder: &mut Intruder<'_>,
    table: &Table,
    relation: &Relation,
    target: &Table,
    path: &str,
    own: usize,
) -> Result<(), CrossingError> {
    let figure = json!({"expressions": [{"relationship": relation.name, "include": false,
        "aggregations": {"functions": [{"type": "COUNT", "field": "*", "alias": "figure"}]}}]});
    let (status, answer) = intruder.send(table, Method::POST, path, Some(figure.clone())).await?;
    let whole = intruder.truth.table(target.id).is_some_and(|truth| truth.whole);
    if status < 400 && whole && relation.kind.is_many() && relation.join.is_none() {
        let rows = answer["data"].as_array().into_iter().flatten();
        let sum: u64 = rows.filter_map(|row| row["aggregations"]["figure"].as_u64()).sum();
        if sum > own as u64 {
            intruder.leak(
                &format!("POST {path} {figure}"),
                format!("counts {sum} rows of `{}`, of which {own} are own", target.name),
            );
        }
    }
    if !relation.kind.is_many() {
        for column in target.columns.iter().take(12) {
            let sorted = json!({"sort": [{"field": format!("{}.{}", relation.name, column.name)}]});
            intruder.send(table, Method::POST, path, Some(sorted)).await?;
        }
    }
    Ok(())
}
