//! Which pages of other origins may call: an exact list, echoed. SEC-56.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use portcullis_project::Project;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const EXPOSED: &str = "ETag, Location, Retry-After, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, \
                       X-RateLimit-Reset";
const ALLOWED: &str = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-API-Key, X-Public-Key, \
                       X-Admin-Key, X-Tenant-ID";

/// The answer to a preflight; `None` where the request is none.
pub fn preflight(project: &Project, method: &Method, headers: &HeaderMap) -> Option<Response<Body>> {
    if method != Method::OPTIONS || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let origin = headers.get(header::ORIGIN);
    if origin.is_some_and(|origin| allowed(project, origin)) {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOWED));
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    add_cors(project, origin, &mut response);
    Some(response)
}

/// Adds what lets the page of an allowed origin read the answer.
pub fn add_cors(project: &Project, origin: Option<&HeaderValue>, response: &mut Response<Body>) {
    if project.settings.page_origins().is_empty() {
        return;
    }
    let answer = response.headers_mut();
    answer.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin.filter(|origin| allowed(project, origin)) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}

fn allowed(project: &Project, origin: &HeaderValue) -> bool {
    let Ok(text) = origin.to_str() else { return false };
    text != "null" && project.settings.page_origins().iter().any(|allowed| allowed == text)
}
