//! A request on its way into a use-case.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_query::{Json, access::Caller};
use portcullis_records::Session;
use portcullis_schema::TableId;
use portcullis_web::{
    ApiError, BodyLimit, Query, Seen, State, check_json, idempotent, read_body, read_json, wants_idempotency,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Bulk bodies may be this many times as long as others.
const BULK_FACTOR: usize = 16;

/// A request whose project and caller are known.
pub struct Call<'a> {
    /// The node.
    pub state: &'a State,
    /// The stage.
    pub project: &'a Arc<Project>,
    /// Who calls.
    pub caller: &'a Caller,
    /// When.
    pub now: Timestamp,
    /// The table that a public route opens to everybody.
    pub opened: Option<TableId>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, unread. Behind a lock that is never waited for: a body may move between threads, but is not shared.
    body: Mutex<Body>,
    /// Where the body is noted once it was read, for whoever asks why.
    seen: &'a Seen,
    /// The parameters nobody has taken yet.
    pub query: Query,
    /// The path as it came.
    pub path: String,
    /// The parameters as they came.
    parameters: String,
}

impl<'a> Call<'a> {
    /// A call with everything its request brought.
    pub fn new(
        state: &'a State,
        project: &'a Arc<Project>,
        caller: &'a Caller,
        seen: &'a Seen,
        request: Request<Body>,
    ) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let query = Query::parse(parts.uri.query())?;
        let (path, parameters) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
        let (headers, now, body) = (parts.headers, state.clock.now(), Mutex::new(body));
        Ok(Self { state, project, caller, now, opened: None, headers, body, seen, query, path, parameters })
    }

    /// The body, as it comes.
    pub fn take_body(&mut self) -> Body {
        std::mem::take(self.body.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the use-cases start from.
    pub fn session(&self) -> Session<'a> {
        Session { project: self.project, caller: self.caller, now: self.now, opened: self.opened }
    }

    /// Reads the body of a request that changes nothing.
    pub async fn read_body(&mut self) -> Result<Option<Json>, ApiError> {
        check_json(&self.headers, false)?;
        read_json(&self.take_bytes(1).await?)
    }

    /// Reads the body of a write.
    pub async fn write_body(&mut self) -> Result<Bytes, ApiError> {
        check_json(&self.headers, true)?;
        self.take_bytes(1).await
    }

    /// Reads the body of a bulk write.
    pub async fn bulk_body(&mut self) -> Result<Bytes, ApiError> {
        check_json(&self.headers, true)?;
        self.take_bytes(BULK_FACTOR).await
    }

    /// Reads the body as bytes, whatever they are.
    pub async fn take_bytes(&mut self, factor: usize) -> Result<Bytes, ApiError> {
        let limit = self.project.settings.limits.body_bytes * factor;
        let body = self.take_body();
        let bytes = read_body(&self.headers, body, BodyLimit(limit)).await?;
        self.seen.keep(&bytes);
        Ok(bytes)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// `?on_conflict=a,b`.
    pub fn on_conflict(&mut self) -> Result<Option<Vec<String>>, ApiError> {
        Ok(self.query.take("on_conflict")?.map(|text| text.split(',').map(|word| word.trim().to_owned()).collect()))
    }

    /// Runs a write once where the request asks for it with an `Idempotency-Key`.
    pub async fn once<F>(&self, method: &Method, body: &Bytes, work: F) -> Result<Response<Body>, ApiError>
    where
        F: Future<Output = Result<Response<Body>, ApiError>>,
    {
        match wants_idempotency(method, &self.headers)? {
            None => work.await,
            Some(key) => {
                let route = format!("{}@{} {method} {}", self.project.id, self.project.stage, self.path);
                // Other parameters make another request: `?on_conflict=` and `?limit=` decide about what is written.
                let whole = match self.parameters.as_str() {
                    "" => body.clone(),
                    parameters => [body, &b"?"[..], parameters.as_bytes()].concat().into(),
                };
                idempotent(self.state, self.caller, &key, &route, &whole, work).await
            }
        }
    }
}

/// The members of a body that must be an object.
pub fn members(body: Option<Json>) -> Result<Vec<(String, Json)>, ApiError> {
    match body {
        Some(Json::Object(members)) => Ok(members),
        Some(other) => Err(invalid_body(format!("the body is an object, not {}", other.kind()))),
        None => Err(invalid_body("the body is missing".to_owned())),
    }
}

/// The items of a body that must be an array.
pub fn items(body: Option<Json>) -> Result<Vec<Json>, ApiError> {
    match body {
        Some(Json::Array(items)) => Ok(items),
        Some(other) => Err(invalid_body(format!("the body is an array, not {}", other.kind()))),
        None => Err(invalid_body("the body is missing".to_owned())),
    }
}

/// 400 for a body of the wrong shape.
pub fn invalid_body(message: String) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", message)
}
