//! The port by which rows written through the data routes get their passwords hashed: the hashing is another room's.

use crate::Project;
use portcullis_base::Secret;
use std::{fmt, future::Future, pin::Pin};

/// What a port gives, sometime.
pub type Sometime<'a, T> = Pin<Box<dyn Future<Output = Result<T, PasswordRefused>> + Send + 'a>>;

/// Who hashes a password that is written into the mapped column, and is told of it.
pub trait Passwords: fmt::Debug + Send + Sync {
    /// The password as the users table keeps passwords.
    fn hash<'a>(&'a self, project: &'a Project, password: Secret<String>) -> Sometime<'a, Secret<String>>;

    /// These users (ids as text) have another password now: what they held ends. `by` is the end user who did it, if
    /// it was one.
    fn changed<'a>(&'a self, project: &'a Project, users: Vec<String>, by: Option<String>) -> Sometime<'a, ()>;
}

/// Why a password is not written.
#[derive(Debug, thiserror::Error)]
pub enum PasswordRefused {
    /// It is none that may be chosen, or does not fit.
    #[error("{message}")]
    Invalid {
        /// A stable code.
        code: &'static str,
        /// What was wrong.
        message: String,
    },
    /// Too many are hashed already.
    #[error("too many passwords are being hashed; try again in a moment")]
    Busy,
    /// The database or the store is away, or worse; the cause is in the log.
    #[error("{0}")]
    Failed(String),
}
