//! `DELETE /{model}/{id}`: the row as it was.

use super::Call;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use portcullis_schema::Table;
use portcullis_web::{ApiError, json};

/// Deletes a row.
pub async fn delete(call: Call<'_>, table: &Table, key: &str) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let if_match = call.header("if-match");
    call.once(&Method::DELETE, &Bytes::new(), async {
        let row = portcullis_records::delete(call.session(), table, key, if_match).await?;
        Ok(json(StatusCode::OK, row))
    })
    .await
}
