//! `/p/{id}/api/{table}`: reading rows. Source: the contract's section 6.

use super::super::ask::Ask;
use super::{
    super::{
        columns,
        error::Refusal,
        filter::{self, Asked},
        token,
        wire::{self, Outcome},
    },
    write,
};
use http::StatusCode;
use portcullis_project::Project;
use portcullis_query::{
    Json,
    access::Caller,
    request::{CompareOp, Expression, ListRequest, Operator, Paging},
};
use portcullis_records::{Session, count, list, read};
use portcullis_schema::{Table, TableLookup};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Answers a call below `/api`.
pub async fn handle(call: &mut Ask, project: &Arc<Project>, path: &[&str]) -> Outcome {
    let caller = token::caller(call, project).await?;
    // Also what is public needs a key: documented so. Before any name is looked up.
    if matches!(caller, Caller::Anonymous) {
        return Err(Refusal::credentials());
    }
    let Some((name, rest)) = path.split_first() else { return Err(Refusal::not_found()) };
    let table = find(project, name)?;
    let session = Session::new(project, &caller, call.now());
    match (rest, call.method().as_str()) {
        ([], "GET") => page(call, session, table).await,
        ([], "POST") => write::create(call, session, table).await,
        (["bulk"], "POST") => write::bulk(call, session, table).await,
        ([id], "GET") => one(call, session, table, id).await,
        ([id], "PATCH") => write::change(call, session, table, id).await,
        ([id], "PUT") => write::replace(call, session, table, id).await,
        ([id], "DELETE") => write::delete(session, table, id).await,
        ([] | [_], _) => Err(super::no_such_method()),
        _ => Err(Refusal::not_found()),
    }
}

/// A served table, by its name.
pub fn find<'p>(project: &'p Project, name: &str) -> Result<&'p Table, Refusal> {
    match project.database.find(name) {
        TableLookup::Found(table) => Ok(table),
        TableLookup::Unknown(_) => Err(Refusal::not_found()),
    }
}

async fn page(call: &Ask, session: Session<'_>, table: &Table) -> Outcome {
    let mut asked = filter::parse(call.query(), table)?;
    if table.primary_key.is_empty() && asked.offset.is_none() {
        // Rows that nothing names have no cursor.
        asked.request.paging = Paging::Rows { offset: 0, size: asked.limit };
    }
    let page = list(session, table, &asked.request).await?;
    let total = count(session, table, &asked.request).await?;
    let offset = asked.offset.unwrap_or(0);
    let next = page.next_cursor.flatten();
    let has_more = match asked.request.paging {
        Paging::Cursor { .. } => next.is_some(),
        _ => offset + (page.len as u64) < total,
    };
    let rows = rows(session.project, table, &page.rows, &asked);
    let meta = json!({
        "total": total, "limit": asked.limit, "offset": offset, "has_more": has_more, "next_cursor": next,
    });
    Ok(wire::body(StatusCode::OK, &json!({ "data": rows, "meta": meta })))
}

async fn one(call: &Ask, session: Session<'_>, table: &Table, id: &str) -> Outcome {
    let mut asked = filter::parse(call.query(), table)?;
    let row = read(session, table, id).await?;
    if asked.includes.is_empty() && asked.request.projections.is_empty() {
        return wire::data(StatusCode::OK, Value::Object(columns::row(session.project, table, wire::row(&row))));
    }
    // It is there and may be read: now as it is asked for.
    if let [key] = table.primary_key.as_slice() {
        asked.request.filter.push(Expression::Field {
            place: "id".to_owned(),
            field: table.column(*key).name.clone(),
            operator: Operator::Compare(CompareOp::Eq),
            value: Json::String(id.to_owned()),
        });
    }
    let request = ListRequest { paging: Paging::Rows { offset: 0, size: 1 }, ..asked.request.clone() };
    let page = list(session, table, &request).await?;
    match rows(session.project, table, &page.rows, &asked).into_iter().next() {
        Some(row) => wire::data(StatusCode::OK, row),
        None => Err(Refusal::not_found()),
    }
}

/// Rows as clients know them: an expanded row stands under the name of its column.
fn rows(project: &Project, table: &Table, bytes: &[u8], asked: &Asked) -> Vec<Value> {
    let mut text = Vec::with_capacity(bytes.len() + 2);
    text.push(b'[');
    text.extend_from_slice(bytes);
    text.push(b']');
    let all: Vec<Map<String, Value>> = serde_json::from_slice(&text).unwrap_or_default();
    all.into_iter()
        .map(|row| {
            let mut row = columns::row(project, table, row);
            for (column, relation) in &asked.includes {
                let related = match row.remove(relation) {
                    Some(Value::Object(related)) => {
                        let target = table.find_relation(relation).map(|own| project.database.table(own.target));
                        Value::Object(match target {
                            Some(target) => columns::row(project, target, related),
                            None => related,
                        })
                    }
                    _ => Value::Null,
                };
                row.insert(column.clone(), related);
            }
            Value::Object(row)
        })
        .collect()
}
