//! Which status each refusal has. The body is the native one; Swain's clients read its `message`.

use http::StatusCode as S;
use portcullis_control::{ControlError, operators::OperatorError};
use portcullis_store::StoreError;
use portcullis_web::ApiError;

/// A refusal of the operators' use-cases.
pub fn of_operators(error: OperatorError) -> ApiError {
    use OperatorError as E;
    let (code, title) = (error.code(), error.to_string());
    let status = match &error {
        E::InvalidCredentials | E::InvalidToken | E::RefreshTokenReused | E::SessionClosed | E::InvalidSetupToken => {
            S::UNAUTHORIZED
        }
        E::TooManyAttempts { retry_after_s } => {
            return ApiError::new(S::TOO_MANY_REQUESTS, code, title).retry_after(*retry_after_s);
        }
        E::WrongPassword | E::InvalidEmail(_) | E::WeakPassword(_) => S::BAD_REQUEST,
        E::Taken(_) => S::CONFLICT,
        E::Unknown(_) => S::NOT_FOUND,
        E::Busy => return ApiError::unavailable(code, title),
        E::Store(cause) => return store(cause),
    };
    ApiError::new(status, code, title)
}

/// A refusal of the use-cases on projects.
pub fn of_control(error: ControlError) -> ApiError {
    use ControlError as E;
    let title = error.to_string();
    match &error {
        E::UnknownProject { .. }
        | E::UnknownStage { .. }
        | E::NoProjects
        | E::UnknownTable { .. }
        | E::UnknownBuild(_) => ApiError::new(S::NOT_FOUND, "not_found", title),
        E::WhichProject(_) | E::BadName { .. } | E::Settings(_) => ApiError::new(S::BAD_REQUEST, "invalid_body", title),
        E::Declared(_) => ApiError::new(S::BAD_REQUEST, "invalid_schema", title),
        E::OtherDatabase { .. } | E::NeedsConfirmation(_) | E::NotManaged(_) | E::Restructure { .. } => {
            ApiError::new(S::CONFLICT, "conflict", title)
        }
        E::NotSynced(_) => ApiError::new(S::CONFLICT, "not_synced", title),
        E::Database { .. } => ApiError::unavailable("database_unavailable", title),
        E::Store(StoreError::Exists) => ApiError::new(S::CONFLICT, "conflict", "there is one of that name already"),
        E::Store(StoreError::Changed) => {
            ApiError::new(S::CONFLICT, "conflict", "it was changed by somebody else meanwhile; try again")
        }
        E::Store(cause) => store(cause),
    }
}

fn store(cause: &StoreError) -> ApiError {
    tracing::error!(error = %cause, "The control store did not do what an operator asked");
    ApiError::unavailable("store_unavailable", "the control store does not answer just now; nothing was done")
}
