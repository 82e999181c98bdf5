//! MySQL and MariaDB: everything that speaks their protocol.
//!
//! Takes finished statements, gives [`Rows`]. Connections are made when they are needed and kept in a small pool of
//! our own: the driver's empties its statement cache each time a connection comes back, and loses a place when a
//! waiting caller goes away.

use crate::{
    Engine, EngineError, EngineOptions, IntrospectOptions, Restructure, Transaction, TxMode, target::ServerTarget,
};
use async_trait::async_trait;
use connect::Connector;
use pool::{Lease, Pool};
use portcullis_query::{
    Cost, RowFormat, Rows, Statement,
    render::{Dialect, dialects::MySql},
};
use portcullis_schema::Catalog;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Semaphore, mpsc};

mod connect;
mod decode;
mod error;
mod execute;
mod introspect;
mod pool;
mod transaction;

static MARIADB: MySql = MySql { returning: true };
static MYSQL: MySql = MySql { returning: false };

/// A MySQL or MariaDB database.
pub struct MySqlEngine {
    pool: Arc<Pool>,
    /// Places for connections outside the pool: streams and syncs, which may take long.
    long: Arc<Semaphore>,
    pool_wait: Duration,
}

impl MySqlEngine {
    /// Prepares the connection; the server is first asked by the first statement.
    ///
    /// # Errors
    ///
    /// None today: the target was checked when its URL was parsed.
    pub fn connect(target: ServerTarget, options: &EngineOptions) -> Result<Self, EngineError> {
        let connector = Connector::new(&target, options);
        Ok(Self {
            pool: Arc::new(Pool::new(connector, options)),
            long: Arc::new(Semaphore::new(options.pool_size.max(1))),
            pool_wait: options.pool_wait,
        })
    }

    /// A connection of its own without a statement time limit.
    async fn long_lease(&self) -> Result<Lease, EngineError> {
        let permit = pool::admit(&self.long, self.pool_wait).await?;
        self.pool.unlimited(permit).await
    }
}

#[async_trait]
impl Engine for MySqlEngine {
    fn dialect(&self) -> &'static dyn Dialect {
        if self.pool.returning() { &MARIADB } else { &MYSQL }
    }

    async fn introspect(&self, options: &IntrospectOptions) -> Result<Catalog, EngineError> {
        let mut lease = self.long_lease().await?;
        introspect::read(&mut lease, options.progress.as_deref()).await
    }

    async fn fetch(&self, statement: Statement) -> Result<Rows, EngineError> {
        let mut lease = self.pool.lease().await?;
        match lease.run(&statement).await {
            // The server had closed a connection that was waiting for work: what only reads is sent once more.
            Err(error) if lease.went_stale() && statement.cost != Cost::Write => {
                tracing::debug!(cause = error.cause(), "A waiting connection was closed by the server");
                lease.renew().await?;
                lease.run(&statement).await
            }
            done => done,
        }
    }

    async fn stream(&self, statement: Statement, chunks: mpsc::Sender<Rows>) -> Result<(), EngineError> {
        self.long_lease().await?.stream(&statement, &chunks).await
    }

    async fn begin(&self, mode: TxMode) -> Result<Box<dyn Transaction>, EngineError> {
        let mut lease = self.pool.lease().await?;
        match lease.begin(mode).await {
            // Nothing was done yet, so that a fresh connection is as good.
            Err(_) if lease.went_stale() => {
                lease.renew().await?;
                lease.begin(mode).await?;
            }
            done => done?,
        }
        Ok(Box::new(transaction::MySqlTransaction::new(lease)))
    }

    async fn restructure(&self, statements: &[String]) -> Result<(), Restructure> {
        let at = |at| move |error| Restructure { at, error };
        let mut lease = self.long_lease().await.map_err(at(0))?;
        for (number, text) in statements.iter().enumerate() {
            let statement = Statement {
                text: text.clone(),
                values: Vec::new(),
                outputs: Arc::new([]),
                cost: Cost::Write,
                format: RowFormat::Json,
            };
            lease.run(&statement).await.map_err(at(number))?;
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), EngineError> {
        let mut lease = self.pool.lease().await?;
        match lease.ping().await {
            Err(_) if lease.went_stale() => {
                lease.renew().await?;
                lease.ping().await
            }
            done => done,
        }
    }

    async fn structure_mark(&self) -> Result<Option<String>, EngineError> {
        let mut lease = self.pool.lease().await?;
        let mark = match introspect::mark(&mut lease).await {
            Err(_) if lease.went_stale() => {
                lease.renew().await?;
                introspect::mark(&mut lease).await
            }
            // Thousands of tables on a server that has just started.
            Err(EngineError::Timeout) => introspect::mark(&mut self.long_lease().await?).await,
            done => done,
        };
        mark.map(Some)
    }
}
