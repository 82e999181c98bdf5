//! Why a passkey was refused.

use portcullis_store::StoreError;
use webauthn_rs::prelude::WebauthnError;

/// Why a passkey was not registered or did not prove its user. Knows no HTTP.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The product's address is no domain name, as WebAuthn wants.
    #[error("passkeys need a domain name: set `public_url` or the first of `redirect_origins` to one, or `rp_id`")]
    NotConfigured,
    /// The ticket is unknown, used, older than ten minutes or of another ceremony.
    #[error("this took too long or was finished before; begin again")]
    CeremonyOver,
    /// Not the JSON of a credential.
    #[error("the credential is not in the form of `PublicKeyCredential.toJSON()`")]
    Malformed,
    /// Unknown credential, wrong signature, wrong origin, another user's: one answer for all.
    #[error("the passkey was not accepted")]
    Refused,
    /// The authenticator's counter has not gone up: there may be a copy of it.
    #[error("the passkey was not accepted: it may have been copied; sign in another way and replace it")]
    CounterWentBack,
    /// The credential is registered already.
    #[error("this passkey is registered already")]
    AlreadyRegistered,
    /// The user has as many as one may have.
    #[error("there are {at_most} passkeys already; remove one first")]
    TooMany {
        /// How many one may have.
        at_most: i64,
    },
    /// The user has no passkey (of this id).
    #[error("there is no such passkey")]
    NotFound,
    /// The name is empty, too long or holds control characters.
    #[error("a passkey's name has 1 to 64 characters, none of them a control character")]
    InvalidName,
    /// The source goes to the log; the caller never sees it.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
}

impl PasskeyError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "passkeys_not_configured",
            Self::CeremonyOver => "ceremony_expired",
            Self::Malformed | Self::InvalidName => "invalid_value",
            Self::Refused => "invalid_passkey",
            Self::CounterWentBack => "passkey_copied",
            Self::AlreadyRegistered => "passkey_exists",
            Self::TooMany { .. } => "too_many_passkeys",
            Self::NotFound => "passkey_not_found",
            Self::Store(_) => "internal",
        }
    }
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        // Which check failed is for the log: it may help an attacker and never helps a user.
        tracing::info!("A passkey was refused: {error:?}");
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::CounterWentBack,
            _ => Self::Refused,
        }
    }
}
