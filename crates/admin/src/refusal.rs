//! Which status each refusal of the rooms below has here.

use http::StatusCode;
use portcullis_control::{ControlError, operators::OperatorError};
use portcullis_identity::IdentityError;
use portcullis_web::{ApiError, Problem};

/// A refusal of the operators' use-cases.
pub fn of_operators(error: OperatorError) -> ApiError {
    use OperatorError as E;
    let (code, title) = (error.code(), error.to_string());
    let field = |place: &str| {
        let mut refused = ApiError::new(StatusCode::BAD_REQUEST, code, title.clone());
        let (place, code) = (place.to_owned(), code.to_owned());
        refused.errors.push(Problem { place, code, message: title.clone() });
        refused
    };
    match &error {
        E::InvalidCredentials | E::InvalidToken | E::RefreshTokenReused | E::SessionClosed | E::InvalidSetupToken => {
            ApiError::new(StatusCode::UNAUTHORIZED, code, title)
        }
        // No 401: the caller is signed in, and a client must not take it for the end of the session.
        E::WrongPassword => field("/current_password"),
        E::TooManyAttempts { retry_after_s } => {
            let mut refused = ApiError::new(StatusCode::TOO_MANY_REQUESTS, code, title);
            refused.retry_after_s = Some(*retry_after_s);
            refused
        }
        E::InvalidEmail(_) => field("/email"),
        E::WeakPassword(_) => ApiError::new(StatusCode::BAD_REQUEST, code, title),
        E::Taken(_) => ApiError::new(StatusCode::CONFLICT, code, title),
        E::Unknown(_) => ApiError::new(StatusCode::NOT_FOUND, code, title),
        E::Busy => ApiError::unavailable(code, title),
        E::Store(cause) => store(cause),
    }
}

/// A refusal of the use-cases on projects.
pub fn of_control(error: ControlError) -> ApiError {
    use ControlError as E;
    match &error {
        E::UnknownProject { .. }
        | E::UnknownStage { .. }
        | E::NoProjects
        | E::UnknownTable { .. }
        | E::UnknownBuild(_) => ApiError::new(StatusCode::NOT_FOUND, "not_found", error.to_string()),
        E::WhichProject(_) | E::BadName { .. } | E::Settings(_) => {
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", error.to_string())
        }
        E::OtherDatabase { .. } => ApiError::new(StatusCode::CONFLICT, "conflict", error.to_string()),
        E::NotSynced(slug) => {
            ApiError::new(StatusCode::CONFLICT, "not_synced", format!("project `{slug}` has not been synced yet"))
        }
        E::Database { .. } => ApiError::unavailable("database_unavailable", error.to_string()),
        E::Declared(_) => ApiError::new(StatusCode::BAD_REQUEST, "invalid_schema", error.to_string()),
        E::NeedsConfirmation(_) => ApiError::new(StatusCode::CONFLICT, "needs_confirmation", error.to_string()),
        E::NotManaged(_) => ApiError::new(StatusCode::CONFLICT, "not_managed", error.to_string()),
        E::Restructure { .. } => ApiError::new(StatusCode::CONFLICT, "structure_refused", error.to_string()),
        E::Store(cause) => store(cause),
    }
}

/// A refusal of identity. No 401 comes of it: the operator is signed in, whatever a user may be.
pub fn of_identity(error: IdentityError) -> ApiError {
    use IdentityError as E;
    let (code, title) = (error.code(), error.to_string());
    let with = |status| ApiError::new(status, code, title.clone());
    match &error {
        E::NotConfigured | E::MailNotConfigured => with(StatusCode::NOT_IMPLEMENTED),
        E::NotFound => ApiError::no_such_route(),
        E::EmailTaken | E::Conflict { .. } => with(StatusCode::CONFLICT),
        E::Locked { retry_after_s } => with(StatusCode::TOO_MANY_REQUESTS).retry_after(*retry_after_s),
        E::RateLimited(_) => with(StatusCode::TOO_MANY_REQUESTS),
        E::Busy => ApiError::unavailable(code, title),
        E::SwitchedOff(_) | E::Forbidden | E::ReadOnly | E::NotAMember | E::InvitationRequired => {
            with(StatusCode::FORBIDDEN)
        }
        E::Invalid { field, .. } => {
            let mut refused = with(StatusCode::BAD_REQUEST);
            refused.errors.push(Problem { place: format!("/{field}"), code: code.to_owned(), message: title.clone() });
            refused
        }
        E::Passkey(_)
        | E::Factor(_)
        | E::Social(_)
        | E::Link(_)
        | E::WrongCode
        | E::FactorLocked { .. }
        | E::InvalidMfaToken
        | E::InvalidCredentials
        | E::Unauthenticated
        | E::BadCredentials(_)
        | E::InvalidRefreshToken
        | E::RefreshTokenReused
        | E::SessionEnded { .. }
        | E::EmailNotVerified
        | E::PasswordTooLong { .. }
        | E::InvalidToken
        | E::RedirectRefused
        | E::MfaRequired { .. } => with(StatusCode::BAD_REQUEST),
        E::Directory(cause) => {
            tracing::warn!(error = %cause, "The users table did not answer an operator");
            ApiError::unavailable("database_unavailable", "the users table does not answer just now")
        }
        E::Store(cause) => store(cause),
        E::Internal(cause) => ApiError::internal(cause),
    }
}

fn store(cause: &dyn std::fmt::Display) -> ApiError {
    tracing::error!(error = %cause, "The control store did not do what an operator asked");
    ApiError::unavailable("store_unavailable", "the control store does not answer just now; nothing was done")
}
