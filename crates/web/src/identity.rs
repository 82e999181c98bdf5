//! Refusals of the identity room as answers, and the headers of limits. SEC-66.

use crate::{ApiError, Cause, Problem};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use portcullis_identity::{
    IdentityError, LimitState,
    methods::{
        FactorError,
        oauth::{LinkRefusal, OAuthError},
        passkey::PasskeyError,
    },
};
use portcullis_records::RecordsError;

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        use IdentityError as E;
        use StatusCode as S;
        let (code, title) = (error.code(), error.to_string());
        let status = match error {
            E::InvalidCredentials | E::InvalidRefreshToken | E::RefreshTokenReused | E::SessionEnded { .. } => {
                S::UNAUTHORIZED
            }
            E::Unauthenticated => return Self::unauthenticated(),
            E::BadCredentials(fault) => {
                return Self::unauthenticated().because(Cause::Credentials(fault.to_string()));
            }
            E::NotConfigured | E::MailNotConfigured => S::NOT_IMPLEMENTED,
            E::SwitchedOff(_)
            | E::EmailNotVerified
            | E::Forbidden
            | E::ReadOnly
            | E::NotAMember
            | E::InvitationRequired => S::FORBIDDEN,
            E::MfaRequired { ticket, factors } => {
                let public = Self::new(S::FORBIDDEN, code, title);
                return public.with_member("mfa_token", ticket).with_member("factors", factors);
            }
            E::Locked { retry_after_s } => {
                return Self::new(S::TOO_MANY_REQUESTS, code, title).retry_after(retry_after_s);
            }
            E::RateLimited(state) => {
                let public = Self::new(S::TOO_MANY_REQUESTS, code, title).with_limit(state);
                return public.retry_after(state.reset_in_s);
            }
            E::Busy => return Self::unavailable(code, title),
            E::Store(error) => {
                tracing::error!(%error, "The control store did not answer a question about identity");
                return Self::unavailable(code, "the node's own store does not answer");
            }
            E::EmailTaken | E::Conflict { .. } => S::CONFLICT,
            E::Invalid { field, code, message } => {
                let status = if code == "duplicate" { S::CONFLICT } else { S::BAD_REQUEST };
                let mut public = Self::new(status, code, message.clone());
                public.errors.push(Problem { place: format!("/{field}"), code: code.to_owned(), message });
                return public;
            }
            E::PasswordTooLong { .. } => S::UNPROCESSABLE_ENTITY,
            E::InvalidToken | E::RedirectRefused => S::BAD_REQUEST,
            E::WrongCode | E::InvalidMfaToken => S::UNAUTHORIZED,
            E::FactorLocked { retry_after_s } => {
                let mut public = Self::new(S::TOO_MANY_REQUESTS, code, title);
                public.retry_after_s = retry_after_s;
                return public;
            }
            E::Factor(error) => factor(&error),
            E::Passkey(error) => passkey(&error),
            E::Social(error) => {
                tracing::warn!(code, detail = error.detail(), "A social login was refused");
                let mut public = Self::new(social(&error), code, title);
                public.retry_after_s = matches!(error, OAuthError::Unavailable(_)).then_some(5);
                return public;
            }
            E::Link(LinkRefusal::Inactive) => S::UNAUTHORIZED,
            E::Link(LinkRefusal::LinkedToAnother) => S::CONFLICT,
            E::Link(
                LinkRefusal::AddressNotVouchedFor | LinkRefusal::LocalAddressUnverified | LinkRefusal::AmbiguousAddress,
            ) => S::FORBIDDEN,
            E::NotFound => S::NOT_FOUND,
            E::Directory(error) => return RecordsError::Database(error).into(),
            E::Internal(cause) => return Self::internal(&cause),
        };
        Self::new(status, code, title)
    }
}

const fn factor(error: &FactorError) -> StatusCode {
    match error {
        FactorError::AlreadyEnrolled | FactorError::NotEnrolled | FactorError::NothingToRecover => StatusCode::CONFLICT,
        FactorError::UnusableName => StatusCode::BAD_REQUEST,
        FactorError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const fn passkey(error: &PasskeyError) -> StatusCode {
    use PasskeyError as E;
    match error {
        E::NotConfigured => StatusCode::NOT_IMPLEMENTED,
        E::CeremonyOver | E::Malformed | E::InvalidName => StatusCode::BAD_REQUEST,
        E::Refused | E::CounterWentBack => StatusCode::UNAUTHORIZED,
        E::AlreadyRegistered => StatusCode::CONFLICT,
        E::TooMany { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        E::NotFound => StatusCode::NOT_FOUND,
        E::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const fn social(error: &OAuthError) -> StatusCode {
    use OAuthError as E;
    match error {
        E::UnknownProvider(_) => StatusCode::NOT_FOUND,
        E::Misconfigured(_) => StatusCode::INTERNAL_SERVER_ERROR,
        E::InvalidState => StatusCode::BAD_REQUEST,
        E::Denied => StatusCode::FORBIDDEN,
        E::Refused(_) | E::Unacceptable(_) => StatusCode::BAD_GATEWAY,
        E::Unavailable(_) | E::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Writes how a limit stands; one that is written already is the nearer one.
pub fn write_limit(state: &LimitState, refused: bool, headers: &mut HeaderMap) {
    const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
    if headers.contains_key(&LIMIT) {
        return;
    }
    let LimitState { limit, count, window_s, remaining, reset_at_s, reset_in_s } = state;
    let numbers = [
        (LIMIT, i64::from(*count)),
        (HeaderName::from_static("x-ratelimit-remaining"), i64::from(*remaining)),
        (HeaderName::from_static("x-ratelimit-reset"), *reset_at_s),
    ];
    for (name, number) in numbers {
        headers.insert(name, HeaderValue::from(number));
    }
    if refused {
        let name = limit.word();
        let texts = [
            (HeaderName::from_static("ratelimit"), format!("\"{name}\";r={remaining};t={reset_in_s}")),
            (HeaderName::from_static("ratelimit-policy"), format!("\"{name}\";q={count};w={window_s}")),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        }
    }
}
