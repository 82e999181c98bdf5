//! Operators' passwords: which can be taken, and their hashing, off the request threads and bounded. SEC-1 to
//! SEC-3, SEC-6.

use super::OperatorError;
use portcullis_base::Secret;
use portcullis_crypto::password::{
    Legacy, MAX_PASSWORD_BYTES as MAX_BYTES, Spelling, Verdict, dummy, is_common, make, verify,
};
use std::{sync::LazyLock, time::Duration};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Characters at least.
pub const MIN_CHARS: usize = 8;
/// Hashes at the same moment; each takes 19 MiB.
const AT_ONCE: usize = 2;
/// Requests that may wait for their turn, and for how long.
const QUEUE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(2);

/// A hash that nobody's password matches: what is checked for an address nobody has, so that it takes as long. SEC-4.
static DUMMY: LazyLock<Secret<String>> = LazyLock::new(|| dummy(&Spelling::argon2id()));

/// Refuses what cannot be a password.
pub fn check(password: &Secret<String>, email: &str) -> Result<(), OperatorError> {
    let text = password.expose();
    let weak = |why: &str| Err(OperatorError::WeakPassword(why.to_owned()));
    if text.len() > MAX_BYTES {
        return weak("it has more than 1,024 bytes");
    }
    if text.chars().count() < MIN_CHARS {
        return weak("it has fewer than 8 characters; 15 or more are advised");
    }
    if is_common(text, &[email, "portcullis"]) {
        return weak("it is among the first that are tried; take one that nobody else uses");
    }
    Ok(())
}

/// The bound on hashing.
#[derive(Debug)]
pub struct Hashing {
    turns: Semaphore,
    queue: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), queue: Semaphore::new(AT_ONCE + QUEUE) }
    }
}

/// The right to hash once.
#[derive(Debug)]
pub struct Turn<'h> {
    _turn: SemaphorePermit<'h>,
    _place: SemaphorePermit<'h>,
}

impl Hashing {
    /// Waits for a turn.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Busy`] where the queue is full or the wait too long.
    pub async fn turn(&self) -> Result<Turn<'_>, OperatorError> {
        let place = self.queue.try_acquire().map_err(|_| OperatorError::Busy)?;
        match tokio::time::timeout(PATIENCE, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(Turn { _turn: turn, _place: place }),
            _ => Err(OperatorError::Busy),
        }
    }
}

impl Turn<'_> {
    /// Whether a password is the one of a hash; without a hash the answer takes as long and is no.
    pub async fn verify(self, stored: Option<String>, password: Secret<String>) -> bool {
        let checked = tokio::task::spawn_blocking(move || {
            let hash = stored.as_deref().unwrap_or(DUMMY.expose());
            let right = verify(hash, password.expose(), &Legacy::default()) == Verdict::Match;
            right && stored.is_some()
        });
        checked.await.unwrap_or(false)
    }

    /// A password's hash: Argon2id with 19 MiB, 2 passes, 1 lane. Source: OWASP Password Storage Cheat Sheet.
    ///
    /// # Errors
    ///
    /// [`OperatorError::Busy`] where hashing broke off; [`OperatorError::WeakPassword`] for what cannot be hashed.
    pub async fn hash(self, password: Secret<String>) -> Result<String, OperatorError> {
        let work = move || make(&Spelling::argon2id(), password.expose(), &mut rand::rng());
        let made = tokio::task::spawn_blocking(work).await.map_err(|_| OperatorError::Busy)?;
        made.map(|hash| hash.expose().clone()).map_err(|error| OperatorError::WeakPassword(error.to_string()))
    }
}
