//! A request on its way through a surface.

use crate::{State, Target};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, request::Parts};
use portcullis_base::Timestamp;
use portcullis_identity::Client;
use portcullis_web::{ApiError, BodyLimit, read_body};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// A request, taken apart as far as all surfaces do it alike.
#[derive(Debug)]
pub struct Call {
    /// The node.
    pub state: Arc<State>,
    /// Where it came in.
    pub target: Target,
    /// Who is at the other end of the wire; carries the surface's rules and the request's id.
    pub client: Client,
    /// The decoded segments of the path below the surface.
    pub segments: Vec<String>,
    /// The head: method, headers, the whole URI.
    pub head: Parts,
    /// The body, unread. Behind a lock that is never waited for: a body may move between threads, but is not shared.
    body: Mutex<Body>,
}

impl Call {
    pub(crate) fn new(
        state: Arc<State>,
        target: Target,
        client: Client,
        segments: Vec<String>,
        request: Request<Body>,
    ) -> Self {
        let (head, body) = request.into_parts();
        Self { state, target, client, segments, head, body: Mutex::new(body) }
    }

    /// The body, as it comes; once.
    pub fn take_body(&mut self) -> Body {
        std::mem::take(self.body.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a body that was read, or another, in its place.
    pub(crate) fn set_body(&mut self, body: Bytes) {
        *self.body.get_mut().unwrap_or_else(PoisonError::into_inner) = Body::from(body);
    }

    /// The request's id.
    pub fn id(&self) -> &str {
        &self.client.request_id
    }

    /// The method; HEAD is answered as GET is, and the server leaves the body away.
    pub fn method(&self) -> &Method {
        if self.head.method == Method::HEAD { &Method::GET } else { &self.head.method }
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The credentials of `Authorization: Bearer`, whatever the case of the scheme.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, rest) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
    }

    /// The segments as text, to match on.
    pub fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.state.now()
    }

    /// Reads the body, once.
    ///
    /// # Errors
    ///
    /// As [`read_body`].
    pub async fn bytes(&mut self, limit: BodyLimit) -> Result<Bytes, ApiError> {
        let body = self.take_body();
        read_body(&self.head.headers, body, limit).await
    }

    /// Reads the body as JSON whatever type it says it has; an empty one is null.
    ///
    /// # Errors
    ///
    /// As [`read_body`]; 400 `invalid_json`.
    pub async fn json(&mut self, limit: BodyLimit) -> Result<Value, ApiError> {
        let bytes = self.bytes(limit).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            let title = format!("the body is not valid JSON: {error}");
            ApiError::new(http::StatusCode::BAD_REQUEST, "invalid_json", title)
        })
    }
}
