//! `Idempotency-Key`: the same answer for the same write, for a day. SEC-65.

use crate::{ApiError, State};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use portcullis_crypto::sha256;
use portcullis_query::access::Caller;
use portcullis_store::{Claim, StoredAnswer};

/// Headers of an answer that are remembered with it.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// Whether a write asks to be done once.
///
/// # Errors
///
/// 400 for a key that is empty, too long or not plain text.
pub fn wants_idempotency(method: &Method, headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(None);
    }
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim();
    if key.is_empty() || key.len() > 255 {
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_idempotency_key",
            "an Idempotency-Key has 1 to 255 plain characters",
        ));
    }
    Ok(Some(key.to_owned()))
}

/// Runs `work` unless this caller sent the same request under the same key before.
///
/// # Errors
///
/// 422 for another request under the key, 409 while the first is running or where a crash left its outcome unknown.
pub async fn idempotent<F>(
    state: &State,
    caller: &Caller,
    key: &str,
    route: &str,
    body: &Bytes,
    work: F,
) -> Result<Response<Body>, ApiError>
where
    F: Future<Output = Result<Response<Body>, ApiError>>,
{
    let scope = format!("{caller:?} {route}");
    let away = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "The control store did not take an idempotency key");
        ApiError::unavailable("store_unavailable", "the request cannot be remembered just now, and was not run")
    };
    let claim = state.idempotency.claim(&scope, key, sha256(body), state.clock.now()).await;
    let conflict = |code, title: &str| Err(ApiError::new(StatusCode::CONFLICT, code, title));
    match claim.map_err(|error| away(&error))? {
        Claim::Claimed => {}
        Claim::Replay(answer) => return Ok(replay(answer)),
        Claim::InProgress => {
            return conflict("idempotency_in_progress", "the first request with this Idempotency-Key is still running");
        }
        Claim::Unknown => return Err(unknown()),
        Claim::Mismatch => {
            return Err(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "this Idempotency-Key belongs to a request with another body",
            ));
        }
    }
    let response = match work.await {
        // The database broke off: the write may have been done. A retry is told so, and never writes again.
        Err(error) if error.status.is_server_error() && error.code != "schema_changed" => {
            let response = unknown().into_response(&crate::request_id());
            remember(state, &scope, key, response).await?;
            return Err(error);
        }
        // Refusals changed nothing: the same key may be used for the corrected request.
        Err(error) => {
            let released = state.idempotency.release(&scope, key).await;
            released.map_err(|error| away(&error))?;
            return Err(error);
        }
        Ok(response) => response,
    };
    remember(state, &scope, key, response).await
}

fn unknown() -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "idempotency_unknown",
        "the first request with this Idempotency-Key broke off; look whether it was done, then use another key",
    )
}

/// Remembers an answer and gives it back.
async fn remember(state: &State, scope: &str, key: &str, response: Response<Body>) -> Result<Response<Body>, ApiError> {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.map_err(|error| ApiError::internal(&error))?.to_bytes();
    let headers = KEPT
        .iter()
        .filter_map(|name| Some((name.as_str().to_owned(), parts.headers.get(name)?.to_str().ok()?.to_owned())))
        .collect();
    let answer = StoredAnswer { status: parts.status.as_u16(), headers, body: bytes.to_vec() };
    if let Err(error) = state.idempotency.finish(scope, key, answer).await {
        // The write is done; a retry will be told that its outcome is unknown rather than write again.
        tracing::error!(%error, "An answer could not be remembered for its Idempotency-Key");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replay(answer: StoredAnswer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}
