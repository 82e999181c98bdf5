//! The one writing thread. Single writes that wait at the same time share a transaction; a write transaction has the
//! thread for itself until it ends.

use super::{
    checkpoint::Checkpoints,
    claim::{Claim, wait},
    connect::{Conn, Role, Source},
    error, execute,
    readers::ended,
    transaction::{self, Command, WriteTransaction},
};
use crate::EngineError;
use crossbeam_channel::{Receiver, Sender, unbounded};
use portcullis_query::{Rows, Statement};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// Single writes that share a commit at most; more would make the slowest wait too long.
const GROUP: usize = 32;
/// After this long nobody joins a group any more: whoever was quick is waiting for its commit.
const GROUP_TIME: Duration = Duration::from_millis(50);

/// The way to the writing thread.
pub struct Writer {
    to: Sender<Message>,
    patience: Duration,
}

struct Job {
    statement: Statement,
    claim: Arc<Claim>,
    reply: oneshot::Sender<Result<Rows, EngineError>>,
}

struct Begin {
    claim: Arc<Claim>,
    reply: oneshot::Sender<Result<Sender<Command>, EngineError>>,
}

enum Message {
    Write(Job),
    Begin(Begin),
}

impl Writer {
    /// Starts the thread. A transaction whose owner sends nothing for `idle` is rolled back.
    pub fn start(source: &Arc<Source>, idle: Duration) -> Self {
        let (to, from) = unbounded();
        let patience = source.options.pool_wait;
        let source = Arc::clone(source);
        let started = thread::Builder::new().name("sqlite-write".to_owned()).spawn(move || {
            // A panic ends one group, not the thread; the dropped connection rolls back.
            while catch_unwind(AssertUnwindSafe(|| Worker::new(&source, idle).serve(&from))).is_err() {}
        });
        if let Err(error) = started {
            tracing::error!(%error, "The writer thread could not be started");
        }
        Self { to, patience }
    }

    /// Runs one write and waits until it is committed.
    pub async fn fetch(&self, statement: Statement) -> Result<Rows, EngineError> {
        let claim = Arc::new(Claim::default());
        let (reply, answer) = oneshot::channel();
        let job = Job { statement, claim: Arc::clone(&claim), reply };
        self.to.send(Message::Write(job)).map_err(|_| ended())?;
        wait(answer, &claim, self.patience).await?
    }

    /// Takes the writer.
    pub async fn begin(&self) -> Result<WriteTransaction, EngineError> {
        let claim = Arc::new(Claim::default());
        let (reply, answer) = oneshot::channel();
        self.to.send(Message::Begin(Begin { claim: Arc::clone(&claim), reply })).map_err(|_| ended())?;
        wait(answer, &claim, self.patience).await?.map(WriteTransaction::new)
    }
}

struct Worker<'a> {
    source: &'a Source,
    conn: Option<Conn>,
    checkpoints: Checkpoints,
    idle: Duration,
}

impl<'a> Worker<'a> {
    fn new(source: &'a Arc<Source>, idle: Duration) -> Self {
        Self { source, conn: None, checkpoints: Checkpoints::start(source), idle }
    }

    fn serve(mut self, from: &Receiver<Message>) {
        let mut held = None;
        while let Some(message) = held.take().or_else(|| from.recv().ok()) {
            match message {
                Message::Begin(begin) => self.transaction(begin),
                Message::Write(job) if job.claim.take() => held = self.group(job, from),
                Message::Write(_) => {}
            }
        }
    }

    fn transaction(&mut self, begin: Begin) {
        if !begin.claim.take() {
            return;
        }
        let (limit, idle) = (self.source.options.statement_timeout, self.idle);
        let conn = match self.begin() {
            Ok(conn) => conn,
            Err(error) => {
                let _ = begin.reply.send(Err(error));
                return;
            }
        };
        let (to, commands) = unbounded();
        if begin.reply.send(Ok(to)).is_ok() {
            transaction::serve(conn, &commands, limit, idle);
        }
        self.settle();
    }

