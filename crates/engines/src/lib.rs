//! The wire to the customers' databases: the only room that names a driver.
//!
//! One folder per engine (`connect, introspect, execute, decode, error`); what stands above sees [`Engine`] alone.
//! SQL text is made in `query::render`; catalogue queries are each engine's own.

use async_trait::async_trait;
use portcullis_base::Secret;
use portcullis_query::{Rows, Statement, render::Dialect};
use portcullis_schema::Catalog;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

mod error;
mod json;
pub mod mysql;
pub mod postgres;
mod rehearsal;
pub mod sqlite;
mod target;

pub use error::EngineError;
pub use rehearsal::{Rehearsal, Said, Script};
pub use target::{DatabaseUrl, UrlError};

/// A connected customer database; cheap to share behind an `Arc`.
#[async_trait]
pub trait Engine: Send + Sync {
    /// The dialect its SQL is written in.
    fn dialect(&self) -> &'static dyn Dialect;

    /// Reads tables, columns, keys and comments. Changes nothing, and needs no more than the right to read.
    async fn introspect(&self, options: &IntrospectOptions) -> Result<Catalog, EngineError>;

    /// Runs one statement on its own. A write is committed when this returns.
    async fn fetch(&self, statement: Statement) -> Result<Rows, EngineError>;

    /// Runs one reading statement without the statement time limit and hands its rows over in chunks of
    /// about a thousand; a slow receiver slows the reading down, a dropped one ends it.
    async fn stream(&self, statement: Statement, chunks: mpsc::Sender<Rows>) -> Result<(), EngineError>;

    /// Starts a transaction on a connection of its own.
    async fn begin(&self, mode: TxMode) -> Result<Box<dyn Transaction>, EngineError>;

    /// Whether the database answers.
    async fn ping(&self) -> Result<(), EngineError>;

    /// Runs statements that change the structure, without the statement time limit: all of them or none where the
    /// engine can, one after the other where it cannot.
    async fn restructure(&self, statements: &[String]) -> Result<(), Restructure>;

    /// Something that changes when the database's structure may have changed, without reading the whole catalogue;
    /// cheap enough for a poll every few seconds. `None` where the engine has no such thing for this login.
    async fn structure_mark(&self) -> Result<Option<String>, EngineError>;
}

/// A running transaction. Dropped without `commit` it is rolled back.
#[async_trait]
pub trait Transaction: Send {
    /// Runs one statement inside.
    async fn fetch(&mut self, statement: Statement) -> Result<Rows, EngineError>;

    /// Opens a savepoint; savepoints do not nest.
    async fn savepoint(&mut self) -> Result<(), EngineError>;

    /// Keeps what was done since the savepoint.
    async fn release(&mut self) -> Result<(), EngineError>;

    /// Undoes what was done since the savepoint.
    async fn rollback_to_savepoint(&mut self) -> Result<(), EngineError>;

    /// Makes everything durable.
    async fn commit(self: Box<Self>) -> Result<(), EngineError>;

    /// Undoes everything.
    async fn rollback(self: Box<Self>) -> Result<(), EngineError>;
}

/// A statement that changes the structure failed.
#[derive(Debug)]
pub struct Restructure {
    /// Which of them, counted from 0; as many as there are when it was the end of it all.
    pub at: usize,
    /// Why.
    pub error: EngineError,
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TxMode {
    /// Reads only: all statements see one state.
    Read,
    /// Reads and writes; on SQLite the writer is taken at once.
    Write,
}

/// What a sync reads.
#[derive(Clone, Default)]
pub struct IntrospectOptions {
    /// PostgreSQL schemas in order; empty means `public`. Ignored elsewhere.
    pub schemas: Vec<String>,
    /// Called now and then with (tables done, tables in all).
    pub progress: Option<Arc<dyn Fn(usize, usize) + Send + Sync>>,
}

/// Bounds of a connection. The defaults are the documented ones.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How long one statement may run.
    pub statement_timeout: Duration,
    /// How long a statement waits for a free connection. REL-4.
    pub pool_wait: Duration,
    /// Connections at most.
    pub pool_size: usize,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// Open the database for reading only (SQLite).
    pub read_only: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            statement_timeout: Duration::from_secs(5),
            pool_wait: Duration::from_secs(2),
            pool_size: (4 * cores).clamp(4, 16),
            connect_timeout: Duration::from_secs(5),
            read_only: false,
        }
    }
}

/// Connects to the database a URL names. PostgreSQL and MySQL connect lazily: an unreachable server is an error of
/// the first statement, so that a node starts while a customer's database is down. Call [`Engine::ping`] to be sure.
///
/// # Errors
///
/// The URL cannot be used, or (SQLite) the file cannot be opened.
pub async fn connect(url: &Secret<String>, options: &EngineOptions) -> Result<Arc<dyn Engine>, EngineError> {
    match DatabaseUrl::parse(url.expose())? {
        DatabaseUrl::Postgres(target) => Ok(Arc::new(postgres::PostgresEngine::connect(target, options)?)),
        DatabaseUrl::MySql(target) => Ok(Arc::new(mysql::MySqlEngine::connect(target, options)?)),
        DatabaseUrl::Sqlite(path) => Ok(Arc::new(sqlite::SqliteEngine::open(&path, options)?)),
    }
}
