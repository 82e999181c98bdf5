//! The connections of one database: at most so many, handed out newest first.
//!
//! A [`Lease`] brings its connection back when dropped. One that is dropped in the middle of a statement (the caller
//! went away, time ran out) closes its connection and ends the statement on the server; one with an open transaction
//! rolls it back first. The place in the pool is free only when that is done.

use super::{
    connect::{Connector, Link, Server},
    error, execute,
};
use crate::{EngineError, EngineOptions, TxMode};
use futures_util::FutureExt;
use mysql_async::{Conn, Row, prelude::Queryable};
use parking_lot::Mutex;
use portcullis_query::{Rows, Statement};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// A connection that waited longer is asked whether it lives before it is used.
const TRUST: Duration = Duration::from_secs(1);
/// A connection that nobody wanted for so long is closed.
const KEEP: Duration = Duration::from_secs(300);

struct Idle {
    link: Link,
    since: Instant,
}

/// Connections to one database.
pub struct Pool {
    connector: Connector,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle>>,
    wait: Duration,
    connect_timeout: Duration,
}

/// Waits for a place. REL-4.
pub async fn admit(places: &Arc<Semaphore>, wait: Duration) -> Result<OwnedSemaphorePermit, EngineError> {
    match tokio::time::timeout(wait, places.clone().acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(EngineError::Unavailable { cause: "no database connection became free in time".to_owned() }),
    }
}

impl Pool {
    /// An empty pool.
    pub fn new(connector: Connector, options: &EngineOptions) -> Self {
        Self {
            connector,
            places: Arc::new(Semaphore::new(options.pool_size.max(1))),
            idle: Mutex::default(),
            wait: options.pool_wait,
            connect_timeout: options.connect_timeout,
        }
    }

    /// Whether the server gives written rows back, as far as is known.
    pub fn returning(&self) -> bool {
        self.connector.returning()
    }

    /// A connection: a waiting one that lives, else a new one.
    pub async fn lease(self: &Arc<Self>) -> Result<Lease, EngineError> {
        let permit = admit(&self.places, self.wait).await?;
        loop {
            let waiting = self.idle.lock().pop();
            let Some(Idle { mut link, since }) = waiting else { break };
            let lives = since.elapsed() < TRUST
                || matches!(tokio::time::timeout(self.connect_timeout, link.conn.ping()).await, Ok(Ok(())));
            if lives {
                return Ok(self.lend(link, permit, true));
            }
            sever(link.conn);
        }
        let link = self.connector.open(true).await?;
        Ok(self.lend(link, permit, false))
    }

    /// A new connection without a statement time limit; it is closed afterwards.
    pub async fn unlimited(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Result<Lease, EngineError> {
        let link = self.connector.open(false).await?;
        let mut lease = self.lend(link, permit, false);
        lease.limited = false;
        Ok(lease)
    }

    fn lend(self: &Arc<Self>, link: Link, permit: OwnedSemaphorePermit, reused: bool) -> Lease {
        Lease {
            server: link.server,
            link: Some(link),
            permit: Some(permit),
            pool: self.clone(),
            reused,
            limited: true,
            busy: false,
            broken: false,
            in_transaction: false,
        }
    }

    fn take_back(&self, link: Link) {
        let mut idle = self.idle.lock();
        idle.push(Idle { link, since: Instant::now() });
        // The oldest lies at the bottom: where it was not needed for so long, there are too many.
        let old = (idle.len() > 1 && idle[0].since.elapsed() > KEEP).then(|| idle.remove(0));
        drop(idle);
        drop(old);
    }

    /// Connections of a server that closed one of them are rarely better.
    fn forget_idle(&self) {
        let all = std::mem::take(&mut *self.idle.lock());
        all.into_iter().for_each(|idle| sever(idle.link.conn));
    }
}

/// Closes a connection at once. A plain drop would first read the rest of a result, however long it is: a ping that
/// is begun and left marks the connection as one that cannot be used again.
fn sever(mut conn: Conn) {
    let _ = conn.ping().now_or_never();
    drop(conn);
}

/// A connection on loan.
pub struct Lease {
    link: Option<Link>,
    /// The server behind it.
    pub server: Server,
    permit: Option<OwnedSemaphorePermit>,
    pool: Arc<Pool>,
    reused: bool,
    limited: bool,
    busy: bool,
    broken: bool,
    in_transaction: bool,
}

impl Lease {
    /// Runs one statement within the time limit. REL-5.
    pub async fn run(&mut self, statement: &Statement) -> Result<Rows, EngineError> {
        self.work(async |conn| execute::fetch(conn, statement).await).await
    }

    /// Runs a statement of our own that gives no rows.
    pub async fn command(&mut self, sql: &str) -> Result<(), EngineError> {
        self.work(async |conn| conn.query_drop(sql).await).await
    }

