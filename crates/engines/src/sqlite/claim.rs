//! Who has a queued statement: the thread that is going to run it, or the caller who gave up waiting. Never both,
//! so that a caller who is told "not done" can be sure that it is not.

use super::readers::ended;
use crate::EngineError;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::oneshot;

/// Taken once.
#[derive(Debug, Default)]
pub struct Claim(AtomicBool);

impl Claim {
    /// Takes it; false when it was taken before.
    pub fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Takes a queued statement out of the queue when its caller goes away.
pub struct Withdraw<'a>(&'a Claim);

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        self.0.take();
    }
}

/// Waits for an answer: at most `patience` until somebody begins, then as long as it takes.
pub async fn wait<T>(mut answer: oneshot::Receiver<T>, claim: &Claim, patience: Duration) -> Result<T, EngineError> {
    let _withdraw = Withdraw(claim);
    if let Ok(answer) = tokio::time::timeout(patience, &mut answer).await {
        return answer.map_err(|_| ended());
    }
    if claim.take() {
        return Err(EngineError::Unavailable { cause: format!("no connection was free within {patience:?}") });
    }
    answer.await.map_err(|_| ended())
}
