//! Why a social login did not come to its end.

use super::{HttpFailure, SettingsProblem};
use portcullis_crypto::jwt::{JwtError, KeyError};
use portcullis_store::StoreError;

/// Why a social login was refused. Knows no HTTP.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// No provider of this name is set up.
    #[error("there is no sign-in with `{0}` here")]
    UnknownProvider(String),
    /// The provider's settings cannot work; the operator has to look.
    #[error("the sign-in with this provider is not set up correctly")]
    Misconfigured(#[from] SettingsProblem),
    /// The state is unknown, used, older than ten minutes, another provider's, or came with another browser.
    #[error("this sign-in took too long, was finished before or began in another browser; begin again")]
    InvalidState,
    /// The person said no.
    #[error("the sign-in was cancelled")]
    Denied,
    /// The provider refused the request or the code. Its own word is for the log.
    #[error("the provider refused the sign-in")]
    Refused(String),
    /// The provider's answer does not hold: wrong issuer, wrong signature, a person without an id. For the log.
    #[error("the provider's answer was not accepted")]
    Unacceptable(String),
    /// The provider cannot be reached, or failed.
    #[error("the provider did not answer; try again")]
    Unavailable(String),
    /// The source goes to the log; the caller never sees it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl OAuthError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownProvider(_) => "unknown_provider",
            Self::Misconfigured(_) => "provider_misconfigured",
            Self::InvalidState => "invalid_state",
            Self::Denied => "access_denied",
            Self::Refused(_) => "provider_refused",
            Self::Unacceptable(_) => "provider_unacceptable",
            Self::Unavailable(_) => "provider_unavailable",
            Self::Store(_) => "internal",
        }
    }

    /// What was wrong, for the log and never for the caller.
    pub fn detail(&self) -> String {
        match self {
            Self::Refused(detail) | Self::Unacceptable(detail) | Self::Unavailable(detail) => detail.clone(),
            Self::Misconfigured(problem) => problem.to_string(),
            Self::Store(error) => error.to_string(),
            Self::UnknownProvider(_) | Self::InvalidState | Self::Denied => self.to_string(),
        }
    }

    pub(super) fn unacceptable(detail: &str) -> Self {
        Self::Unacceptable(detail.to_owned())
    }
}

impl From<HttpFailure> for OAuthError {
    fn from(failure: HttpFailure) -> Self {
        match failure {
            HttpFailure::Refused { status, code } => {
                Self::Refused(code.map_or_else(|| format!("status {status}"), |code| format!("{code} ({status})")))
            }
            HttpFailure::Unavailable(detail) => Self::Unavailable(detail),
            HttpFailure::NotJson => Self::unacceptable("the answer is no JSON"),
            HttpFailure::Forbidden(detail) => Self::Misconfigured(SettingsProblem::Address(detail)),
        }
    }
}

impl From<JwtError> for OAuthError {
    fn from(error: JwtError) -> Self {
        Self::Unacceptable(format!("ID token: {error}"))
    }
}

impl From<KeyError> for OAuthError {
    fn from(error: KeyError) -> Self {
        Self::Unacceptable(format!("key set: {error}"))
    }
}
