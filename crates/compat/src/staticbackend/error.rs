//! Refusals as StaticBackend writes them: a status and a line of plain text. Clients look at the status only and show the
//! text.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_documents::DocumentsError;
use portcullis_identity::IdentityError;
use portcullis_web::ApiError;

/// Why a call was refused.
#[derive(Debug)]
pub enum Refused {
    /// There is no such route.
    NotFound,
    /// The route does not know this method.
    Method,
    /// A status and its text.
    Plain(StatusCode, String),
    /// The same, to be tried again later.
    Later(StatusCode, String, Option<u32>),
}

impl Refused {
    /// 400.
    pub fn bad(text: &str) -> Self {
        Self::Plain(StatusCode::BAD_REQUEST, text.to_owned())
    }

    /// Another status.
    pub fn new(status: StatusCode, text: &str) -> Self {
        Self::Plain(status, text.to_owned())
    }

    /// 401 for calls that need a token and have none.
    pub fn no_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "missing authorization HTTP header")
    }

    /// The answer.
    pub fn into_response(self) -> Response<Body> {
        let (status, text, retry) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found".to_owned(), None),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "this method does not work here".to_owned(), None),
            Self::Plain(status, text) => (status, text, None),
            Self::Later(status, text, retry) => (status, text, retry),
        };
        let mut response = Response::new(Body::from(format!("{text}\n")));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Later(error.status, error.title, error.retry_after_s)
    }
}

impl From<IdentityError> for Refused {
    fn from(error: IdentityError) -> Self {
        use IdentityError as E;
        use StatusCode as S;
        let text = error.to_string();
        let status = match error {
            E::InvalidCredentials => return Self::new(S::UNAUTHORIZED, "invalid email/password"),
            // On a call with a session token this is a 400 of theirs, not a 401.
            E::Unauthenticated | E::BadCredentials(_) | E::SessionEnded { .. } => {
                return Self::bad("error validating auth key: it is not known, or has run out");
            }
            E::EmailTaken => return Self::bad("email already in use"),
            E::InvalidToken | E::WrongCode => return Self::bad("invalid code"),
            E::FactorLocked { retry_after_s } => {
                return Self::Later(S::TOO_MANY_REQUESTS, "maximum retry reached".to_owned(), retry_after_s);
            }
            E::Locked { retry_after_s } => return Self::Later(S::TOO_MANY_REQUESTS, text, Some(retry_after_s)),
            E::RateLimited(state) => return Self::Later(S::TOO_MANY_REQUESTS, text, Some(state.reset_in_s)),
            E::Busy => return Self::Later(S::SERVICE_UNAVAILABLE, text, Some(1)),
            E::Invalid { code: "invalid_email", .. } => return Self::bad("invalid email"),
            E::Invalid { .. } | E::PasswordTooLong { .. } | E::RedirectRefused => S::BAD_REQUEST,
            E::NotConfigured | E::MailNotConfigured => S::NOT_IMPLEMENTED,
            E::SwitchedOff(_) | E::Forbidden | E::ReadOnly | E::NotAMember | E::InvitationRequired => S::FORBIDDEN,
            E::Conflict { .. } => S::CONFLICT,
            E::EmailNotVerified
            | E::MfaRequired { .. }
            | E::InvalidMfaToken
            | E::InvalidRefreshToken
            | E::RefreshTokenReused => S::UNAUTHORIZED,
            E::NotFound => S::NOT_FOUND,
            // None of these flows is reached by a call of this surface; the core's own words for them are still right.
            E::Factor(_)
            | E::Passkey(_)
            | E::Social(_)
            | E::Link(_)
            | E::Directory(_)
            | E::Store(_)
            | E::Internal(_) => {
                return ApiError::from(error).into();
            }
        };
        Self::Plain(status, text)
    }
}

impl From<DocumentsError> for Refused {
    fn from(error: DocumentsError) -> Self {
        use DocumentsError as E;
        use StatusCode as S;
        let text = error.to_string();
        let status = match error {
            E::Unauthenticated => return Self::no_token(),
            E::NotAnObject => return Self::bad("invalid body"),
            E::Forbidden => S::FORBIDDEN,
            E::NotFound => S::NOT_FOUND,
            E::InvalidName(_) | E::InvalidQuery { .. } | E::NotANumber(_) => S::BAD_REQUEST,
            E::TooMany { .. } | E::TooLarge => S::PAYLOAD_TOO_LARGE,
            E::Full { .. } => S::INSUFFICIENT_STORAGE,
            E::Store(_) => return ApiError::from(error).into(),
        };
        Self::Plain(status, text)
    }
}
