//! Writes: one row, or many, of which all are done or none.

use super::{Asked, Refusal, refused};
use crate::solobase::wire::Reply;
use http::StatusCode;
use portcullis_query::Json;
use portcullis_records::{Operation, OperationKind, OperationResult, batch};
use portcullis_schema::Table;
use serde_json::json;

/// The body is the record: 201 `{record}`.
pub async fn create(asked: &Asked, table: &Table) -> Result<Reply, Refusal> {
    let members = object(asked)?;
    let made = portcullis_records::create(asked.session(), table, &members, None).await;
    Ok(record(StatusCode::CREATED, &made.map_err(|error| refused(error, true))?.row))
}

/// The body has the columns that change: 200 `{record}`.
pub async fn update(asked: &Asked, table: &Table, key: &str) -> Result<Reply, Refusal> {
    let members = object(asked)?;
    let row = portcullis_records::update(asked.session(), table, key, &members, None).await;
    Ok(record(StatusCode::OK, &row.map_err(|error| refused(error, true))?))
}

/// 200 `{message}`.
pub async fn delete(asked: &Asked, table: &Table, key: &str) -> Result<Reply, Refusal> {
    portcullis_records::delete(asked.session(), table, key, None).await.map_err(|error| refused(error, true))?;
    Ok(Reply::message("Record deleted successfully"))
}

/// `{records: [..]}`: 201 `{records}`.
pub async fn create_many(asked: &Asked, table: &Table) -> Result<Reply, Refusal> {
    let items = items(asked, "records")?;
    let all = items.into_iter().map(|body| operation(table, OperationKind::Create, body));
    Ok(records(StatusCode::CREATED, &run(asked, all.collect()).await?))
}

/// `{updates: [{id, data}]}`: 200 `{records}`.
pub async fn update_many(asked: &Asked, table: &Table) -> Result<Reply, Refusal> {
    let wrong = || Refusal::field("updates", "Every update has an `id` and an object `data`");
    let mut all = Vec::new();
    for item in items(asked, "updates")? {
        let Json::Object(mut members) = item else { return Err(wrong()) };
        let mut take = |name: &str| members.iter().position(|(own, _)| own == name).map(|at| members.remove(at).1);
        let key = take("id").as_ref().and_then(key).ok_or_else(wrong)?;
        let data = take("data").filter(|data| matches!(data, Json::Object(_))).ok_or_else(wrong)?;
        all.push(operation(table, OperationKind::Update(key), data));
    }
    Ok(records(StatusCode::OK, &run(asked, all).await?))
}

/// `{ids: [..]}`: 200 `{message, deleted}`.
pub async fn delete_many(asked: &Asked, table: &Table) -> Result<Reply, Refusal> {
    let keys: Option<Vec<String>> = items(asked, "ids")?.iter().map(key).collect();
    let keys = keys.ok_or_else(|| Refusal::field("ids", "Every id is text or a number"))?;
    let all = keys.into_iter().map(|key| operation(table, OperationKind::Delete(key), Json::Object(Vec::new())));
    let deleted = run(asked, all.collect()).await?.len();
    Ok(Reply::ok(json!({"message": "Records deleted successfully", "deleted": deleted})))
}

/// `{"record": ..}`.
pub fn record(status: StatusCode, row: &[u8]) -> Reply {
    Reply::raw(status, [b"{\"record\":".as_slice(), row, b"}"].concat())
}

fn records(status: StatusCode, rows: &[OperationResult]) -> Reply {
    let rows: Vec<&[u8]> = rows.iter().map(|result| result.row.as_slice()).collect();
    Reply::raw(status, [b"{\"records\":[".as_slice(), &rows.join(b",".as_slice()), b"]}"].concat())
}

async fn run(asked: &Asked, operations: Vec<Operation<'_>>) -> Result<Vec<OperationResult>, Refusal> {
    batch(asked.session(), &operations).await.map_err(|error| refused(error, true))
}

const fn operation(table: &Table, kind: OperationKind, body: Json) -> Operation<'_> {
    Operation { id: None, table, kind, body }
}

/// A key as a path would have it.
fn key(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(digits) => Some(digits.clone()),
        _ => None,
    }
}

fn object(asked: &Asked) -> Result<Vec<(String, Json)>, Refusal> {
    match Json::parse(&asked.body) {
        Ok(Json::Object(members)) => Ok(members),
        _ => Err(Refusal::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "The body must be a JSON object")),
    }
}

/// The rows of a bulk: at least one, and no more than the project takes.
pub fn items(asked: &Asked, name: &str) -> Result<Vec<Json>, Refusal> {
    let found = object(asked)?.into_iter().find(|(own, _)| own == name);
    let max = asked.project.settings.limits.bulk_rows;
    match found {
        Some((_, Json::Array(items))) if items.is_empty() || items.len() > max => {
            Err(Refusal::field(name, format!("From 1 to {max} are taken at once")))
        }
        Some((_, Json::Array(items))) => Ok(items),
        _ => Err(Refusal::field(name, format!("`{name}` must be a list"))),
    }
}
