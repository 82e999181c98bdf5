//! Answers and the headers all of them have. SEC-59.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use rand::RngExt;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A fresh id of a request: 16 hexadecimal digits.
pub fn request_id() -> String {
    format!("{:016x}", rand::rng().random::<u64>())
}

/// A JSON answer.
pub fn json(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Adds what every answer carries; what an answer says itself about caching stays.
pub fn finish(response: &mut Response<Body>, request_id: &str) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
}
