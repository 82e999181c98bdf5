//! Transactions: a writing one sends its statements to the writer's thread, a reading one has a connection.

use super::{
    connect::{Conn, Source},
    error, execute,
    pool::{Lease, Pool},
    readers::{Readers, ended},
};
use crate::{EngineError, Transaction};
use async_trait::async_trait;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use portcullis_query::{Cost, Rows, Statement};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

const SAVEPOINT: &str = "SAVEPOINT portcullis";
const RELEASE: &str = "RELEASE portcullis";
const ROLLBACK_TO: &str = "ROLLBACK TO portcullis";

/// What the owner of a writing transaction asks for.
pub enum Command {
    Fetch(Statement, oneshot::Sender<Result<Rows, EngineError>>),
    /// Fixed SQL, one after the other.
    Run(&'static [&'static str], oneshot::Sender<Result<(), EngineError>>),
    Commit(oneshot::Sender<Result<(), EngineError>>),
}

/// Serves a writing transaction until it ends. What is still open then, the caller rolls back.
pub fn serve(conn: &Conn, commands: &Receiver<Command>, limit: Duration, idle: Duration) {
    let mut broken = false;
    loop {
        let command = match commands.recv_timeout(idle) {
            Ok(command) => command,
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!("A transaction did nothing for {} s and was rolled back", idle.as_secs());
                return;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        match command {
            Command::Fetch(statement, reply) => {
                let before = conn.sql.total_changes();
                let result = if broken { Err(rolled_back()) } else { execute::run(conn, &statement, Some(limit)) };
                // Ended by the database, or half of a failed statement kept: nothing of it may be committed.
                broken |= conn.sql.is_autocommit() || (result.is_err() && conn.sql.total_changes() != before);
                let _ = reply.send(result);
            }
            Command::Run(texts, reply) => {
                let result = if broken { Err(rolled_back()) } else { run_all(conn, texts) };
                let _ = reply.send(result);
            }
            Command::Commit(reply) => {
                let result = if broken { Err(rolled_back()) } else { conn.command("COMMIT").map_err(error::map) };
                let _ = reply.send(result);
                return;
            }
        }
    }
}

fn run_all(conn: &Conn, texts: &[&'static str]) -> Result<(), EngineError> {
    texts.iter().try_for_each(|text| conn.command(text)).map_err(error::map)
}

fn rolled_back() -> EngineError {
    EngineError::Other { cause: "the transaction was rolled back already".to_owned() }
}

/// A writing transaction; dropping it hangs up, which rolls back.
pub struct WriteTransaction(Sender<Command>);

impl WriteTransaction {
    /// Speaks to the writer.
    pub const fn new(to: Sender<Command>) -> Self {
        Self(to)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, EngineError>>) -> Command,
    ) -> Result<T, EngineError> {
        let (reply, answer) = oneshot::channel();
        // The writer hung up: the transaction was idle for too long.
        self.0.send(command(reply)).map_err(|_| EngineError::Timeout)?;
        answer.await.map_err(|_| EngineError::Timeout)?
    }
}

#[async_trait]
impl Transaction for WriteTransaction {
    async fn fetch(&mut self, statement: Statement) -> Result<Rows, EngineError> {
        self.ask(|reply| Command::Fetch(statement, reply)).await
    }

    async fn savepoint(&mut self) -> Result<(), EngineError> {
        self.ask(|reply| Command::Run(&[SAVEPOINT], reply)).await
    }

    async fn release(&mut self) -> Result<(), EngineError> {
        self.ask(|reply| Command::Run(&[RELEASE], reply)).await
    }

    async fn rollback_to_savepoint(&mut self) -> Result<(), EngineError> {
        self.ask(|reply| Command::Run(&[ROLLBACK_TO, RELEASE], reply)).await
    }

    async fn commit(self: Box<Self>) -> Result<(), EngineError> {
        self.ask(Command::Commit).await
    }

    async fn rollback(self: Box<Self>) -> Result<(), EngineError> {
        match self.ask(|reply| Command::Run(&["ROLLBACK"], reply)).await {
            // It is rolled back, by whomever.
            Ok(()) | Err(EngineError::Timeout | EngineError::Other { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A reading transaction: one state of the database on a connection of its own.
pub struct ReadTransaction {
    /// `None` while a statement runs elsewhere, and after one whose caller went away.
    conn: Option<Lease>,
    source: Arc<Source>,
    readers: Arc<Readers>,
    _turn: OwnedSemaphorePermit,
}

impl ReadTransaction {
    /// Begins on a connection of the pool.
    pub async fn begin(
        source: Arc<Source>,
        readers: Arc<Readers>,
        pool: Arc<Pool>,
        turn: OwnedSemaphorePermit,
    ) -> Result<Self, EngineError> {
        // Opening one more may have to wait for a lock.
        let file = Arc::clone(&source);
        let taken = tokio::task::spawn_blocking(move || pool.take(&file)).await;
        let conn = taken.map_err(|_| ended())??.ok_or_else(ended)?;
        conn.conn()?.command("BEGIN DEFERRED").map_err(error::map)?;
        Ok(Self { conn: Some(conn), source, readers, _turn: turn })
    }

    fn run(&self, texts: &[&'static str]) -> Result<(), EngineError> {
        run_all(self.conn.as_ref().ok_or_else(ended)?.conn()?, texts)
    }
}

#[async_trait]
impl Transaction for ReadTransaction {
    async fn fetch(&mut self, statement: Statement) -> Result<Rows, EngineError> {
        // With a rollback journal a read may have to wait for a lock, which must not happen on the caller's thread.
        if statement.cost == Cost::Point && self.source.wal {
            let conn = self.conn.as_ref().ok_or_else(ended)?.conn()?;
            return execute::run(conn, &statement, Some(self.source.options.statement_timeout));
        }
        let conn = self.conn.take().ok_or_else(ended)?;
        let (conn, result) = self.readers.session(conn, statement).await?;
        self.conn = Some(conn);
        result
    }

    async fn savepoint(&mut self) -> Result<(), EngineError> {
        self.run(&[SAVEPOINT])
    }

    async fn release(&mut self) -> Result<(), EngineError> {
        self.run(&[RELEASE])
    }

    async fn rollback_to_savepoint(&mut self) -> Result<(), EngineError> {
        self.run(&[ROLLBACK_TO, RELEASE])
    }

    async fn commit(self: Box<Self>) -> Result<(), EngineError> {
        self.run(&["COMMIT"])
    }

    async fn rollback(self: Box<Self>) -> Result<(), EngineError> {
        self.run(&["ROLLBACK"])
    }
}
