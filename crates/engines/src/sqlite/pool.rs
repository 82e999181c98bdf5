//! A small pool of connections, each of which comes back by being dropped.

use super::connect::{Conn, Role, Source};
use crate::EngineError;
use parking_lot::Mutex;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Idle connections, and how many there may be.
pub struct Pool {
    idle: Mutex<Vec<Conn>>,
    open: AtomicUsize,
    most: usize,
    role: Role,
}

/// A connection out of the pool. Dropped, it rolls back what is open and goes back.
pub struct Lease {
    conn: Option<Conn>,
    pool: Arc<Pool>,
}

impl Pool {
    /// A pool of at most `most` connections.
    pub fn new(role: Role, most: usize) -> Arc<Self> {
        Arc::new(Self { idle: Mutex::default(), open: AtomicUsize::new(0), most, role })
    }

    /// Puts in a connection that was opened elsewhere.
    pub fn adopt(&self, conn: Conn) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.idle.lock().push(conn);
    }

    /// A connection, or `None` when all are in use.
    pub fn take(self: &Arc<Self>, source: &Source) -> Result<Option<Lease>, EngineError> {
        loop {
            let idle = self.idle.lock().pop();
            match idle {
                Some(conn) if source.is_current(&conn) => return Ok(Some(self.lease(conn))),
                Some(stale) => {
                    self.lost();
                    drop(stale);
                }
                None => break,
            }
        }
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.lost();
            return Ok(None);
        }
        source.connect(self.role).map(|conn| Some(self.lease(conn))).inspect_err(|_| self.lost())
    }

    fn lease(self: &Arc<Self>, conn: Conn) -> Lease {
        Lease { conn: Some(conn), pool: Arc::clone(self) }
    }

    fn lost(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lease {
    /// The connection, which is there until the lease is dropped.
    pub fn conn(&self) -> Result<&Conn, EngineError> {
        self.conn.as_ref().ok_or_else(|| EngineError::Unavailable { cause: "the connection was given back".to_owned() })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        match self.conn.take() {
            Some(conn) if conn.sql.is_autocommit() || conn.command("ROLLBACK").is_ok() => {
                self.pool.idle.lock().push(conn);
            }
            _ => self.pool.lost(),
        }
    }
}
