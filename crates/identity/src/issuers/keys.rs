//! The keys an issuer publishes, kept for a while.
//!
//! Whoever sends tokens must not be able to make us ask the issuer again and again, and an issuer that is down for a
//! while must not lock its users out.

use super::IssuerError;
use crate::outbound::Outbound;
use arc_swap::ArcSwapOption;
use portcullis_base::Timestamp;
use portcullis_crypto::jwt::ForeignKeys;
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long keys are used without asking again. Seconds.
pub const FRESH_S: i64 = 600;
/// How long they are used at most while the issuer does not answer. Seconds.
pub const STALE_S: i64 = 3_600;
/// The least time between two attempts while there are keys. Seconds.
pub const RETRY_S: i64 = 30;
/// The least time between two attempts while there are none. Seconds.
pub const FIRST_RETRY_S: i64 = 5;

/// The keys of one issuer.
#[derive(Debug, Default)]
pub struct KeyCache {
    kept: Arc<ArcSwapOption<Kept>>,
    /// Held while the issuer is asked: one asks for all.
    last: Arc<Mutex<Option<Attempt>>>,
}

#[derive(Debug)]
struct Kept {
    keys: Arc<ForeignKeys>,
    at: Timestamp,
}

#[derive(Debug)]
struct Attempt {
    at: Timestamp,
    error: Option<IssuerError>,
}

impl KeyCache {
    /// The issuer's keys, fetched if there are none or they are old.
    ///
    /// # Errors
    ///
    /// [`IssuerError::Keys`], [`IssuerError::NoKeys`].
    pub async fn get(&self, outbound: &Outbound, url: &str, now: Timestamp) -> Result<Arc<ForeignKeys>, IssuerError> {
        if let Some(keys) = self.younger_than(FRESH_S, now) {
            return Ok(keys);
        }
        let usable = self.younger_than(STALE_S, now);
        let last = match (&usable, Arc::clone(&self.last).try_lock_owned()) {
            (_, Ok(last)) => last,
            // Someone else is asking. With keys at hand there is nothing to wait for.
            (Some(keys), Err(_)) => return Ok(Arc::clone(keys)),
            (None, Err(_)) => Arc::clone(&self.last).lock_owned().await,
        };
        if let Some(keys) = self.younger_than(FRESH_S, now) {
            return Ok(keys);
        }
        let pause_s = if usable.is_some() { RETRY_S } else { FIRST_RETRY_S };
        let error = match &*last {
            Some(Attempt { at, error: Some(error) }) if now < at.plus_s(pause_s) => error.clone(),
            _ => match self.fetch(outbound, url, now, last).await {
                Ok(keys) => return Ok(keys),
                Err(error) => error,
            },
        };
        usable.ok_or(error)
    }

    /// Keys that are newer than those that were used, if there are some or it is time to ask for them.
    pub async fn newer(
        &self,
        used: &Arc<ForeignKeys>,
        outbound: &Outbound,
        url: &str,
        now: Timestamp,
    ) -> Option<Arc<ForeignKeys>> {
        let last = Arc::clone(&self.last).lock_owned().await;
        if let Some(keys) = self.younger_than(FRESH_S, now).filter(|keys| !Arc::ptr_eq(keys, used)) {
            return Some(keys);
        }
        match &*last {
            Some(attempt) if now < attempt.at.plus_s(RETRY_S) => None,
            _ => self.fetch(outbound, url, now, last).await.ok(),
        }
    }

    fn younger_than(&self, age_s: i64, now: Timestamp) -> Option<Arc<ForeignKeys>> {
        let kept = self.kept.load();
        kept.as_ref().filter(|kept| now < kept.at.plus_s(age_s)).map(|kept| Arc::clone(&kept.keys))
    }

    // On a task of its own: callers who go away while it waits must not keep everyone from the keys.
    async fn fetch(
        &self,
        outbound: &Outbound,
        url: &str,
        now: Timestamp,
        mut last: OwnedMutexGuard<Option<Attempt>>,
    ) -> Result<Arc<ForeignKeys>, IssuerError> {
        let (outbound, url, kept) = (outbound.clone(), url.to_owned(), Arc::clone(&self.kept));
        let task = tokio::spawn(async move {
            let fetched = ask(&outbound, &url).await;
            *last = Some(Attempt { at: now, error: fetched.as_ref().err().cloned() });
            let keys = fetched?;
            kept.store(Some(Arc::new(Kept { keys: Arc::clone(&keys), at: now })));
            Ok(keys)
        });
        task.await.unwrap_or(Err(IssuerError::NoKeys))
    }
}

async fn ask(outbound: &Outbound, url: &str) -> Result<Arc<ForeignKeys>, IssuerError> {
    match outbound.get_json::<Box<RawValue>>(url, None).await {
        Ok(document) => ForeignKeys::parse(document.get()).map(Arc::new).map_err(|_| IssuerError::NoKeys),
        Err(error) => Err(IssuerError::Keys(Arc::new(error))),
    }
}
