//! Why an operator was refused.

use portcullis_store::StoreError;

/// Why an operator could not be made, changed or let in. Knows no HTTP.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// Unknown address or wrong password: one answer for both.
    #[error("the address or the password is wrong")]
    InvalidCredentials,
    /// Too many failures in a row.
    #[error("too many failed attempts; try again in {retry_after_s} s")]
    TooManyAttempts {
        /// How long to wait. Seconds.
        retry_after_s: u32,
    },
    /// No token, an unknown one, or one that is over.
    #[error("the token is unknown or no longer good; sign in again")]
    InvalidToken,
    /// A refresh token was used again after its grace.
    #[error("the refresh token was used already, and its session is closed; sign in again")]
    RefreshTokenReused,
    /// The session behind a token was ended.
    #[error("the session was closed; sign in again")]
    SessionClosed,
    /// The set-up link is not, or no longer, good.
    #[error(
        "the set-up link was used already, is too old or was replaced; where there is no operator yet, a restart of the \
         node prints a new one"
    )]
    InvalidSetupToken,
    /// The current password given with a change is wrong.
    #[error("the current password is wrong")]
    WrongPassword,
    /// An address that is none.
    #[error("`{0}` is no mail address")]
    InvalidEmail(String),
    /// A password that cannot be taken. Says why.
    #[error("the password cannot be taken: {0}")]
    WeakPassword(String),
    /// The address is an operator's already.
    #[error("there is an operator `{0}` already")]
    Taken(String),
    /// No operator has the address.
    #[error("there is no operator `{0}`; `portcullis operator list` shows them")]
    Unknown(String),
    /// More passwords are being checked than the machine can check.
    #[error("too many passwords are being checked just now; try again")]
    Busy,
    /// The control store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OperatorError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::InvalidToken => "unauthenticated",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::SessionClosed => "session_closed",
            Self::InvalidSetupToken => "invalid_setup_token",
            Self::WrongPassword => "wrong_password",
            Self::InvalidEmail(_) => "invalid_email",
            Self::WeakPassword(_) => "weak_password",
            Self::Taken(_) => "email_taken",
            Self::Unknown(_) => "not_found",
            Self::Busy => "busy",
            Self::Store(_) => "store_unavailable",
        }
    }
}
