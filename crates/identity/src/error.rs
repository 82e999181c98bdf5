//! Why the identity room refuses.

use crate::{
    CredentialFault, LimitState,
    methods::{
        FactorError,
        oauth::{LinkRefusal, OAuthError},
        passkey::PasskeyError,
    },
};
use portcullis_engines::EngineError;
use portcullis_store::StoreError;

/// Why the identity room refused. Knows no HTTP.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No users table is mapped.
    #[error("this project has no users table mapped; only its keys work")]
    NotConfigured,
    /// A mail is needed and there is no way to send one.
    #[error("this project has no way to send mail; set up [email]")]
    MailNotConfigured,
    /// The settings do not allow this.
    #[error("{0}")]
    SwitchedOff(&'static str),
    /// Unknown user, wrong password, inactive account: one answer for all. SEC-4.
    #[error("invalid login credentials")]
    InvalidCredentials,
    /// The token or session is not good (any more).
    #[error("valid credentials are needed here")]
    Unauthenticated,
    /// Credentials that do not hold, and what is wrong with them: said to operators alone.
    #[error("valid credentials are needed here")]
    BadCredentials(CredentialFault),
    /// The refresh token is none of ours.
    #[error("the refresh token is not known")]
    InvalidRefreshToken,
    /// The refresh token was used before; its session is closed.
    #[error("the refresh token was used before; the session is closed")]
    RefreshTokenReused,
    /// The session has ended, and why.
    #[error("the session has ended")]
    SessionEnded {
        /// `session_expired`, `session_closed`, ...
        code: &'static str,
    },
    /// Right password, but the address is not verified, and that is asked for.
    #[error("verify the address of the account first; a mail with a link can be sent again")]
    EmailNotVerified,
    /// The account waits because of wrong passwords.
    #[error("too many wrong passwords; try again later, or set a new one by mail")]
    Locked {
        /// Seconds.
        retry_after_s: u32,
    },
    /// A limit was reached.
    #[error("too many requests of this kind; try again later")]
    RateLimited(LimitState),
    /// The hashing pool is full. SEC-6.
    #[error("too many logins at once; try again")]
    Busy,
    /// The address has an account.
    #[error("the address has an account already")]
    EmailTaken,
    /// Something in the request cannot be.
    #[error("{message}")]
    Invalid {
        /// The member of the body.
        field: String,
        /// Stable.
        code: &'static str,
        /// What would be right.
        message: String,
    },
    /// The password is too long for its place.
    #[error("the password has more bytes than can be kept here ({max_bytes})")]
    PasswordTooLong {
        /// How many can be kept.
        max_bytes: usize,
    },
    /// The link or code does not work.
    #[error("the link or code is not known, was used, or has run out")]
    InvalidToken,
    /// A redirect leads to where it may not.
    #[error("the redirect URL does not lead to an allowed origin")]
    RedirectRefused,
    /// There is no such thing of this user's.
    #[error("there is nothing here")]
    NotFound,
    /// The caller may not do this.
    #[error("the caller has no right to do this")]
    Forbidden,
    /// The session would have to be proved by a second factor.
    #[error("a second factor is needed")]
    MfaRequired {
        /// What the client sends along with the second factor.
        ticket: String,
        /// Which factors the user has.
        factors: Vec<&'static str>,
    },
    /// The code of an authenticator app, or a recovery code, is wrong or was used.
    #[error("the code is wrong, or was used before")]
    WrongCode,
    /// Too many wrong codes.
    #[error("too many wrong codes; wait, or use another factor")]
    FactorLocked {
        /// Seconds; `None` where waiting does not help.
        retry_after_s: Option<u32>,
    },
    /// What was to be brought along with the second factor is unknown, used or too old.
    #[error("this sign-in took too long or was finished before; begin again")]
    InvalidMfaToken,
    /// A second factor cannot be set up or taken away so.
    #[error("{0}")]
    Factor(FactorError),
    /// A passkey was refused.
    #[error("{0}")]
    Passkey(PasskeyError),
    /// A social login did not come to its end.
    #[error("{0}")]
    Social(OAuthError),
    /// A person at a provider is no user here.
    #[error("{0}")]
    Link(#[from] LinkRefusal),
    /// The users table cannot be written (a read-only login).
    #[error("the users table cannot be written")]
    ReadOnly,
    /// The customer's database failed.
    #[error("the user directory did not answer")]
    Directory(EngineError),
    /// The tenant is none of the user's.
    #[error("the tenant is none of yours")]
    NotAMember,
    /// Accounts are made with an invitation only.
    #[error("an account is made with an invitation here; send its token as `invitation`")]
    InvitationRequired,
    /// What is there already, or in the way.
    #[error("{message}")]
    Conflict {
        /// Stable.
        code: &'static str,
        /// What is in the way, and what would help.
        message: String,
    },
    /// Our own store failed. REL-11: checks fail closed.
    #[error("the control store did not answer")]
    Store(#[from] StoreError),
    /// Something of ours is wrong.
    #[error("something went wrong on our side: {0}")]
    Internal(String),
}

impl IdentityError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "auth_not_configured",
            Self::MailNotConfigured => "mail_not_configured",
            Self::SwitchedOff(_) => "switched_off",
            Self::InvalidCredentials => "invalid_credentials",
            Self::Unauthenticated | Self::BadCredentials(_) => "unauthenticated",
            Self::InvalidRefreshToken => "invalid_refresh_token",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::SessionEnded { code } => code,
            Self::EmailNotVerified => "email_not_verified",
            Self::Locked { .. } => "account_locked",
            Self::RateLimited(_) => "rate_limited",
            Self::Busy => "login_busy",
            Self::EmailTaken => "email_taken",
            Self::Invalid { code, .. } => code,
            Self::PasswordTooLong { .. } => "password_too_long",
            Self::InvalidToken => "invalid_token",
            Self::RedirectRefused => "redirect_refused",
            Self::NotFound => "not_found",
            Self::NotAMember => "not_a_member",
            Self::InvitationRequired => "invitation_required",
            Self::Conflict { code, .. } => code,
            Self::Forbidden => "forbidden",
            Self::MfaRequired { .. } => "mfa_required",
            Self::WrongCode => "invalid_code",
            Self::FactorLocked { .. } => "factor_locked",
            Self::InvalidMfaToken => "invalid_mfa_token",
            Self::Factor(error) => error.code(),
            Self::Passkey(error) => error.code(),
            Self::Social(error) => error.code(),
            Self::Link(refusal) => refusal.code(),
            Self::ReadOnly => "users_read_only",
            Self::Directory(_) => "database_unavailable",
            Self::Store(_) => "store_unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// A member of the body that cannot be.
    pub fn invalid(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), code, message: message.into() }
    }
}

impl From<CredentialFault> for IdentityError {
    fn from(fault: CredentialFault) -> Self {
        Self::BadCredentials(fault)
    }
}

impl From<FactorError> for IdentityError {
    fn from(error: FactorError) -> Self {
        match error {
            FactorError::Store(error) => Self::Store(error),
            other => Self::Factor(other),
        }
    }
}

impl From<PasskeyError> for IdentityError {
    fn from(error: PasskeyError) -> Self {
        match error {
            PasskeyError::Store(error) => Self::Store(error),
            other => Self::Passkey(other),
        }
    }
}

impl From<OAuthError> for IdentityError {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::Store(error) => Self::Store(error),
            other => Self::Social(other),
        }
    }
}
