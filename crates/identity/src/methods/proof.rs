//! What every method ends in.

use crate::User;

/// By what a user was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The password.
    Password,
    /// A link or code that was sent to the address.
    Mailbox,
    /// A provider; its name stands in the session.
    Social,
    /// A passkey.
    Passkey,
}

impl Method {
    /// The word of sessions and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Mailbox => "mailbox",
            Self::Social => "social",
            Self::Passkey => "passkey",
        }
    }
}

/// This user was proved by this method. Made only here in `methods`; a session is opened with nothing less.
#[derive(Debug)]
pub struct Proof {
    user: User,
    method: Method,
    aal: &'static str,
}

impl Proof {
    pub(super) const fn new(user: User, method: Method, aal: &'static str) -> Self {
        Self { user, method, aal }
    }

    /// Who was proved.
    pub const fn user(&self) -> &User {
        &self.user
    }

    /// By what.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// How strongly: `aal1` or `aal2`.
    pub const fn aal(&self) -> &'static str {
        self.aal
    }
}
