//! Connections for one user at a time, and a few that all quick reads share.

use super::connect::{Conn, Connector};
use crate::EngineError;
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a connection that comes back inside a transaction may take to roll back.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(2);

/// Connections that are checked out, at most so many.
pub struct Pool {
    connector: Arc<Connector>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Arc<Conn>>>,
    wait: Duration,
}

impl Pool {
    /// An empty pool; connections open as they are asked for.
    pub fn new(connector: Arc<Connector>, size: usize, wait: Duration) -> Arc<Self> {
        Arc::new(Self { connector, permits: Arc::new(Semaphore::new(size.max(1))), idle: Mutex::default(), wait })
    }

    /// Takes a connection out, opening one if none lies idle.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unavailable`] if none came free in time, or the server cannot be reached. REL-4.
    pub async fn lease(self: &Arc<Self>) -> Result<Lease, EngineError> {
        let permit = self.permit().await?;
        loop {
            let idle = self.idle.lock().pop();
            match idle {
                Some(conn) if conn.is_usable() => return Ok(self.wrap(conn, permit)),
                Some(_) => {}
                None => break,
            }
        }
        Ok(self.wrap(Arc::new(self.connector.open().await?), permit))
    }

    /// As [`Pool::lease`], with a connection that was not there before: those that lie idle may be as dead as the
    /// one that was just lost.
    ///
    /// # Errors
    ///
    /// As [`Pool::lease`].
    pub async fn lease_fresh(self: &Arc<Self>) -> Result<Lease, EngineError> {
        let permit = self.permit().await?;
        // One is let go in its place, or there could be more than the permits.
        drop(self.idle.lock().pop());
        Ok(self.wrap(Arc::new(self.connector.open().await?), permit))
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        tokio::time::timeout(self.wait, Arc::clone(&self.permits).acquire_owned())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or_else(|| EngineError::Unavailable { cause: "no connection came free in time".to_owned() })
    }

    fn wrap(self: &Arc<Self>, conn: Arc<Conn>, permit: OwnedSemaphorePermit) -> Lease {
        Lease { pool: Arc::clone(self), conn, permit: Some(permit), state: LeaseState::Free }
    }

    fn give_back(&self, conn: Arc<Conn>, permit: Option<OwnedSemaphorePermit>) {
        if conn.is_usable() {
            self.idle.lock().push(conn);
        }
        // After the push, or the next one would open a connection beside this.
        drop(permit);
    }
}

/// What a checked-out connection is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// Nothing.
    Free,
    /// A transaction, between two statements.
    Transaction,
    /// A statement whose answer has not been read. Dropped like this, the statement is cancelled and the connection cut.
    Busy,
}

/// A checked-out connection; goes back when dropped, in a state the next one can use.
pub struct Lease {
    pool: Arc<Pool>,
    /// The connection.
    pub conn: Arc<Conn>,
    permit: Option<OwnedSemaphorePermit>,
    /// What it is in the middle of.
    pub state: LeaseState,
}

impl Lease {
    /// Where connections are opened and given up.
    pub fn connector(&self) -> &Connector {
        &self.pool.connector
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (pool, conn, permit) = (Arc::clone(&self.pool), Arc::clone(&self.conn), self.permit.take());
        match self.state {
            LeaseState::Free => pool.give_back(conn, permit),
            LeaseState::Busy => pool.connector.give_up(&conn),
            LeaseState::Transaction => {
                // Without a runtime nothing can be sent any more; closing the connection rolls back as well.
                let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
                runtime.spawn(async move {
                    match tokio::time::timeout(ROLLBACK_LIMIT, conn.client.batch_execute("ROLLBACK")).await {
                        Ok(Ok(())) => pool.give_back(conn, permit),
                        _ => pool.connector.give_up(&conn),
                    }
                });
            }
        }
    }
}

/// How long a shared connection may go without an answer before new reads keep away from it: whoever waits for a
/// lock in front holds up everybody behind.
pub const STUCK: Duration = Duration::from_millis(100);

/// A few connections that every quick read shares: statements are sent one behind the other without waiting for
/// the answers, which saves the check-out and lets the server work without pauses.
pub struct Shared {
    connector: Arc<Connector>,
    slots: Box<[Slot]>,
    wait: Duration,
    started: Instant,
}

