//! What a hook is given: the request before, the answer after.

use super::{AfterHook, BeforeHook, HookError, Outcome};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use portcullis_query::access::EndUser;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{fmt, net::IpAddr, ops::Deref, pin::Pin, sync::Arc, vec};

/// Bytes of an answer that a hook may read at most.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

type Handler = Box<dyn FnOnce(Bytes) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> + Send>;

/// What is known of a request; the same before and after.
#[derive(Debug, Clone)]
pub struct About {
    /// The project's name.
    pub project: String,
    /// Its stage: `development`, `staging`, `production`.
    pub stage: &'static str,
    /// The surface that was called: `native`, `solobase`.
    pub surface: &'static str,
    /// The operation, by the one name that all its spellings have: `/api/auth/login`.
    pub operation: String,
    /// The method.
    pub method: Method,
    /// The path as it was called, below the surface's base.
    pub path: String,
    /// The query, undecoded.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// Who is at the other end of the connection.
    pub peer: Option<IpAddr>,
    /// The end user who calls, where one has shown who they are.
    pub user: Option<Arc<EndUser>>,
    /// The request's id, as the client sees it in `X-Request-Id`.
    pub request_id: String,
}

/// A request before its operation.
pub struct Event {
    about: Arc<About>,
    body: Bytes,
    rest: vec::IntoIter<BeforeHook>,
    handler: Handler,
}

impl Event {
    pub(super) fn new(about: Arc<About>, body: Bytes, hooks: Vec<BeforeHook>, handler: Handler) -> Self {
        Self { about, body, rest: hooks.into_iter(), handler }
    }

    /// The body as it stands.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Puts another body in its place: later hooks and the operation see that one.
    pub fn set_body(&mut self, body: impl Into<Bytes>) {
        self.body = body.into();
    }

    /// Puts JSON in the body's place.
    ///
    /// # Errors
    ///
    /// A value that JSON cannot hold.
    pub fn set_json(&mut self, value: &impl Serialize) -> Result<(), HookError> {
        self.body = serde_json::to_vec(value)?.into();
        Ok(())
    }

    /// The body read as JSON.
    ///
    /// # Errors
    ///
    /// 400 where it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HookError> {
        serde_json::from_slice(&self.body).map_err(|_| HookError::new("the body is not the JSON that is expected here"))
    }

    /// Runs the hooks that follow, and the operation; gives its answer.
    ///
    /// # Errors
    ///
    /// A later hook's refusal.
    pub async fn next(mut self) -> Outcome {
        match self.rest.next() {
            Some(hook) => hook(self).await,
            None => Ok((self.handler)(self.body).await.into()),
        }
    }
}

impl Deref for Event {
    type Target = About;

    fn deref(&self) -> &About {
        &self.about
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may hold a password.
        f.debug_struct("Event").field("operation", &self.about.operation).finish_non_exhaustive()
    }
}

/// An answer on its way out.
pub struct AfterEvent {
    about: Arc<About>,
    /// The answer, which may be changed.
    pub answer: Answer,
    rest: vec::IntoIter<AfterHook>,
}

impl AfterEvent {
    pub(super) fn new(about: Arc<About>, answer: Answer, hooks: Vec<AfterHook>) -> Self {
        Self { about, answer, rest: hooks.into_iter() }
    }

    /// Whether the operation did what was asked.
    pub fn succeeded(&self) -> bool {
        self.answer.status().is_success()
    }

    /// Runs the hooks that follow; gives the answer as they leave it.
    ///
    /// # Errors
    ///
    /// A later hook's refusal, which takes the answer's place.
    pub async fn next(mut self) -> Outcome {
        match self.rest.next() {
            Some(hook) => hook(self).await,
            None => Ok(self.answer),
        }
    }
}

impl Deref for AfterEvent {
    type Target = About;

    fn deref(&self) -> &About {
        &self.about
    }
}

impl fmt::Debug for AfterEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AfterEvent").field("answer", &self.answer).finish_non_exhaustive()
    }
}

/// An answer: the operation's, or a hook's own.
pub struct Answer(Response<Body>);

impl Answer {
    /// An answer of a hook's own, instead of the operation's.
    ///
    /// # Errors
    ///
    /// A value that JSON cannot hold; a number that is no status.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, HookError> {
        let response = Response::builder().status(status).body(Body::empty())?;
        let mut answer = Self(response);
        answer.set_json(value)?;
        Ok(answer)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The headers, to be changed.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.0.headers_mut()
    }

    /// The body, read to its end once and kept. A body nobody asks for goes out as it comes.
    ///
    /// # Errors
    ///
    /// A body of more than 16 MiB, such as an export's.
    pub async fn body(&mut self) -> Result<Bytes, HookError> {
        let body = std::mem::take(self.0.body_mut());
        let collected = Limited::new(body, ANSWER_BYTES).collect().await;
        let bytes = collected.map_err(|error| HookError::from(std::io::Error::other(error)))?.to_bytes();
        *self.0.body_mut() = Body::from(bytes.clone());
        Ok(bytes)
    }

    /// The body read as JSON.
    ///
    /// # Errors
    ///
    /// As [`Answer::body`], and where it is something else.
    pub async fn value(&mut self) -> Result<Value, HookError> {
        Ok(serde_json::from_slice(&self.body().await?)?)
    }

    /// Puts another body in its place.
    pub fn set_body(&mut self, body: impl Into<Bytes>) {
        self.0.headers_mut().remove(header::CONTENT_LENGTH);
        *self.0.body_mut() = Body::from(body.into());
    }

    /// Puts JSON in the body's place.
    ///
    /// # Errors
    ///
    /// A value that JSON cannot hold.
    pub fn set_json(&mut self, value: &impl Serialize) -> Result<(), HookError> {
        self.set_body(serde_json::to_vec(value)?);
        self.0.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(())
    }

    /// The response as it goes out.
    pub fn into_response(self) -> Response<Body> {
        self.0
    }
}

impl From<Response<Body>> for Answer {
    fn from(response: Response<Body>) -> Self {
        Self(response)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Answer").field(&self.0.status()).finish()
    }
}
