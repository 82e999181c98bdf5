//! Errors as problem documents: RFC 9457 members plus `code`, `message`, `errors` and `request_id`. SEC-62.

use crate::Cause;
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_documents::DocumentsError;
use portcullis_engines::EngineError;
use portcullis_identity::LimitState;
use portcullis_query::{JsonError, access::RefusalKind, plan::PlanError, write_json_string};
use portcullis_records::RecordsError;

/// A refusal on its way out.
#[derive(Debug)]
pub struct ApiError {
    /// The status.
    pub status: StatusCode,
    /// Stable and documented.
    pub code: &'static str,
    /// The whole sentence, with its suggestion.
    pub title: String,
    /// What is wrong where.
    pub errors: Vec<Problem>,
    /// The row as it is now, for 412.
    pub current: Option<Vec<u8>>,
    /// When to try again. Seconds.
    pub retry_after_s: Option<u32>,
    /// What only few refusals have.
    more: Option<Box<More>>,
}

/// Boxed, so that every other refusal stays small.
#[derive(Debug, Default)]
struct More {
    /// The methods there are, for 405.
    allow: Option<&'static str>,
    /// The limit that was reached, for 429.
    limit: Option<LimitState>,
    /// The code of an embedding program, instead of ours.
    code: Option<String>,
    /// What decided: for operators alone.
    cause: Option<Cause>,
    /// Further members of the document.
    members: Vec<(&'static str, serde_json::Value)>,
}

/// One thing that is wrong.
#[derive(Debug)]
pub struct Problem {
    /// A JSON pointer into the body, or the name of a parameter.
    pub place: String,
    /// As [`ApiError::code`].
    pub code: String,
    /// What was wrong and what would be right.
    pub message: String,
}

impl ApiError {
    /// A refusal with its stable code and its sentence.
    pub fn new(status: StatusCode, code: &'static str, title: impl Into<String>) -> Self {
        Self { status, code, title: title.into(), errors: Vec::new(), current: None, retry_after_s: None, more: None }
    }

    /// The same with the seconds after which to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The same with the limit that was reached.
    #[must_use]
    pub fn with_limit(mut self, limit: LimitState) -> Self {
        self.more.get_or_insert_default().limit = Some(limit);
        self
    }

    /// The same with a further member of the document.
    #[must_use]
    pub fn with_member(mut self, name: &'static str, value: impl Into<serde_json::Value>) -> Self {
        self.more.get_or_insert_default().members.push((name, value.into()));
        self
    }

    /// The same with a code that an embedding program made up.
    #[must_use]
    pub fn with_code(mut self, code: String) -> Self {
        self.more.get_or_insert_default().code = Some(code);
        self
    }

    /// The same with what decided, which the caller is not told.
    #[must_use]
    pub fn because(mut self, cause: Cause) -> Self {
        self.more.get_or_insert_default().cause = Some(cause);
        self
    }

    /// What decided, where more is known than the caller is told.
    pub fn cause(&self) -> Option<&Cause> {
        self.more.as_ref()?.cause.as_ref()
    }

