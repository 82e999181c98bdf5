//! `POST /p/{id}/v1/schema/seed`: rows of several tables at once; `"@table.index"` is a row inserted earlier in the call.

use super::super::ask::Ask;
use super::{
    super::{
        columns::{is_built_in, is_users},
        declared,
        error::Refusal,
        wire::{self, Outcome, data},
    },
    data::find,
    write::{required, whole},
};
use http::StatusCode;
use portcullis_base::Secret;
use portcullis_project::Project;
use portcullis_query::{Json, access::Caller};
use portcullis_records::{Operation, OperationKind, Session, batch, delete};
use portcullis_schema::Table;
use portcullis_web::BodyLimit;
use serde_json::json;
use std::{collections::HashMap, sync::Arc};

/// Rows of one call at most.
const MOST: usize = 1_000;
/// Bytes of a body at most.
const SEED: BodyLimit = BodyLimit(4 * 1024 * 1024);

/// A row with its table and its place among the table's rows.
type SeedRow<'p> = (&'p Table, usize, Vec<(String, Json)>);

/// Users first in their own way, with plain passwords; everything else in one transaction.
pub async fn seed(call: &mut Ask, project: &Arc<Project>) -> Outcome {
    let document = declared(call, project).await?.ok_or_else(super::schema::not_declared)?;
    let Some(Json::Object(tables)) = wire::json_body(call, SEED).await? else {
        return Err(Refusal::bad("VALIDATION_JSON", "The body is an object: rows by table."));
    };
    let mut rows: Vec<SeedRow<'_>> = Vec::new();
    for (name, list) in tables {
        let table = find(project, &name)?;
        let Json::Array(list) = list else {
            return Err(Refusal::bad("VALIDATION_JSON", format!("`{name}` is a list of rows.")).about(&name));
        };
        for (at, row) in list.into_iter().enumerate() {
            let Json::Object(members) = row else {
                return Err(Refusal::bad("VALIDATION_JSON", format!("Row {at} of `{name}` is no object.")).about(&name));
            };
            rows.push((table, at, members));
        }
    }
    if rows.len() > MOST {
        return Err(Refusal::bad("VALIDATION_LIMIT", format!("At most {MOST} rows are inserted at once.")));
    }
    let (users, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(table, ..)| is_users(project, table));
    let session = Session::new(project, &Caller::Administrator, call.now());
    let mut made: HashMap<String, String> = HashMap::new();
    let mut inserted = json!({});
    let outcome = async {
        for (table, at, members) in users {
            let id = user(call, project, table, members).await?;
            inserted[&table.name] = json!(at + 1);
            made.insert(format!("{}.{at}", table.name), id);
        }
        let mut operations = Vec::with_capacity(others.len());
        for (table, at, members) in others {
            let members: Vec<(String, Json)> = members
                .into_iter()
                .filter(|(name, _)| !is_built_in(name, false))
                .map(|(name, value)| (name, referred(value, &made)))
                .collect();
            required(document.table(&table.name), &members)?;
            inserted[&table.name] = json!(at + 1);
            let id = Some(format!("{}#{at}", table.name));
            operations.push(Operation { id, table, kind: OperationKind::Create, body: Json::Object(members) });
        }
        batch(session, &operations).await?;
        Ok::<_, Refusal>(())
    }
    .await;
    if let Err(refusal) = outcome {
        // The rest was undone by the database; the users are by us.
        for (name, id) in &made {
            let table = name.rsplit_once('.').map(|(table, _)| find(project, table));
            if let Some(Ok(table)) = table {
                delete(session, table, id, None).await.ok();
            }
        }
        return Err(refusal);
    }
    data(StatusCode::CREATED, json!({ "inserted": inserted }))
}

async fn user(call: &Ask, project: &Project, table: &Table, members: Vec<(String, Json)>) -> Result<String, Refusal> {
    let mut members = members;
    let mut take = |name: &str| {
        let at = members.iter().position(|(own, _)| own == name);
        match at.map(|at| members.remove(at).1) {
            Some(Json::String(text)) if !text.is_empty() => Ok(text),
            _ => Err(Refusal::bad("VALIDATION_REQUIRED_FIELD", format!("`{name}` is required.")).about(name)),
        }
    };
    let (email, password) = (take("email")?, Secret::new(take("password")?));
    let columns = whole(table, members)?;
    let identity = call.identity();
    Ok(identity.create_whole_user(project, &email, &password, columns, &call.client, call.now()).await?.id)
}

/// `"@users.0"` is the id of a user made already, or of a row that the transaction makes before.
fn referred(value: Json, made: &HashMap<String, String>) -> Json {
    let Json::String(text) = &value else { return value };
    let Some(name) = text.strip_prefix('@') else { return value };
    if let Some(id) = made.get(name) {
        return Json::String(id.clone());
    }
    match name.rsplit_once('.') {
        Some((table, at)) if !at.is_empty() && at.bytes().all(|b| b.is_ascii_digit()) => {
            Json::Object(vec![("$ref".to_owned(), Json::String(format!("{table}#{at}.id")))])
        }
        _ => value,
    }
}
