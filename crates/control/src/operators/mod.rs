//! Operators: who administers the instance, how they sign in, and what is told of it.
//!
//! Apart from end users in every respect: tables, tokens, passwords (SEC-14, SEC-67). Tokens are opaque and kept as
//! hashes (where a client must read who it is, a signed one names the session); each request asks the store for its token, so that an end takes effect everywhere at once. Knows no HTTP.

mod accounts;
mod error;
mod lockout;
mod login;
mod password;
mod sessions;
mod setup;
mod signed;
mod told;

/// Hashing of passwords that are not end users', for the rest of this room.
pub(crate) mod hashing {
    pub(crate) use super::password::{Hashing, check};
    use std::sync::LazyLock;

    /// One bound for all of them.
    pub(crate) fn shared() -> &'static Hashing {
        static SHARED: LazyLock<Hashing> = LazyLock::new(Hashing::default);
        &SHARED
    }
}

pub use accounts::OperatorInfo;
pub use error::OperatorError;
pub use login::Credentials;
pub use sessions::{ACCESS_TTL_S, OperatorCaller, Tokens};
pub use setup::SETUP_TTL_S;
pub use signed::SignedTokens;
pub use told::{Client, Deed, Source};

use portcullis_base::{Clock, Timestamp};
use portcullis_store::Store;
use std::sync::Arc;

/// The operators of an instance; cheap to clone. A node has one, so that hashing has one bound.
#[derive(Debug, Clone)]
pub struct Operators {
    store: Store,
    clock: Arc<dyn Clock>,
    hashing: Arc<password::Hashing>,
}

impl Operators {
    /// Works on a store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, hashing: Arc::default() }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests;
