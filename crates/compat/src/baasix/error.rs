//! Refusals in the two shapes of Baasix: `{"message"}` on its auth routes, `{"error":{..}}` everywhere else.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_identity::IdentityError;
use portcullis_query::{access::Action, plan::PlanError, request::RequestError};
use portcullis_records::RecordsError;
use portcullis_web::{ApiError, json};
use serde_json::{Map, Value, json as value};

/// A refusal on its way out.
#[derive(Debug)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    shape: Shape,
    retry_after_s: Option<u32>,
}

#[derive(Debug)]
enum Shape {
    /// `{"message": ..}` and further members.
    Message(Map<String, Value>),
    /// `{"error": {"message", "details", "statusCode"}}`
    Error { message: String, details: Option<String> },
}

impl Refused {
    /// The shape of the auth routes.
    pub fn message(status: StatusCode, message: impl Into<String>) -> Self {
        let members = Map::from_iter([("message".to_owned(), Value::String(message.into()))]);
        Self { status, shape: Shape::Message(members), retry_after_s: None }
    }

    /// 400 in the shape of the auth routes.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::message(StatusCode::BAD_REQUEST, message)
    }

    /// The shape of everything else.
    pub fn error(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, shape: Shape::Error { message: message.into(), details: None }, retry_after_s: None }
    }

    /// 401 of the auth routes.
    pub fn unauthorized() -> Self {
        Self::message(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    /// 403 for what is an administrator's.
    pub fn administrators_only() -> Self {
        Self::error(StatusCode::FORBIDDEN, "Access denied. Administrators only.")
    }

    /// 404 of a route there is not.
    pub fn no_route() -> Self {
        Self::error(StatusCode::NOT_FOUND, "Route not found")
    }

    /// 404 of a collection that is not served.
    pub fn no_model(name: &str) -> Self {
        Self::error(StatusCode::NOT_FOUND, format!("Model {name} not found"))
    }

    /// 403 where a row is missing or not the caller's: one answer for both. SEC-35.
    pub fn no_item(action: Action) -> Self {
        let word = action.word();
        Self::error(StatusCode::FORBIDDEN, format!("Item not found or you don't have permission to {word} it"))
    }

    /// 403 without a permission.
    pub fn no_permission(action: Action, collection: &str) -> Self {
        let message = match action {
            Action::Read => format!("You don't have permission to read items in '{collection}'"),
            Action::Create | Action::Update | Action::Delete => {
                format!("You don't have permission to {} this item", action.word())
            }
        };
        Self::error(StatusCode::FORBIDDEN, message)
    }

    /// The same with a further member, on the auth routes.
    #[must_use]
    pub fn with(mut self, name: &str, member: impl Into<Value>) -> Self {
        if let Shape::Message(members) = &mut self.shape {
            members.insert(name.to_owned(), member.into());
        }
        self
    }

    /// The same with a text for people who look closer.
    #[must_use]
    pub fn details(mut self, text: impl Into<String>) -> Self {
        if let Shape::Error { details, .. } = &mut self.shape {
            *details = Some(text.into());
        }
        self
    }

    /// The same refusal outside of the auth routes.
    #[must_use]
    pub fn outside_auth(self) -> Self {
        let retry_after_s = self.retry_after_s;
        match &self.shape {
            Shape::Message(_) => Self { retry_after_s, ..Self::error(self.status, self.text()) },
            Shape::Error { .. } => self,
        }
    }

    /// What it says, for a place where no body stands.
    pub fn text(&self) -> &str {
        match &self.shape {
            Shape::Message(members) => members.get("message").and_then(Value::as_str).unwrap_or_default(),
            Shape::Error { message, .. } => message,
        }
    }

    fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The answer.
    pub fn into_response(self) -> Response<Body> {
        let body = match self.shape {
            Shape::Message(members) => Value::Object(members),
            Shape::Error { message, details } => {
                value!({"error": {"message": message, "details": details, "statusCode": self.status.as_u16()}})
            }
        };
        let mut response = json(self.status, body.to_string());
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What the auth routes answer; what nobody foresaw is in the other shape.
impl From<IdentityError> for Refused {
    fn from(error: IdentityError) -> Self {
        use IdentityError as E;
        use StatusCode as S;
        let text = error.to_string();
        match error {
            E::InvalidCredentials => Self::bad("Incorrect password."),
            E::Unauthenticated
            | E::BadCredentials(_)
            | E::InvalidRefreshToken
            | E::RefreshTokenReused
            | E::SessionEnded { .. } => Self::unauthorized(),
            E::EmailNotVerified => {
                let message = "Email not verified. Please verify your email before logging in.";
                Self::message(S::FORBIDDEN, message).with("requiresEmailVerification", true)
            }
            E::EmailTaken => Self::bad("User already exists"),
            E::SwitchedOff(_) => Self::message(S::FORBIDDEN, "Registration is disabled"),
            E::InvalidToken | E::WrongCode | E::InvalidMfaToken => Self::bad("Invalid or expired token"),
            E::RedirectRefused => Self::bad("Invalid link"),
            E::Invalid { code: "password_too_short", .. } => Self::bad("Password must be at least 8 characters"),
            E::Invalid { code: "invalid_email", .. } => Self::bad("Invalid email address"),
            E::Invalid { code: "duplicate", .. } => Self::message(S::CONFLICT, "Unique constraint violation"),
            E::Invalid { message, .. } => Self::bad(message),
            E::PasswordTooLong { .. } => Self::bad("Password must be at most 128 characters"),
            E::Locked { retry_after_s } => Self::message(S::TOO_MANY_REQUESTS, text).retry_after(retry_after_s),
            E::RateLimited(state) => Self::error(S::TOO_MANY_REQUESTS, "Too many requests, please try again later.")
                .retry_after(state.reset_in_s),
            E::FactorLocked { retry_after_s } => {
                let refused = Self::message(S::TOO_MANY_REQUESTS, text);
                match retry_after_s {
                    Some(seconds) => refused.retry_after(seconds),
                    None => refused,
                }
            }
            E::MfaRequired { ticket, factors } => {
                Self::message(S::FORBIDDEN, text).with("mfa_token", ticket).with("factors", factors)
            }
            E::NotConfigured | E::MailNotConfigured => Self::error(S::NOT_IMPLEMENTED, text),
            E::Forbidden | E::ReadOnly => Self::error(S::FORBIDDEN, text),
            E::NotFound => Self::message(S::NOT_FOUND, "User not found"),
            E::NotAMember => Self::message(S::FORBIDDEN, "Access denied for specified tenant"),
            E::InvitationRequired => Self::bad("Tenant information is required for registration"),
            E::Conflict { message, .. } => Self::bad(message),
            E::Factor(_) | E::Passkey(_) => Self::bad(text),
            E::Social(_) => Self::bad(text),
            E::Link(_) => Self::message(S::FORBIDDEN, text),
            E::Busy => Self::error(S::SERVICE_UNAVAILABLE, text).retry_after(1),
            E::Directory(error) => RecordsError::Database(error).into(),
            E::Store(error) => {
                tracing::error!(%error, "The control store did not answer a question about identity");
                Self::error(S::SERVICE_UNAVAILABLE, "Service unavailable").retry_after(1)
            }
            E::Internal(cause) => {
                tracing::error!(cause, "Something of ours is wrong");
                Self::error(S::INTERNAL_SERVER_ERROR, "Internal server error")
            }
        }
    }
}

/// What the items answer, apart from what [`of_items`] says better.
impl From<RecordsError> for Refused {
    fn from(error: RecordsError) -> Self {
        use RecordsError as E;
        use StatusCode as S;
        let text = error.to_string();
        if let E::Database(_) = &error {
            return of_database(&error);
        }
        match error {
            E::Plan(error) => error.into(),
            E::NotFound => Self::no_item(Action::Read),
            E::OutOfScope => Self::error(S::FORBIDDEN, text),
            E::Stale { .. } => Self::error(S::PRECONDITION_FAILED, text),
            E::Duplicate { .. } => Self::error(S::CONFLICT, "Unique constraint violation").details(text),
            E::ForeignKey { .. } => Self::error(S::CONFLICT, "Foreign key constraint violation").details(text),
            E::NotNull { .. } => Self::error(S::BAD_REQUEST, "Required field missing").details(text),
            E::Check { .. } | E::InvalidValue { .. } => Self::error(S::BAD_REQUEST, text),
            E::TooManyRows { .. } => Self::error(S::UNPROCESSABLE_ENTITY, text),
            E::Operation { error, .. } => (*error).into(),
            E::Invalid { code: "missing_column", .. } => {
                Self::error(S::BAD_REQUEST, "Required field missing").details(text)
            }
            E::Invalid { .. } => Self::error(S::BAD_REQUEST, text),
            E::Database(_) => Self::error(S::INTERNAL_SERVER_ERROR, "Internal server error"),
        }
    }
}

fn of_database(error: &RecordsError) -> Refused {
    use StatusCode as S;
    match error.code() {
        "database_unavailable" | "database_timeout" | "conflict" => {
            Refused::error(S::SERVICE_UNAVAILABLE, "Service unavailable").retry_after(1)
        }
        "database_denied" | "database_read_only" => Refused::error(S::FORBIDDEN, "The database does not allow this"),
        "unsupported" => Refused::error(S::NOT_IMPLEMENTED, "Not possible on this database engine"),
        _ => {
            tracing::error!(%error, "The database did not do what was asked");
            Refused::error(S::INTERNAL_SERVER_ERROR, "Internal server error")
        }
    }
}

impl From<PlanError> for Refused {
    fn from(error: PlanError) -> Self {
        use StatusCode as S;
        let text = error.to_string();
        match error {
            PlanError::Refused { .. } => Self::error(S::FORBIDDEN, "You don't have permission to do this"),
            PlanError::NoSuchKey { .. } => Self::no_item(Action::Read),
            PlanError::ForbiddenValue { message, .. } => Self::error(S::FORBIDDEN, message),
            PlanError::ReadOnly { .. } => Self::error(S::METHOD_NOT_ALLOWED, text),
            PlanError::Unsupported { .. } => Self::error(S::NOT_IMPLEMENTED, text),
            PlanError::Invalid { code: "missing_column" | "null_not_allowed", .. } => {
                Self::error(S::BAD_REQUEST, "Required field missing").details(text)
            }
            PlanError::Request(_)
            | PlanError::UnknownColumn { .. }
            | PlanError::UnknownRelationship { .. }
            | PlanError::InvalidValue { .. }
            | PlanError::WrongOperation { .. }
            | PlanError::Invalid { .. }
            | PlanError::Limit { .. }
            | PlanError::NoKey { .. } => Self::error(S::BAD_REQUEST, text),
        }
    }
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        Self::error(StatusCode::BAD_REQUEST, error.message).details(error.place)
    }
}

/// Bodies and paths that cannot be read.
impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::error(error.status, error.title)
    }
}
