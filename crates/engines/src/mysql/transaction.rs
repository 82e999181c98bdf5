//! A running transaction on a connection of its own.

use super::pool::Lease;
use crate::{EngineError, Transaction};
use async_trait::async_trait;
use portcullis_query::{Rows, Statement};

/// A transaction; dropped, its lease rolls it back.
pub struct MySqlTransaction {
    lease: Lease,
    /// The server has rolled everything back by itself (deadlock, lock wait): what came now would be kept at once.
    lost: bool,
}

impl MySqlTransaction {
    /// Takes over a lease on which a transaction has begun.
    pub fn new(lease: Lease) -> Self {
        Self { lease, lost: false }
    }

    async fn watched<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut Lease) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        if self.lost {
            return Err(EngineError::Serialization);
        }
        let done = work(&mut self.lease).await;
        self.lost = match done {
            Err(EngineError::Serialization | EngineError::Unavailable { .. }) => true,
            Err(EngineError::Timeout) => self.lease.server.undoes_on_timeout,
            _ => false,
        };
        done
    }
}

#[async_trait]
impl Transaction for MySqlTransaction {
    async fn fetch(&mut self, statement: Statement) -> Result<Rows, EngineError> {
        self.watched(async |lease| lease.run(&statement).await).await
    }

    async fn savepoint(&mut self) -> Result<(), EngineError> {
        self.watched(async |lease| lease.command("SAVEPOINT portcullis").await).await
    }

    async fn release(&mut self) -> Result<(), EngineError> {
        self.watched(async |lease| lease.command("RELEASE SAVEPOINT portcullis").await).await
    }

    async fn rollback_to_savepoint(&mut self) -> Result<(), EngineError> {
        self.watched(async |lease| lease.command("ROLLBACK TO SAVEPOINT portcullis").await).await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), EngineError> {
        self.watched(async |lease| lease.finish("COMMIT").await).await
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), EngineError> {
        match self.lease.finish("ROLLBACK").await {
            // The server rolls back what a broken connection leaves behind.
            Err(_) if self.lease.is_broken() => Ok(()),
            done => done,
        }
    }
}
