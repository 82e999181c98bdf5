//! `GET /{model}/{id}`: one row with its tag.

use super::Call;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_records::{etag, read};
use portcullis_schema::Table;
use portcullis_web::{ApiError, json};

/// Reads a row; 304 where the caller has it already.
pub async fn get(call: &mut Call<'_>, table: &Table, key: &str) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let row = read(call.session(), table, key).await?;
    let tag = etag(&row);
    let known = call.header("if-none-match").is_some_and(|known| {
        known.trim() == "*" || known.split(',').any(|candidate| candidate.trim().trim_start_matches("W/") == tag)
    });
    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        json(StatusCode::OK, row)
    };
    tagged(&mut response, &tag);
    Ok(response)
}

/// Answers with a row and its tag.
pub fn row(status: StatusCode, row: Vec<u8>) -> Response<Body> {
    let tag = etag(&row);
    let mut response = json(status, row);
    tagged(&mut response, &tag);
    response
}

fn tagged(response: &mut Response<Body>, tag: &str) {
    if let Ok(value) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
}
