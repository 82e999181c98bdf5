//! The fields by which a collection is looked up.

use super::call::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_documents::Collection;
use portcullis_web::{ApiError, json};
use serde_json::{Value, json as value};

/// `GET /v1/collections/{name}/indexes`.
pub async fn list(call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let fields = call.documents.indexes(call.connection, &collection, &call.author).await?;
    let data: Vec<Value> = fields.into_iter().map(|field| value!({ "field": field })).collect();
    Ok(json(StatusCode::OK, value!({ "data": data }).to_string()))
}

/// `POST /v1/collections/{name}/indexes` `{field}`: 201, or 200 where there is one already.
pub async fn create(call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let mut fields = call.fields()?;
    let field = fields.required(&["field"])?;
    fields.done()?;
    let made = call.documents.create_index(call.connection, &collection, &call.author, &field, call.now).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, value!({ "field": field }).to_string()))
}

/// `DELETE /v1/collections/{name}/indexes/{field}`: 204.
pub async fn delete(call: Call<'_>, name: &str, field: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    call.documents.delete_index(call.connection, &collection, &call.author, field).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
