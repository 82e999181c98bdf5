//! `GET` and `POST /{model}/count`.

use super::{Call, filter, list::equalities};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_query::request::ListRequest;
use portcullis_records::count;
use portcullis_schema::Table;
use portcullis_web::{ApiError, json};

/// Counts all rows, or those that `?column=value` names.
pub async fn get(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let filter = equalities(&mut call, table)?;
    answer(&call, table, &ListRequest { filter, ..ListRequest::default() }).await
}

/// Counts the rows a filter matches.
pub async fn post(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let request = filter::read(&mut call).await?;
    call.query.end(&[])?;
    answer(&call, table, &request).await
}

async fn answer(call: &Call<'_>, table: &Table, request: &ListRequest) -> Result<Response<Body>, ApiError> {
    let count = count(call.session(), table, request).await?;
    Ok(json(StatusCode::OK, format!("{{\"count\":{count}}}")))
}
