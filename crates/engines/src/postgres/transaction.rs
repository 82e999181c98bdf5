//! A transaction on a connection of its own.

use super::{
    execute,
    pool::{Lease, LeaseState},
};
use crate::{EngineError, Transaction, TxMode, postgres::error::translate};
use async_trait::async_trait;
use portcullis_query::{Rows, Statement};

const SAVEPOINT: &str = "SAVEPOINT portcullis";
const RELEASE: &str = "RELEASE SAVEPOINT portcullis";
const ROLLBACK_TO: &str = "ROLLBACK TO SAVEPOINT portcullis; RELEASE SAVEPOINT portcullis";

/// A running transaction. Its BEGIN travels with the first statement.
pub struct PgTransaction {
    lease: Lease,
    begin: Option<&'static str>,
    // PostgreSQL answers COMMIT of a failed transaction with a quiet ROLLBACK; it must not look like success.
    failed: bool,
}

impl PgTransaction {
    /// Starts a transaction on a checked-out connection.
    pub fn new(lease: Lease, mode: TxMode) -> Self {
        let begin = match mode {
            TxMode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            TxMode::Write => "BEGIN",
        };
        Self { lease, begin: Some(begin), failed: false }
    }

    // Left busy by a statement without an answer: the connection will be cut, and the server rolls back.
    fn check_alive(&self) -> Result<(), EngineError> {
        match self.lease.state {
            LeaseState::Busy => {
                Err(EngineError::Unavailable { cause: "the transaction's connection was given up".to_owned() })
            }
            LeaseState::Free | LeaseState::Transaction => Ok(()),
        }
    }

    async fn command(&mut self, sql: &str) -> Result<(), EngineError> {
        self.check_alive()?;
        self.lease.state = LeaseState::Busy;
        let limit = self.lease.connector().answer_timeout;
        let result = tokio::time::timeout(limit, self.lease.conn.client.batch_execute(sql)).await;
        let result = result.map_err(|_| EngineError::Timeout)?;
        self.lease.state = LeaseState::Transaction;
        self.failed |= result.is_err();
        result.map_err(|error| translate(&error))
    }

    async fn end(&mut self, sql: &str) -> Result<(), EngineError> {
        if self.begin.take().is_none() {
            self.command(sql).await?;
        }
        self.lease.state = LeaseState::Free;
        Ok(())
    }
}

#[async_trait]
impl Transaction for PgTransaction {
    async fn fetch(&mut self, statement: Statement) -> Result<Rows, EngineError> {
        self.check_alive()?;
        let result = execute::run_inside(&mut self.lease, self.begin.take(), &statement).await;
        self.failed |= result.is_err();
        result
    }

    async fn savepoint(&mut self) -> Result<(), EngineError> {
        match self.begin.take() {
            Some(begin) => self.command(&format!("{begin}; {SAVEPOINT}")).await,
            None => self.command(SAVEPOINT).await,
        }
    }

    async fn release(&mut self) -> Result<(), EngineError> {
        self.command(RELEASE).await
    }

    async fn rollback_to_savepoint(&mut self) -> Result<(), EngineError> {
        self.command(ROLLBACK_TO).await?;
        self.failed = false;
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), EngineError> {
        if self.failed {
            self.end("ROLLBACK").await?;
            return Err(EngineError::Other { cause: "commit of a transaction in which a statement failed".to_owned() });
        }
        self.end("COMMIT").await
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), EngineError> {
        self.end("ROLLBACK").await
    }
}
