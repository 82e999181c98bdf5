//! Passkeys (WebAuthn): as second factor, and as the only one, since the authenticator checks its user too.
//!
//! Both halves of a ceremony speak the browser's own JSON (`PublicKeyCredential.toJSON()` and its counterparts). What
//! has to be remembered in between lies sealed in the store.

mod error;
mod keys;
mod login;
mod party;
mod register;

pub use error::PasskeyError;
pub use keys::{MAX_PASSKEYS, PasskeyInfo, delete, list, rename};
pub use login::{PasskeyAssertion, begin_login, begin_second_factor, finish_login, finish_second_factor};
pub use party::RelyingParty;
pub use register::{Person, begin_registration, finish_registration};

use portcullis_base::Secret;
use serde_json::Value;

/// The first half of a ceremony.
#[derive(Debug, Clone)]
pub struct Begun {
    /// What the client brings back with the second half.
    pub ticket: Secret<String>,
    /// `{"publicKey": {...}}`, for `navigator.credentials.create` or `.get`.
    pub options: Value,
}
