//! PostgreSQL and whatever speaks its protocol (version 12 and later).
//!
//! Quick reads share a few pipelined connections; everything else checks one out of a pool. Statements are
//! prepared once a connection, values travel as text, rows come back in binary and are written as JSON by hand.

mod array;
mod connect;
mod decode;
mod error;
mod execute;
mod introspect;
mod mark;
mod numeric;
mod pace;
mod pool;
mod stream;
mod tls;
mod transaction;
mod types;
mod value;

use crate::{
    Engine, EngineError, EngineOptions, IntrospectOptions, Restructure, Transaction, TxMode, target::ServerTarget,
};
use async_trait::async_trait;
use connect::Connector;
use error::Failure;
use futures_util::future::{BoxFuture, select_ok};
use pace::{Pace, Paces};
use parking_lot::RwLock;
use pool::{Lease, LeaseState, Pool, Shared, SharedUse};
use portcullis_query::{
    Cost, RowFormat, Rows, Statement,
    render::{Dialect, dialects::Postgres},
};
use portcullis_schema::Catalog;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use transaction::PgTransaction;

/// A connection found lost this soon had died while it lay idle: a read is then sent again on a fresh one.
const LOST_AT_ONCE: Duration = Duration::from_secs(1);

/// A PostgreSQL database.
pub struct PostgresEngine {
    connector: Arc<Connector>,
    pool: Arc<Pool>,
    shared: Shared,
    paces: Paces,
    // Those of the URL until a sync names others; the mark is about what was read.
    schemas: RwLock<Vec<String>>,
    marks: mark::Marks,
}

/// The schemas to read: `public` if none is named.
fn or_public(schemas: &[String]) -> Vec<&str> {
    match schemas {
        [] => vec!["public"],
        given => given.iter().map(String::as_str).collect(),
    }
}

impl PostgresEngine {
    /// Prepares connecting to a server. The first statement connects, so that a server may be down now.
    ///
    /// # Errors
    ///
    /// No root certificates where the server's is to be checked.
    pub fn connect(target: ServerTarget, options: &EngineOptions) -> Result<Self, EngineError> {
        let connector = Arc::new(Connector::new(&target, options)?);
        Ok(Self {
            pool: Pool::new(Arc::clone(&connector), options.pool_size, options.pool_wait),
            shared: Shared::new(Arc::clone(&connector), (options.pool_size / 4).clamp(2, 4), options.pool_wait),
            paces: Paces::default(),
            connector,
            schemas: RwLock::new(target.schemas),
            marks: mark::Marks::default(),
        })
    }

    async fn fetch_once(&self, statement: &Statement) -> Result<Rows, Failure> {
        let pace = match statement.cost {
            Cost::Write => return execute::run_leased(&mut self.pool.lease().await?, statement).await,
            // A row by its key is quick whatever the key.
            Cost::Point => None,
            Cost::Page | Cost::Scan => Some(self.paces.of(&statement.text)),
        };
        if pace.as_ref().is_none_or(|pace| pace.may_share())
            && let Some(shared) = self.shared.pick().await?
        {
            return self.fetch_shared(shared, pace.as_deref(), statement).await;
        }
        let mut lease = self.pool.lease().await?;
        let began = Instant::now();
        let result = execute::run_leased(&mut lease, statement).await;
        if let Some(pace) = pace {
            pace.took(began.elapsed());
        }
        result
    }