    /// 401, in one wording for no, bad and foreign credentials.
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "valid credentials are needed here")
    }

    /// 404 for a table or route, the same whether it does not exist or is not served. SEC-48.
    pub fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
    }

    /// 405 with the methods there are.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let mut error = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("this method does not work here; use {allow}"),
        );
        error.more.get_or_insert_default().allow = Some(allow);
        error
    }

    /// 500 with nothing but its request id; the cause goes to the log.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "A request failed for a reason of ours");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong on our side")
    }

    /// 503, to be tried again.
    pub fn unavailable(code: &'static str, title: impl Into<String>) -> Self {
        Self { retry_after_s: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, title) }
    }

    /// The problem document.
    pub fn into_response(self, request_id: &str) -> Response<Body> {
        let mut body = Vec::with_capacity(256);
        let text = |key: &str, value: &str, body: &mut Vec<u8>| {
            body.extend_from_slice(key.as_bytes());
            write_json_string(value.as_bytes(), body);
        };
        let code = self.more.as_ref().and_then(|more| more.code.as_deref()).unwrap_or(self.code);
        text("{\"type\":", &format!("urn:portcullis:error:{code}"), &mut body);
        text(",\"title\":", &self.title, &mut body);
        body.extend_from_slice(format!(",\"status\":{}", self.status.as_u16()).as_bytes());
        text(",\"code\":", code, &mut body);
        text(",\"message\":", &self.title, &mut body);
        if !self.errors.is_empty() {
            body.extend_from_slice(b",\"errors\":[");
            for (at, problem) in self.errors.iter().enumerate() {
                if at > 0 {
                    body.push(b',');
                }
                let key =
                    if problem.place.is_empty() || problem.place.starts_with('/') { "pointer" } else { "parameter" };
                text(&format!("{{\"{key}\":"), &problem.place, &mut body);
                text(",\"code\":", &problem.code, &mut body);
                text(",\"message\":", &problem.message, &mut body);
                body.push(b'}');
            }
            body.push(b']');
        }
        if let Some(current) = &self.current {
            body.extend_from_slice(b",\"current\":");
            body.extend_from_slice(current);
        }
        for (name, value) in self.more.iter().flat_map(|more| &more.members) {
            body.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
        }
        text(",\"request_id\":", request_id, &mut body);
        body.push(b'}');
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        if let Some(cause) = self.more.as_ref().and_then(|more| more.cause.clone()) {
            response.extensions_mut().insert(cause);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"portcullis\""));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(limit) = self.more.as_ref().and_then(|more| more.limit.as_ref()) {
            crate::write_limit(limit, true, headers);
        }
        if let Some(allow) = self.more.as_ref().and_then(|more| more.allow) {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

impl From<JsonError> for ApiError {
    fn from(error: JsonError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_json", format!("the body is not valid JSON: {error}"))
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        use PlanError as E;
        let cause = Cause::of(&error);
        let status = match &error {
            E::Refused { refusal, .. } => match refusal.kind {
                RefusalKind::Unauthenticated => {
                    let mut public = Self::unauthenticated();
                    public.more.get_or_insert_default().cause = cause;
                    return public;
                }
                RefusalKind::Forbidden | RefusalKind::NoTenant => StatusCode::FORBIDDEN,
            },
            E::ForbiddenValue { .. } => StatusCode::FORBIDDEN,
            E::NoSuchKey { .. } => return RecordsError::NotFound.into(),
            E::ReadOnly { .. } => StatusCode::METHOD_NOT_ALLOWED,
            E::Unsupported { .. } => StatusCode::NOT_IMPLEMENTED,
            E::Request(_)
            | E::UnknownColumn { .. }
            | E::UnknownRelationship { .. }
            | E::InvalidValue { .. }
            | E::WrongOperation { .. }
            | E::Invalid { .. }
            | E::Limit { .. } => StatusCode::BAD_REQUEST,
            // A table whose rows cannot be named has no such routes.
            E::NoKey { .. } => StatusCode::NOT_FOUND,
        };
        let mut public = Self::new(status, error.code(), error.to_string());
        if let Some(cause) = cause {
            public = public.because(cause);
        }
        if matches!(error, E::ReadOnly { .. }) {
            public.more.get_or_insert_default().allow = Some("GET, HEAD");
        }
        if let Some(place) = error.place() {
            public.errors.push(Problem {
                place: place.to_owned(),
                code: error.code().to_owned(),
                message: error.to_string(),
            });
        }
        public
    }
}

impl From<DocumentsError> for ApiError {
    fn from(error: DocumentsError) -> Self {
        use DocumentsError as E;
        let (code, title) = (error.code(), error.to_string());
        let status = match error {
            E::Unauthenticated => return Self::unauthenticated(),
            E::Forbidden => StatusCode::FORBIDDEN,
            E::NotFound => StatusCode::NOT_FOUND,
            E::InvalidName(_) | E::NotAnObject | E::NotANumber(_) => StatusCode::BAD_REQUEST,
            E::InvalidQuery { place, message } => {
                let mut public = Self::new(StatusCode::BAD_REQUEST, code, title);
                // Clauses have numbers, parameters names.
                let place = if place.is_empty() || place.starts_with('/') { format!("/where{place}") } else { place };
                public.errors.push(Problem { place, code: code.to_owned(), message });
                return public;
            }
            E::TooMany { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            E::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
            E::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            E::Store(error) => {
                tracing::error!(%error, "The control store did not answer a question about documents");
                return Self::unavailable(code, "the node's own store does not answer");
            }
        };
        Self::new(status, code, title)
    }
}

impl From<RecordsError> for ApiError {
    fn from(error: RecordsError) -> Self {
        use RecordsError as E;
        let (code, title) = (error.code(), error.to_string());
        match error {
            E::Plan(error) => error.into(),
            E::NotFound => Self::new(StatusCode::NOT_FOUND, code, title),
            E::OutOfScope => Self::new(StatusCode::FORBIDDEN, code, title),
            E::Stale { current } => {
                Self { current: Some(current), ..Self::new(StatusCode::PRECONDITION_FAILED, code, title) }
            }
            E::Duplicate { columns } | E::ForeignKey { columns, .. } => {
                let mut public = Self::new(StatusCode::CONFLICT, code, title.clone());
                public.errors = columns
                    .iter()
                    .map(|column| Problem {
                        place: format!("/{column}"),
                        code: code.to_owned(),
                        message: title.clone(),
                    })
                    .collect();
                public
            }
            E::NotNull { column } | E::InvalidValue { column } | E::Check { name: column } => {
                let mut public = Self::new(StatusCode::BAD_REQUEST, code, title.clone());
                public.errors = column
                    .into_iter()
                    .map(|column| Problem {
                        place: format!("/{column}"),
                        code: code.to_owned(),
                        message: title.clone(),
                    })
                    .collect();
                public
            }
            E::TooManyRows { .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title),
            E::Operation { index, error } => {
                let mut public = Self::from(*error);
                let place = format!("/operations/{index}");
                for problem in &mut public.errors {
                    problem.place = format!("{place}/body{}", problem.place);
                }
                public.errors.insert(0, Problem { place, code: code.to_owned(), message: title });
                public
            }
            E::Invalid { place, .. } => {
                let mut public = Self::new(StatusCode::BAD_REQUEST, code, title.clone());
                public.errors.push(Problem { place, code: code.to_owned(), message: title });
                public
            }
            E::Database(error) => database(&error, code, title),
        }
    }
}

fn database(error: &EngineError, code: &'static str, title: String) -> ApiError {
    use EngineError as E;
    match error {
        E::Serialization => ApiError::new(StatusCode::CONFLICT, code, title),
        E::Timeout | E::Unavailable { .. } | E::Drift { .. } => ApiError::unavailable(code, title),
        E::DiskFull => {
            ApiError { retry_after_s: Some(10), ..ApiError::new(StatusCode::INSUFFICIENT_STORAGE, code, title) }
        }
        E::Unsupported { .. } => ApiError::new(StatusCode::NOT_IMPLEMENTED, code, title),
        E::Denied | E::ReadOnly => ApiError::new(StatusCode::FORBIDDEN, code, title),
        E::UniqueViolation { .. }
        | E::ForeignKeyViolation { .. }
        | E::NotNull { .. }
        | E::Check { .. }
        | E::InvalidValue { .. }
        | E::Url(_)
        | E::Other { .. } => ApiError::internal(&error.cause().unwrap_or(&title)),
    }
}
