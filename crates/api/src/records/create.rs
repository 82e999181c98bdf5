//! `POST /{model}`: a new row, with its children, or in place of one with the same key.

use super::{Call, call::members, read::row};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_records::create;
use portcullis_schema::Table;
use portcullis_web::{ApiError, read_json};

/// Creates a row.
pub async fn post(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let conflict = call.on_conflict()?;
    call.query.end(&["on_conflict"])?;
    let body = call.write_body().await?;
    call.once(&Method::POST, &body, async {
        let members = members(read_json(&body)?)?;
        let created = create(call.session(), table, &members, conflict.as_deref()).await?;
        Ok(row(if created.inserted { StatusCode::CREATED } else { StatusCode::OK }, created.row))
    })
    .await
}
