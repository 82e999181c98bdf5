//! A request to the data routes as somebody, with nothing that lasts: for explanations and for tests of a policy.

use axum::body::{Body, Bytes, to_bytes};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use portcullis_engines::{EngineError, Rehearsal, Said, Script};
use portcullis_identity::{IdentityError, TenantSource};
use portcullis_project::{Project, Settings};
use portcullis_query::access::{Caller, EndUser};
use portcullis_web::{ActAs, Cause, State};
use std::{fmt, sync::Arc};

/// Bytes of an answer that are kept.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A request as it would come.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path below the project with its query: `/orders?page=2`.
    pub path: String,
    /// The body, if there is one.
    pub body: Option<Bytes>,
    /// The body's media type; JSON unless it says otherwise.
    pub media_type: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub struct Rehearsed {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// What the database was asked, in order.
    pub statements: Vec<Said>,
    /// What decided, if it was a refusal and more is known than the caller is told.
    pub cause: Option<Cause>,
}

/// Why a request cannot be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// Only the data routes can.
    #[error("only the data routes can be rehearsed; `{0}` is none")]
    NotData(String),
    /// No method or path.
    #[error("`{0}` is no request; write a method and a path, such as GET /orders?page=2")]
    NoRequest(String),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] EngineError),
}

/// A stage on which everything can be tried and nothing is kept.
pub struct Stand {
    state: State,
    /// The stage.
    pub project: Arc<Project>,
    script: Script,
}

impl fmt::Debug for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stand").field("project", &self.project).finish_non_exhaustive()
    }
}

impl Asked {
    /// Takes `GET /orders?page=2` apart.
    ///
    /// # Errors
    ///
    /// [`RehearsalError::NoRequest`].
    pub fn parse(line: &str) -> Result<Self, RehearsalError> {
        let no_request = || RehearsalError::NoRequest(line.to_owned());
        let (method, path) = line.trim().split_once(' ').ok_or_else(no_request)?;
        let method = method.parse::<Method>().map_err(|_| no_request())?;
        let path = path.trim();
        if !path.starts_with('/') || path.contains(|c: char| c.is_whitespace()) {
            return Err(no_request());
        }
        Ok(Self { method, path: path.to_owned(), body: None, media_type: None })
    }
}

impl Stand {
    /// A stand over a stage that is served.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn over(state: &State, project: &Arc<Project>) -> Result<Self, EngineError> {
        let engine = Rehearsal::over(project.engine.clone()).await?;
        let script = engine.script();
        let project = Arc::new(project.rehearsed(Arc::new(engine)));
        Ok(Self { state: state.clone(), project, script })
    }

    /// The same stage under other settings.
    pub(crate) fn supposing(&self, settings: Settings) -> Self {
        let project = Arc::new(self.project.rehearsed_as(self.project.engine.clone(), settings));
        Self { state: self.state.clone(), project, script: self.script.clone() }
    }

    /// The present.
    pub fn now(&self) -> portcullis_base::Timestamp {
        self.state.clock.now()
    }

    /// Whether a user is let into a tenant that they ask for, as with `X-Tenant-ID`. `None` where the tie is kept beside
    /// the tables, or the user may not sign in at all.
    pub(crate) async fn enters(&self, user: &str, tenant: &str) -> Option<bool> {
        let (identity, asks) = (&self.state.identity, EndUser { id: user.to_owned(), ..EndUser::default() });
        let ties = identity.my_tenants(&self.project, &asks).await.ok()?;
        if ties.iter().any(|tie| tie.id == tenant && tie.source == TenantSource::Store) {
            return None;
        }
        match identity.standing(&self.project, user, Some(tenant), self.now()).await {
            Ok(entered) => Some(entered.tenant.as_deref() == Some(tenant)),
            Err(IdentityError::NotAMember) => Some(false),
            Err(_) => None,
        }
    }

    /// Answers a request of `caller` through the real router, and takes back whatever it wrote.
    ///
    /// # Errors
    ///
    /// The request is for something other than data.
    pub async fn rehearse(&self, caller: &Caller, asked: &Asked) -> Result<Rehearsed, RehearsalError> {
        self.rehearse_with(caller, asked, &[]).await
    }

    /// As [`Stand::rehearse`], with further headers.
    ///
    /// # Errors
    ///
    /// As [`Stand::rehearse`].
    pub async fn rehearse_with(
        &self,
        caller: &Caller,
        asked: &Asked,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Result<Rehearsed, RehearsalError> {
        let path = asked.path.split(['?', '#']).next().unwrap_or_default();
        let data = path.strip_prefix("/api").filter(|rest| rest.starts_with('/')).unwrap_or(path);
        let first = data.trim_start_matches('/').split('/').next().unwrap_or_default();
        if first.is_empty() || matches!(first, "auth" | "v1" | ".well-known" | "swagger") {
            return Err(RehearsalError::NotData(asked.path.clone()));
        }
        let base = format!("/p/{}@{}", self.project.slug, self.project.stage);
        let no_request = |_| RehearsalError::NoRequest(format!("{} {}", asked.method, asked.path));
        let mut request = Request::builder()
            .method(asked.method.clone())
            .uri(format!("{base}{}", asked.path))
            .body(asked.body.clone().map_or_else(Body::empty, Body::from))
            .map_err(no_request)?;
        if asked.body.is_some() {
            let kind = asked.media_type.as_deref().unwrap_or("application/json");
            let kind = HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static("application/json"));
            request.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        request.headers_mut().extend(headers.iter().cloned());
        request.extensions_mut().insert(ActAs(caller.clone()));
        self.script.take();
        let tail = path.to_owned();
        let response = crate::handle(&self.state, self.project.clone(), &base, &tail, request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, ANSWER_BYTES).await.unwrap_or_default();
        let cause = parts.extensions.get::<Cause>().cloned();
        let statements = self.script.take();
        Ok(Rehearsed { status: parts.status, headers: parts.headers, body, statements, cause })
    }
}