#[derive(Default)]
struct Slot {
    conn: Mutex<Option<Arc<Conn>>>,
    opening: tokio::sync::Mutex<()>,
    in_flight: AtomicUsize,
    answered: AtomicU64,
    // When the last answer came, or the first statement was sent. Microseconds since `Shared::started`.
    moved_us: AtomicU64,
}

impl Shared {
    /// So many slots, none of them open.
    pub fn new(connector: Arc<Connector>, size: usize, wait: Duration) -> Self {
        let slots = (0..size).map(|_| Slot::default()).collect();
        Self { connector, slots, wait, started: Instant::now() }
    }

    /// The connection with the fewest statements in flight; `None` if all are stuck.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if it had to be opened and could not be.
    pub async fn pick(&self) -> Result<Option<SharedUse<'_>>, EngineError> {
        let now_us = self.now_us();
        let free = self.slots.iter().filter(|slot| !slot.is_stuck(now_us));
        let Some(slot) = free.min_by_key(|slot| slot.in_flight.load(Ordering::Relaxed)) else { return Ok(None) };
        let turn = Turn::new(self, slot, now_us);
        if let Some(conn) = slot.open_conn() {
            return Ok(Some(SharedUse { conn, turn }));
        }
        let _opening = tokio::time::timeout(self.wait, slot.opening.lock())
            .await
            .map_err(|_| EngineError::Unavailable { cause: "connecting took too long".to_owned() })?;
        if let Some(conn) = slot.open_conn() {
            return Ok(Some(SharedUse { conn, turn }));
        }
        let conn = Arc::new(self.connector.open().await?);
        *slot.conn.lock() = Some(Arc::clone(&conn));
        Ok(Some(SharedUse { conn, turn }))
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Slot {
    fn open_conn(&self) -> Option<Arc<Conn>> {
        self.conn.lock().as_ref().filter(|conn| conn.is_usable()).map(Arc::clone)
    }

    fn is_stuck(&self, now_us: u64) -> bool {
        let silent_us = now_us.saturating_sub(self.moved_us.load(Ordering::Relaxed));
        u128::from(silent_us) > STUCK.as_micros() && self.in_flight.load(Ordering::Relaxed) > 0
    }
}

/// One statement's use of a shared connection.
pub struct SharedUse<'s> {
    /// The connection.
    pub conn: Arc<Conn>,
    turn: Turn<'s>,
}

impl SharedUse<'_> {
    /// Whether statements sent earlier are still unanswered, so that this one has not begun.
    pub fn waits_behind_others(&self) -> bool {
        self.turn.slot.answered.load(Ordering::Relaxed).wrapping_sub(self.turn.answered_before) < self.turn.ahead
    }

    /// Notes that the answer is here; gives about how long the server took for it.
    pub fn answered(mut self) -> Duration {
        self.turn.answered = true;
        let (slot, now_us) = (self.turn.slot, self.turn.shared.now_us());
        let began_us = slot.moved_us.swap(now_us, Ordering::Relaxed).max(self.turn.sent_us);
        slot.answered.fetch_add(1, Ordering::Relaxed);
        Duration::from_micros(now_us.saturating_sub(began_us))
    }
}

struct Turn<'s> {
    shared: &'s Shared,
    slot: &'s Slot,
    sent_us: u64,
    /// Statements in front, and the answers there had been when this one was sent.
    ahead: u64,
    answered_before: u64,
    answered: bool,
}

impl<'s> Turn<'s> {
    fn new(shared: &'s Shared, slot: &'s Slot, now_us: u64) -> Self {
        let answered_before = slot.answered.load(Ordering::Relaxed);
        let ahead = slot.in_flight.fetch_add(1, Ordering::Relaxed) as u64;
        if ahead == 0 {
            slot.moved_us.store(now_us, Ordering::Relaxed);
        }
        Self { shared, slot, sent_us: now_us, ahead, answered_before, answered: false }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Nobody waits for the answer any more, but the server still works on it: those who come later get another
        // connection when it is on this one that the silence lasts.
        if !self.answered && self.slot.is_stuck(self.shared.now_us()) {
            self.slot.conn.lock().take();
        }
        self.slot.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
