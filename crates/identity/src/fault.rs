//! What is wrong with credentials that do not hold: for operators who ask why, never for the caller. SEC-4.

use portcullis_crypto::jwt::JwtError;
use std::fmt;

/// What is wrong with a token, a key or a pair of HTTP Basic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialFault {
    /// The token does not verify.
    Token(JwtError),
    /// The token of the stage's other issuer does not hold.
    Issuer(String),
    /// The token is rightly signed, and a claim is not of the type ours have.
    Claims,
    /// The token was made to live longer than tokens live now.
    Outlived,
    /// Its session has ended.
    SessionEnded {
        /// Whose.
        user: String,
        /// Which; an API key stands where a token has its session.
        session: String,
    },
    /// All tokens of the user from before a moment have ended: another password, roles taken, the user switched off.
    TokensEnded {
        /// Whose.
        user: String,
    },
    /// The users table has no such user (any more), or the user is switched off.
    UserGone {
        /// The id.
        user: String,
    },
    /// The user is not of the tenant any more that the session is in.
    TenantLost {
        /// Whose.
        user: String,
        /// Of which.
        tenant: String,
    },
    /// Nobody's key, or one that was ended.
    UnknownKey,
    /// The key's time is over.
    KeyExpired {
        /// Whose.
        user: String,
        /// The key's id.
        key: String,
    },
    /// Not `user:password` in base64.
    BasicForm,
    /// A password alone is not enough for a user with a second factor.
    BasicSecondFactor {
        /// Whose.
        user: String,
    },
}

impl fmt::Display for CredentialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Issuer(error) => write!(f, "the token of another issuer does not hold: {error}"),
            Self::Claims => f.write_str("the token is rightly signed, and its claims are not those of an access token"),
            Self::Outlived => f.write_str("the token was made to live longer than `auth.access_token_ttl` is now"),
            Self::SessionEnded { user, session } if session.starts_with("ses_") => {
                write!(f, "the session `{session}` of user {user} has ended")
            }
            Self::SessionEnded { user, session } => write!(f, "the API key `{session}` of user {user} was ended"),
            Self::TokensEnded { user } => write!(
                f,
                "all tokens of user {user} that are older than a change of password, roles or tenants, or than the user's \
                 disabling, have ended"
            ),
            Self::UserGone { user } => write!(f, "user {user} is gone, or switched off"),
            Self::TenantLost { user, tenant } => write!(f, "user {user} is of tenant {tenant} no more"),
            Self::UnknownKey => f.write_str("it is no key of this project or of one of its users, or it was ended"),
            Self::KeyExpired { user, key } => write!(f, "the API key `{key}` of user {user} has expired"),
            Self::BasicForm => f.write_str("it is no `user:password` in base64"),
            Self::BasicSecondFactor { user } => {
                write!(f, "user {user} has a second factor, so that a password alone is not enough")
            }
        }
    }
}
