//! Bodies, within their limits. SEC-50, REL-15, REL-16.

use crate::ApiError;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use portcullis_query::Json;
use std::time::Duration;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// How many bytes a body may have.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// Reads a whole body.
///
/// # Errors
///
/// 413 over the limit, 408 where it takes too long, 400 where it breaks off, 415 where it is compressed.
pub async fn read_body(headers: &HeaderMap, body: Body, limit: BodyLimit) -> Result<Bytes, ApiError> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_encoding",
            "compressed bodies are not taken; send the body as it is",
        ));
    }
    let too_large = || {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("the body has more than {} bytes", limit.0),
        )
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit.0) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, Limited::new(body, limit.0).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", "the body broke off")),
        Err(_) => Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", "the body took too long to arrive")),
    }
}

/// Refuses a body that says it is something other than JSON.
///
/// # Errors
///
/// 415; a missing type is refused too where `required`: a page of another origin can send such a body unasked.
pub fn check_json(headers: &HeaderMap, required: bool) -> Result<(), ApiError> {
    let is_json = match headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default()) {
        None => !required,
        Some(text) => {
            let media = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
        }
    };
    if is_json {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "send the body as application/json",
    ))
}

/// Parses a body; an empty one is `None`.
///
/// # Errors
///
/// 400 with the place of the first thing that is wrong.
pub fn read_json(body: &[u8]) -> Result<Option<Json>, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    Ok(Some(Json::parse(body)?))
}