    /// Runs a catalogue query with text parameters.
    pub async fn catalogue(&mut self, sql: &str, params: Vec<mysql_async::Value>) -> Result<Vec<Row>, EngineError> {
        self.work(async |conn| conn.exec(sql, params).await).await
    }

    /// Runs several statements of our own in one go; a refused one ends them. Gives each one's first row.
    pub async fn several(&mut self, sql: &str) -> Result<Vec<Row>, EngineError> {
        self.work(async |conn| execute::several(conn, sql).await).await
    }

    /// Hands rows over in chunks until there are no more or nobody takes them.
    pub async fn stream(&mut self, statement: &Statement, chunks: &mpsc::Sender<Rows>) -> Result<(), EngineError> {
        let Some(link) = self.link.as_mut() else { return Err(gone()) };
        self.busy = true;
        let streaming = execute::stream(&mut link.conn, statement, chunks);
        let done = tokio::select! {
            done = streaming => done,
            // Whoever asked has gone: the connection ends with this lease, and with it the statement.
            () = chunks.closed() => return Ok(()),
        };
        match done {
            Ok(false) => Ok(()),
            done => self.settle(done).map(drop),
        }
    }

    /// Starts a transaction; the lease rolls it back unless [`Lease::finish`] is called.
    pub async fn begin(&mut self, mode: TxMode) -> Result<(), EngineError> {
        self.in_transaction = true;
        match mode {
            TxMode::Write => self.command("START TRANSACTION").await,
            TxMode::Read => {
                // Without it a consistent snapshot is none.
                if !self.server.repeatable_read {
                    self.command("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
                }
                self.command("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await
            }
        }
    }

    /// Ends the transaction with `COMMIT` or `ROLLBACK`.
    pub async fn finish(&mut self, sql: &'static str) -> Result<(), EngineError> {
        self.command(sql).await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Asks whether the server answers.
    pub async fn ping(&mut self) -> Result<(), EngineError> {
        self.work(async |conn| conn.ping().await).await
    }

    /// Whether the connection broke although it was fine when it was put back: the server had closed it since.
    /// One that was given up because of the time is still busy, and not meant.
    pub fn went_stale(&self) -> bool {
        self.reused && self.broken && !self.busy
    }

    /// Whether nothing can be done on this connection any more.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Takes a new connection instead of the broken one, in the same place.
    pub async fn renew(&mut self) -> Result<(), EngineError> {
        if let Some(link) = self.link.take() {
            sever(link.conn);
        }
        self.pool.forget_idle();
        self.link = Some(self.pool.connector.open(true).await?);
        (self.reused, self.broken, self.busy, self.in_transaction) = (false, false, false, false);
        Ok(())
    }

    /// Marks the connection as busy while `task` runs, so that a lease dropped meanwhile knows what to do.
    async fn work<T>(
        &mut self,
        task: impl AsyncFnOnce(&mut Conn) -> Result<T, mysql_async::Error>,
    ) -> Result<T, EngineError> {
        let Some(link) = self.link.as_mut().filter(|_| !self.broken) else { return Err(gone()) };
        self.busy = true;
        // Catalogue queries have no limit on the server; a server that hangs is given up all the same.
        let patience = if self.limited { self.pool.connector.patience() } else { Duration::from_secs(60) };
        match tokio::time::timeout(patience, task(&mut link.conn)).await {
            Ok(done) => self.settle(done),
            Err(_) => {
                self.broken = true;
                Err(EngineError::Timeout)
            }
        }
    }

    fn settle<T>(&mut self, done: Result<T, mysql_async::Error>) -> Result<T, EngineError> {
        self.busy = false;
        done.map_err(|error| {
            self.broken |= error::is_broken(&error);
            error::meaning(&error)
        })
    }
}

fn gone() -> EngineError {
    EngineError::Unavailable { cause: "the connection broke earlier".to_owned() }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        let runtime = tokio::runtime::Handle::try_current();
        let (pool, permit) = (self.pool.clone(), self.permit.take());
        if self.busy {
            let id = link.conn.id();
            sever(link.conn);
            if let Ok(runtime) = runtime {
                runtime.spawn(async move {
                    pool.connector.kill(id).await;
                    drop(permit);
                });
            }
        } else if self.broken || !self.limited {
            if self.broken {
                sever(link.conn);
            }
        } else if self.in_transaction {
            let Ok(runtime) = runtime else { return sever(link.conn) };
            runtime.spawn(async move {
                let undone = tokio::time::timeout(pool.connector.patience(), link.conn.query_drop("ROLLBACK")).await;
                match undone {
                    Ok(Ok(())) => pool.take_back(link),
                    _ => sever(link.conn),
                }
                drop(permit);
            });
        } else {
            pool.take_back(link);
        }
    }
}
