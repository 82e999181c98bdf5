//! `PUT` and `PATCH /{model}/{id}`: the columns that are present.

use super::{Call, call::members, read::row};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_records::update;
use portcullis_schema::Table;
use portcullis_web::{ApiError, read_json};

/// Changes a row.
pub async fn put(mut call: Call<'_>, table: &Table, key: &str) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let body = call.write_body().await?;
    let if_match = call.header("if-match").map(ToOwned::to_owned);
    call.once(&Method::PUT, &body, async {
        let members = members(read_json(&body)?)?;
        let changed = update(call.session(), table, key, &members, if_match.as_deref()).await?;
        Ok(row(StatusCode::OK, changed))
    })
    .await
}
