//! What every answer of every surface goes through: id, limits of the head, CORS, time, what nobody thought of, the log.

use crate::{Call, Found, Surface, Target, cors, surface::Shared};
use axum::body::Body;
use futures_util::FutureExt as _;
use http::{Request, Response, StatusCode, header};
use portcullis_web::{ApiError, client_of, finish, request_id, segments};
use std::{panic::AssertUnwindSafe, time::Duration};

/// How long a request may take where no project says. SEC-50.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// Bytes of a path with its query at most. SEC-50.
const URI_BYTES: usize = 8 * 1024;

/// Answers a request to a surface.
pub async fn serve(state: &Shared, found: Found<'_>, request: Request<Body>) -> Response<Body> {
    let Found { surface, target, tail } = found;
    let id = request_id();
    let (method, project) = (request.method().clone(), target.project.clone());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = match cors::preflight(surface.cors, project.as_deref(), &method, request.headers()) {
        Some(response) => response,
        None => {
            let mut response = match call(state, surface, target, tail, request, &id) {
                Ok(call) => timed(surface, call, &id).await,
                Err(error) => (surface.refuse)(error, &id),
            };
            cors::add(surface.cors, project.as_deref(), origin.as_ref(), &mut response);
            response
        }
    };
    finish(&mut response, &id);
    tracing::debug!(
        target: "portcullis::request",
        request_id = %id,
        surface = surface.rules.name,
        %method,
        path = tail,
        status = response.status().as_u16(),
        "Answered"
    );
    response
}

fn call(
    state: &Shared,
    surface: &Surface,
    target: Target,
    tail: &str,
    request: Request<Body>,
    id: &str,
) -> Result<Call, ApiError> {
    if request.uri().path().len() + request.uri().query().map_or(0, str::len) > URI_BYTES {
        return Err(ApiError::new(StatusCode::URI_TOO_LONG, "uri_too_long", "the path and query are too long"));
    }
    let segments = segments(tail)?;
    let client = client_of(request.extensions(), request.headers(), surface.rules, id);
    Ok(Call::new(state.clone(), target, client, segments, request))
}

/// What nobody thought of fails one request, not its connection. SEC-70.
async fn timed(surface: &Surface, call: Call, id: &str) -> Response<Body> {
    let time = call.target.project.as_ref().map_or(REQUEST_TIME, |project| project.request_timeout);
    // Made inside, so that a panic while it is made is caught too.
    let answer = AssertUnwindSafe(async { (surface.handle)(call).await }).catch_unwind();
    match tokio::time::timeout(time, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => (surface.refuse)(ApiError::internal(&"the request panicked"), id),
        Err(_) => {
            let late = ApiError::unavailable("request_timeout", "the request took too long");
            (surface.refuse)(late, id)
        }
    }
}
