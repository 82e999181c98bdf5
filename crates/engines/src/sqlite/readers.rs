//! Threads that read: whatever may take longer than a look by key.

use super::{
    claim::{Claim, wait},
    connect::{Conn, Role, Source},
    execute,
    pool::Lease,
};
use crate::EngineError;
use crossbeam_channel::{Receiver, Sender, unbounded};
use portcullis_query::{Rows, Statement};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};
use tokio::sync::oneshot;

/// Threads that read, each on a connection of its own.
pub struct Readers {
    to: Sender<Job>,
    source: Arc<Source>,
}

enum Job {
    Fetch {
        statement: Statement,
        claim: Arc<Claim>,
        reply: oneshot::Sender<Result<Rows, EngineError>>,
    },
    /// A statement of a read transaction, which brings its connection.
    Session {
        conn: Lease,
        statement: Statement,
        reply: oneshot::Sender<(Lease, Result<Rows, EngineError>)>,
    },
}

impl Readers {
    /// Starts one thread per core, two at least.
    pub fn start(source: &Arc<Source>) -> Self {
        let (to, from) = unbounded();
        let threads = thread::available_parallelism().map_or(2, std::num::NonZero::get).max(2);
        for _ in 0..threads {
            let (source, from) = (Arc::clone(source), from.clone());
            let started = thread::Builder::new().name("sqlite-read".to_owned()).spawn(move || {
                // A panic ends one statement, not the thread.
                while catch_unwind(AssertUnwindSafe(|| serve(&source, &from))).is_err() {}
            });
            if let Err(error) = started {
                tracing::error!(%error, "A reader thread could not be started");
            }
        }
        Self { to, source: Arc::clone(source) }
    }

    /// Runs one reading statement on some thread.
    pub async fn fetch(&self, statement: Statement) -> Result<Rows, EngineError> {
        let claim = Arc::new(Claim::default());
        let (reply, answer) = oneshot::channel();
        self.to.send(Job::Fetch { statement, claim: Arc::clone(&claim), reply }).map_err(|_| ended())?;
        wait(answer, &claim, self.source.options.pool_wait).await?
    }

    /// Runs one statement of a read transaction; gives its connection back.
    pub async fn session(
        &self,
        conn: Lease,
        statement: Statement,
    ) -> Result<(Lease, Result<Rows, EngineError>), EngineError> {
        let (reply, answer) = oneshot::channel();
        self.to.send(Job::Session { conn, statement, reply }).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())
    }
}

/// A thread that should answer is gone.
pub fn ended() -> EngineError {
    EngineError::Unavailable { cause: "the database thread has ended".to_owned() }
}

fn serve(source: &Source, from: &Receiver<Job>) {
    let limit = Some(source.options.statement_timeout);
    let mut own: Option<Conn> = None;
    while let Ok(job) = from.recv() {
        match job {
            Job::Fetch { statement, claim, reply } => {
                if !claim.take() {
                    continue;
                }
                let result = current(&mut own, source).and_then(|conn| execute::run(conn, &statement, limit));
                let _ = reply.send(result);
            }
            Job::Session { conn, statement, reply } => {
                let result = conn.conn().and_then(|conn| execute::run(conn, &statement, limit));
                // Nobody waiting: dropped, the connection rolls back.
                let _ = reply.send((conn, result));
            }
        }
    }
}

fn current<'a>(own: &'a mut Option<Conn>, source: &Source) -> Result<&'a Conn, EngineError> {
    if own.as_ref().is_some_and(|conn| !source.is_current(conn)) {
        *own = None;
    }
    match own {
        Some(conn) => Ok(conn),
        None => Ok(own.insert(source.connect(Role::Reader)?)),
    }
}
