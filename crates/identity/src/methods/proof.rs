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
    /// Nothing: the project's server side asked.
    Behalf,
}

impl Method {
    /// What stands before a provider's name in a session.
    pub const AT_PROVIDER: &'static str = "social:";

    /// The word of sessions and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Mailbox => "mailbox",
            Self::Social => "social",
            Self::Passkey => "passkey",
            Self::Behalf => "on_behalf",
        }
    }
}

/// This user was proved by this method. Made only here in `methods`; a session is opened with nothing less.
#[derive(Debug)]
pub struct Proof {
    user: User,
    method: Method,
    provider: Option<String>,
    aal: &'static str,
    version: Option<i64>,
}

impl Proof {
    pub(super) const fn new(user: User, method: Method, aal: &'static str) -> Self {
        Self { user, method, provider: None, aal, version: None }
    }

    pub(super) const fn at_provider(user: User, provider: String) -> Self {
        Self { user, method: Method::Social, provider: Some(provider), aal: "aal1", version: None }
    }

    pub(super) const fn with_aal(mut self, aal: &'static str) -> Self {
        self.aal = aal;
        self
    }

    /// The same, good only while the user's password version is this one: what was known before it was looked at.
    pub(super) const fn at_version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// The password version the proof is bound to, if it is.
    pub(crate) const fn version(&self) -> Option<i64> {
        self.version
    }

    /// The same for somebody who is signed in already: what they proved before still holds.
    #[must_use]
    pub(crate) const fn of_session(mut self, aal2: bool) -> Self {
        self.version = None;
        if aal2 { self.with_aal("aal2") } else { self }
    }

    /// Who was proved.
    pub const fn user(&self) -> &User {
        &self.user
    }

    /// By what.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The method as sessions keep it: a provider with its name.
    pub fn word(&self) -> String {
        match &self.provider {
            Some(provider) => format!("{}{provider}", Method::AT_PROVIDER),
            None => self.method.word().to_owned(),
        }
    }

    /// How strongly: `aal1` or `aal2`.
    pub const fn aal(&self) -> &'static str {
        self.aal
    }
}