    /// Runs a write, and those that wait behind it, in one transaction; or each in its own where they would hurt each
    /// other. Gives back what it took from the queue and is no single write.
    fn group(&mut self, first: Job, from: &Receiver<Message>) -> Option<Message> {
        let limit = Some(self.source.options.statement_timeout);
        let conn = match self.begin() {
            Ok(conn) => conn,
            Err(error) => {
                let _ = first.reply.send(Err(error));
                return None;
            }
        };
        let begun = Instant::now();
        let (mut group, mut results) = (Vec::new(), Vec::new());
        let (mut next, mut held) = (Some(first), None);
        while let Some(job) = next.take() {
            let before = conn.sql.total_changes();
            let result = execute::run(conn, &job.statement, limit);
            // Usually SQLite has undone the failed statement alone. It may have ended the transaction, though, or
            // (RAISE(FAIL)) kept what the statement did before it failed.
            let spoiled = result.is_err() && (conn.sql.is_autocommit() || conn.sql.total_changes() != before);
            group.push(job);
            results.push(result);
            if spoiled {
                self.settle();
                self.apart(group, results);
                return held;
            }
            if group.len() < GROUP && begun.elapsed() < GROUP_TIME {
                (next, held) = waiting(from);
            }
        }
        match conn.command("COMMIT").map_err(error::map) {
            Ok(()) => {
                for (job, result) in group.into_iter().zip(results) {
                    let _ = job.reply.send(result);
                }
                self.settle();
            }
            // A deferred key of one of them does not hold: the others must not suffer.
            Err(EngineError::ForeignKeyViolation { .. }) if group.len() > 1 => {
                self.settle();
                group.into_iter().for_each(|job| self.alone(job));
            }
            Err(error) => {
                self.settle();
                for job in group {
                    let _ = job.reply.send(Err(error.clone()));
                }
            }
        }
        held
    }

    /// After the last of `results` spoiled the group: its own answer stands, all others are run again.
    fn apart(&mut self, group: Vec<Job>, mut results: Vec<Result<Rows, EngineError>>) {
        let culprit = results.len() - 1;
        let mut verdict = results.pop();
        for (at, job) in group.into_iter().enumerate() {
            match verdict.take_if(|_| at == culprit) {
                Some(result) => drop(job.reply.send(result)),
                None => self.alone(job),
            }
        }
    }

    fn alone(&mut self, job: Job) {
        let limit = Some(self.source.options.statement_timeout);
        let result = self.begin().and_then(|conn| {
            let rows = execute::run(conn, &job.statement, limit)?;
            conn.command("COMMIT").map_err(error::map)?;
            Ok(rows)
        });
        let _ = job.reply.send(result);
        self.settle();
    }

    /// Takes the database's write lock, on a connection that fits the schema as it is now.
    fn begin(&mut self) -> Result<&Conn, EngineError> {
        if self.source.read_only {
            return Err(EngineError::ReadOnly);
        }
        // A write into a file that has lost its name would be lost with it.
        self.source.find_again()?;
        for _ in 0..2 {
            let conn = match self.conn.take() {
                Some(conn) if self.source.is_current(&conn) => conn,
                _ => self.source.connect(Role::Writer)?,
            };
            conn.command("BEGIN IMMEDIATE").map_err(error::map)?;
            self.source.look(&conn.sql).map_err(error::map)?;
            if self.source.is_current(&conn) {
                return Ok(self.conn.insert(conn));
            }
        }
        Err(EngineError::Drift { cause: "the schema keeps changing".to_owned() })
    }

    /// Leaves no transaction open, and the WAL to the checkpoints.
    fn settle(&mut self) {
        let Some(conn) = &self.conn else { return };
        if !conn.sql.is_autocommit() && conn.command("ROLLBACK").is_err() {
            self.conn = None;
            return;
        }
        self.checkpoints.after_commit(conn);
    }
}

/// The next single write whose caller still waits, or else what stands in the queue in its place.
fn waiting(from: &Receiver<Message>) -> (Option<Job>, Option<Message>) {
    loop {
        match from.try_recv() {
            Ok(Message::Write(job)) if job.claim.take() => return (Some(job), None),
            Ok(Message::Write(_)) => {}
            Ok(begin) => return (None, Some(begin)),
            Err(_) => return (None, None),
        }
    }
}
