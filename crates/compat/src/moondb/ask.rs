//! A request as the routes hand it on: its body may move between threads, but is not shared.

use crate::{Call, State, Target};
use axum::body::Body;
use bytes::Bytes;
use http::{Method, request::Parts};
use portcullis_base::Timestamp;
use portcullis_identity::{Client, Identity};
use portcullis_web::{ApiError, BodyLimit, read_body};
use std::sync::{Arc, Mutex, PoisonError};

/// A request.
pub struct Ask {
    /// The node.
    pub state: Arc<State>,
    /// Where it came in.
    pub target: Target,
    /// Who is at the other end of the wire.
    pub client: Client,
    /// The head.
    pub head: Parts,
    // Behind a lock that is never waited for.
    body: Mutex<Body>,
}

impl Ask {
    /// Takes a call apart; gives the segments of its path beside.
    pub fn new(mut call: Call) -> (Self, Vec<String>) {
        let body = Mutex::new(call.take_body());
        let Call { state, target, client, segments, head, .. } = call;
        (Self { state, target, client, head, body }, segments)
    }

    /// End users.
    pub fn identity(&self) -> &Arc<Identity> {
        self.state.identity()
    }

    /// The method; HEAD is answered as GET is.
    pub fn method(&self) -> &Method {
        if self.head.method == Method::HEAD { &Method::GET } else { &self.head.method }
    }

    /// The parameters as they came.
    pub fn query(&self) -> Option<&str> {
        self.head.uri.query()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The credentials of `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, rest) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.state.now()
    }

    /// Reads the body, once.
    pub async fn bytes(&mut self, limit: BodyLimit) -> Result<Bytes, ApiError> {
        let body = std::mem::take(self.body.get_mut().unwrap_or_else(PoisonError::into_inner));
        read_body(&self.head.headers, body, limit).await
    }
}
