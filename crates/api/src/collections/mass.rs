//! Changes by clauses. Nothing said is refused: every document must be meant by an empty list.

use super::call::{Call, clauses};
use crate::auth::{Fields, invalid};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_documents::Collection;
use portcullis_web::{ApiError, json};
use serde_json::json as value;

/// `PATCH /v1/collections/{name}` `{where, set}`.
pub async fn update(call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let mut fields = call.fields()?;
    must_say(&fields, "where")?;
    must_say(&fields, "set")?;
    let clauses = clauses(&mut fields)?;
    let set = fields.take("set").unwrap_or(portcullis_query::Json::Null);
    fields.done()?;
    let (documents, author) = (call.documents, &call.author);
    let changed = documents.update_many(call.connection, &collection, author, (clauses, set), call.now).await?;
    Ok(json(StatusCode::OK, value!({ "updated": changed }).to_string()))
}

/// `POST /v1/collections/{name}/delete` `{where}`.
pub async fn delete(call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let mut fields = call.fields()?;
    must_say(&fields, "where")?;
    let clauses = clauses(&mut fields)?;
    fields.done()?;
    let deleted = call.documents.delete_many(call.connection, &collection, &call.author, clauses).await?;
    Ok(json(StatusCode::OK, value!({ "deleted": deleted }).to_string()))
}

fn must_say(fields: &Fields, name: &str) -> Result<(), ApiError> {
    if fields.has(name) {
        return Ok(());
    }
    Err(invalid(name, "missing_field", format!("`{name}` is required; an empty list of clauses means every document")))
}
