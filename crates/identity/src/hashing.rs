//! Hashing off the request threads: a bounded number at once, a bounded queue, and 503 behind it. SEC-6.

use crate::IdentityError;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Semaphore, time::timeout};

/// How many may wait.
const QUEUE: usize = 64;
/// How long one may wait.
const WAIT: Duration = Duration::from_secs(2);

/// Where passwords are hashed and compared.
#[derive(Debug)]
pub struct HashPool {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    checks: AtomicU64,
}

impl Default for HashPool {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self::new(2 * cores)
    }
}

impl HashPool {
    /// A pool that hashes so many at once.
    pub fn new(size: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(size)), waiting: AtomicUsize::new(0), checks: AtomicU64::new(0) }
    }

    /// How many hashes were made or compared so far.
    pub fn checks(&self) -> u64 {
        self.checks.load(Ordering::Relaxed)
    }

    /// Runs one hash.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Busy`] when too many wait already, or this one waited too long.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, IdentityError> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let waits = Waits::begin(&self.waiting).ok_or(IdentityError::Busy)?;
                let permit = timeout(WAIT, self.permits.clone().acquire_owned()).await;
                drop(waits);
                permit.map_err(|_| IdentityError::Busy)?.map_err(|_| IdentityError::Busy)?
            }
        };
        self.checks.fetch_add(1, Ordering::Relaxed);
        // The permit goes along: a client that hangs up does not make room before its hash is done.
        let run = move || {
            let done = work();
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(run).await.map_err(|error| IdentityError::Internal(error.to_string()))
    }
}

/// A place in the queue, given back when it is dropped.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Option<Self> {
        let taken = waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < QUEUE).then_some(n + 1));
        taken.ok().map(|_| Self(waiting))
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[tokio::test(flavor = "multi_thread")]
    async fn sec_6_beyond_pool_and_queue_the_answer_is_busy() {
        let pool = Arc::new(HashPool::new(1));
        let (let_go, gate) = channel::<()>();
        let first = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(move || gate.recv().ok()).await }
        });
        while pool.permits.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.run(|| ()).await })
            })
            .collect();
        while pool.waiting.load(Ordering::Acquire) < QUEUE {
            tokio::task::yield_now().await;
        }
        assert!(matches!(pool.run(|| ()).await, Err(IdentityError::Busy)));
        let_go.send(()).unwrap();
        first.await.unwrap().unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        assert_eq!(pool.checks(), 1 + QUEUE as u64);
    }
}