    /// Runs a read behind others; one that is held up by them is sent again on a connection of its own.
    async fn fetch_shared(
        &self,
        shared: SharedUse<'_>,
        pace: Option<&Pace>,
        statement: &Statement,
    ) -> Result<Rows, Failure> {
        let conn = Arc::clone(&shared.conn);
        let mut run = Box::pin(execute::run(&self.connector, &conn, statement));
        let result = match tokio::time::timeout(pool::STUCK, &mut run).await {
            Ok(result) => result,
            Err(_) if shared.waits_behind_others() => {
                let aside = Box::pin(async {
                    let mut lease = self.pool.lease().await?;
                    execute::run_leased(&mut lease, statement).await
                });
                return select_ok([run as BoxFuture<'_, _>, aside]).await.map(|(rows, _)| rows);
            }
            Err(_) => run.await,
        };
        let took = shared.answered();
        if let Some(pace) = pace {
            pace.took(took);
        }
        result
    }

    /// Runs catalogue queries in one read-only transaction with a time limit of their own.
    async fn lease_for_catalogue(&self) -> Result<Lease, EngineError> {
        let mut lease = self.pool.lease().await?;
        lease.state = LeaseState::Busy;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 60000";
        tokio::time::timeout(self.connector.answer_timeout, lease.conn.client.batch_execute(begin))
            .await
            .map_err(|_| EngineError::Timeout)?
            .map_err(|error| error::translate(&error))?;
        Ok(lease)
    }
}

#[async_trait]
impl Engine for PostgresEngine {
    fn dialect(&self) -> &'static dyn Dialect {
        &Postgres
    }

    async fn introspect(&self, options: &IntrospectOptions) -> Result<Catalog, EngineError> {
        let mut lease = self.lease_for_catalogue().await?;
        let schemas = match options.schemas.as_slice() {
            [] => self.schemas.read().clone(),
            given => given.to_vec(),
        };
        let catalog = introspect::read(&lease.conn.client, &schemas, options.progress.as_deref()).await;
        lease.state = LeaseState::Transaction;
        *self.schemas.write() = schemas;
        // A statement prepared for an `int` column goes on taking an `int` after the column has grown.
        lease.conn.forget_prepared();
        catalog.map_err(|error| error::translate(&error))
    }

    async fn fetch(&self, statement: Statement) -> Result<Rows, EngineError> {
        let started = Instant::now();
        let result = self.fetch_once(&statement).await;
        match result {
            Err(failure)
                if failure.is_lost_connection()
                    && statement.cost != Cost::Write
                    && started.elapsed() < LOST_AT_ONCE =>
            {
                Ok(execute::run_leased(&mut self.pool.lease_fresh().await?, &statement).await?)
            }
            result => Ok(result?),
        }
    }

    async fn stream(&self, statement: Statement, chunks: mpsc::Sender<Rows>) -> Result<(), EngineError> {
        let lease = self.pool.lease().await?;
        stream::stream(lease, &statement, chunks).await
    }

    async fn begin(&self, mode: TxMode) -> Result<Box<dyn Transaction>, EngineError> {
        Ok(Box::new(PgTransaction::new(self.pool.lease().await?, mode)))
    }

    async fn restructure(&self, statements: &[String]) -> Result<(), Restructure> {
        let at = |at| move |error| Restructure { at, error };
        let mut lease = self.pool.lease().await.map_err(at(0))?;
        // Cut with its connection if the wait ends early: the server rolls back.
        lease.state = LeaseState::Busy;
        let run =
            async |text: &str| lease.conn.client.batch_execute(text).await.map_err(|error| error::translate(&error));
        let result = async {
            run("BEGIN; SET LOCAL statement_timeout = 0").await.map_err(at(0))?;
            for (number, text) in statements.iter().enumerate() {
                run(text).await.map_err(at(number))?;
            }
            run("COMMIT").await.map_err(at(statements.len()))
        }
        .await;
        if result.is_err() {
            // A connection that cannot roll back is cut, and the server does.
            run("ROLLBACK").await.map_err(at(0)).ok();
        }
        lease.conn.forget_prepared();
        lease.state = LeaseState::Transaction;
        result
    }

    async fn ping(&self) -> Result<(), EngineError> {
        let ping = Statement {
            text: "SELECT 1".to_owned(),
            values: Vec::new(),
            outputs: Arc::new([]),
            cost: Cost::Point,
            format: RowFormat::Json,
        };
        // Over a shared connection: health is answered while the pool is exhausted. REL-4.
        self.fetch(ping).await.map(drop)
    }

    async fn structure_mark(&self) -> Result<Option<String>, EngineError> {
        let mut lease = self.pool.lease().await?;
        lease.state = LeaseState::Busy;
        let schemas = self.schemas.read().clone();
        let mark = tokio::time::timeout(self.connector.answer_timeout, self.marks.read(&lease.conn.client, &schemas))
            .await
            .map_err(|_| EngineError::Timeout)?;
        lease.state = LeaseState::Free;
        mark.map(Some).map_err(|error| error::translate(&error))
    }
}
