//! SQLite, inside our own process.
//!
//! Reads by key and of short pages run on the caller's thread, other reads on a few threads of their own, writes on one. The file keeps
//! its journal mode and everything else: what is set here is set per connection.

use crate::{Engine, EngineError, EngineOptions, IntrospectOptions, Restructure, Transaction, TxMode};
use async_trait::async_trait;
use connect::{Conn, Limit, Role, Source};
use pool::Pool;
use portcullis_query::{
    Cost, Rows, Statement,
    render::{Dialect, dialects},
};
use portcullis_schema::Catalog;
use readers::{Readers, ended};
use slow::Slow;
use std::{
    path::Path,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use transaction::ReadTransaction;
use writer::Writer;

mod checkpoint;
mod claim;
mod connect;
mod decode;
mod error;
mod execute;
mod functions;
mod introspect;
mod moments;
mod pool;
mod readers;
mod slow;
mod structure;
mod traits;
mod transaction;
mod writer;

/// How long a writing transaction may do nothing before it is rolled back: it keeps everybody else from writing.
const IDLE: Duration = Duration::from_secs(30);
/// How long a read by key may hold up the caller's thread before it is moved to another.
const INLINE: Duration = Duration::from_millis(100);

/// The same for a page.
const INLINE_PAGE: Duration = Duration::from_millis(3);

/// Steps of SQLite's machine a page may take there: about a millisecond's.
const INLINE_STEPS: u64 = 60_000;

/// An open SQLite file.
pub struct SqliteEngine {
    source: Arc<Source>,
    slow: Slow,
    inline: Arc<Pool>,
    sessions: Arc<Pool>,
    /// Bounds read transactions and streams.
    turns: Arc<Semaphore>,
    readers: OnceLock<Arc<Readers>>,
    writer: OnceLock<Writer>,
    idle: Duration,
}

impl SqliteEngine {
    /// Opens a file that exists. One that can only be read is opened for reading.
    ///
    /// # Errors
    ///
    /// [`EngineError::Unavailable`] when there is no such file, or it is no database.
    pub fn open(path: &Path, options: &EngineOptions) -> Result<Self, EngineError> {
        Self::open_with(path, options, IDLE)
    }

    fn open_with(path: &Path, options: &EngineOptions, idle: Duration) -> Result<Self, EngineError> {
        let (source, conn) = Source::open(path, options)?;
        let cores = thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let most = options.pool_size.max(1);
        let inline = Pool::new(Role::Inline, cores.min(most));
        inline.adopt(conn);
        Ok(Self {
            source: Arc::new(source),
            slow: Slow::default(),
            inline,
            sessions: Pool::new(Role::Reader, most),
            turns: Arc::new(Semaphore::new(most)),
            readers: OnceLock::new(),
            writer: OnceLock::new(),
            idle,
        })
    }

    // Threads are started by the first who needs them: many databases are opened, few are busy.
    fn readers(&self) -> &Arc<Readers> {
        self.readers.get_or_init(|| Arc::new(Readers::start(&self.source)))
    }

    fn writer(&self) -> Result<&Writer, EngineError> {
        if self.source.read_only {
            return Err(EngineError::ReadOnly);
        }
        Ok(self.writer.get_or_init(|| Writer::start(&self.source, self.idle)))
    }

    /// Runs a read by key here and now; `None` where it would keep the caller's thread waiting.
    fn fetch_inline(&self, statement: &Statement) -> Option<Result<Rows, EngineError>> {
        self.inline(|conn| execute::run(conn, statement, Some(INLINE.min(self.source.options.statement_timeout))))
    }

    /// Runs a page here and now; `None` where it is known, or turns out, to be more than a few steps.
    fn fetch_page_inline(&self, statement: &Statement) -> Option<Result<Rows, EngineError>> {
        let strikes = self.slow.strikes(&statement.text);
        if strikes >= slow::OUT {
            return None;
        }
        let limit = INLINE_PAGE.min(self.source.options.statement_timeout);
        let result = self.inline(|conn| {
            let (result, spent) = execute::run_in_steps(conn, statement, limit, INLINE_STEPS);
            // Steps are the statement's own; time may have passed for a lock, a cold page, another process.
            if matches!(result, Err(EngineError::Timeout)) {
                self.slow.strike(&statement.text, if spent { slow::OUT } else { 1 });
            }
            result
        });
        if strikes > 0 && matches!(result, Some(Ok(_))) {
            self.slow.forgive(&statement.text);
        }
        result
    }

    fn inline(&self, run: impl FnOnce(&Conn) -> Result<Rows, EngineError>) -> Option<Result<Rows, EngineError>> {
        let conn = match self.inline.take(&self.source) {
            Ok(conn) => conn?,
            Err(EngineError::Timeout) => return None,
            Err(error) => return Some(Err(error)),
        };
        let result = conn.conn().and_then(run);
        // Locked, or slow: a thread that may wait reads it again.
        if matches!(result, Err(EngineError::Timeout)) { None } else { Some(result) }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        let patience = self.source.options.pool_wait;
        let turn = tokio::time::timeout(patience, Arc::clone(&self.turns).acquire_owned()).await;
        turn.ok()
            .and_then(Result::ok)
            .ok_or_else(|| EngineError::Unavailable { cause: format!("no connection was free within {patience:?}") })
    }

    /// Runs something on a thread of its own, on a connection of its own.
    async fn aside<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Conn) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let turn = self.turn().await?;
        let source = Arc::clone(&self.source);
        let (reply, answer) = oneshot::channel();
        let (tell, told) = oneshot::channel();
        thread::Builder::new()
            .name("sqlite-aside".to_owned())
            .spawn(move || {
                let result = source.connect(Role::Reader).and_then(|conn| {
                    let _ = tell.send(Arc::clone(&conn.limit));
                    run(&conn)
                });
                drop(turn);
                let _ = reply.send(result);
            })
            .map_err(|error| EngineError::Unavailable { cause: error.to_string() })?;
        let _ends = EndWhenDropped(told.await.ok());
        answer.await.map_err(|_| ended())?
    }
}

/// Ends the statement of a thread nobody waits for any more.
struct EndWhenDropped(Option<Arc<Limit>>);

impl Drop for EndWhenDropped {
    fn drop(&mut self) {
        if let Some(limit) = &self.0 {
            limit.end();
        }
    }
}

#[async_trait]
impl Engine for SqliteEngine {
    fn dialect(&self) -> &'static dyn Dialect {
        &dialects::Sqlite
    }

    async fn introspect(&self, options: &IntrospectOptions) -> Result<Catalog, EngineError> {
        let (source, progress) = (Arc::clone(&self.source), options.progress.clone());
        self.aside(move |conn| {
            source.look(&conn.sql).map_err(error::map)?;
            introspect::read(conn, progress.as_deref())
        })
        .await
    }

    async fn fetch(&self, statement: Statement) -> Result<Rows, EngineError> {
        match statement.cost {
            Cost::Write => self.writer()?.fetch(statement).await,
            Cost::Scan => self.readers().fetch(statement).await,
            Cost::Point => match self.fetch_inline(&statement) {
                Some(result) => result,
                None => self.readers().fetch(statement).await,
            },
            Cost::Page => match self.fetch_page_inline(&statement) {
                Some(result) => result,
                None => self.readers().fetch(statement).await,
            },
        }
    }

    async fn stream(&self, statement: Statement, chunks: mpsc::Sender<Rows>) -> Result<(), EngineError> {
        self.aside(move |conn| execute::stream(conn, &statement, &chunks)).await
    }

    async fn begin(&self, mode: TxMode) -> Result<Box<dyn Transaction>, EngineError> {
        match mode {
            TxMode::Write => Ok(Box::new(self.writer()?.begin().await?)),
            TxMode::Read => {
                let turn = self.turn().await?;
                let (source, readers) = (Arc::clone(&self.source), Arc::clone(self.readers()));
                Ok(Box::new(ReadTransaction::begin(source, readers, Arc::clone(&self.sessions), turn).await?))
            }
        }
    }

    async fn restructure(&self, statements: &[String]) -> Result<(), Restructure> {
        if self.source.read_only {
            return Err(Restructure { at: 0, error: EngineError::ReadOnly });
        }
        let (source, statements) = (Arc::clone(&self.source), statements.to_vec());
        let (reply, answer) = oneshot::channel();
        let started = thread::Builder::new().name("sqlite-structure".to_owned()).spawn(move || {
            let _ = reply.send(structure::change(&source, &statements));
        });
        let failed = |error: EngineError| Restructure { at: 0, error };
        started.map_err(|error| failed(EngineError::Unavailable { cause: error.to_string() }))?;
        answer.await.map_err(|_| failed(ended()))?
    }

    async fn ping(&self) -> Result<(), EngineError> {
        self.structure_mark().await.map(|_| ())
    }

    async fn structure_mark(&self) -> Result<Option<String>, EngineError> {
        self.source.find_again()?;
        let look = |source: &Source, conn: &Conn| {
            source.look(&conn.sql).map_err(error::map)?;
            traits::Traits::version(&conn.sql).map_err(error::map)
        };
        let mut mark = Err(EngineError::Timeout);
        if let Ok(Some(conn)) = self.inline.take(&self.source) {
            mark = conn.conn().and_then(|conn| look(&self.source, conn));
        }
        if matches!(mark, Err(EngineError::Timeout)) {
            let source = Arc::clone(&self.source);
            mark = self.aside(move |conn| look(&source, conn)).await;
        }
        mark.map(|version| Some(self.source.mark(version)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_query::RowFormat;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_transaction_that_does_nothing_for_too_long_lets_the_others_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t(n)").unwrap();
        let engine = SqliteEngine::open_with(&path, &EngineOptions::default(), Duration::from_millis(200)).unwrap();
        let insert = || Statement {
            text: "INSERT INTO t VALUES (1)".to_owned(),
            values: Vec::new(),
            outputs: Arc::new([]),
            cost: Cost::Write,
            format: RowFormat::Json,
        };
        let mut idle = engine.begin(TxMode::Write).await.unwrap();
        idle.fetch(insert()).await.unwrap();
        assert_eq!(engine.fetch(insert()).await.unwrap().affected, 1);
        assert!(matches!(idle.fetch(insert()).await, Err(EngineError::Timeout)));
        assert!(matches!(idle.commit().await, Err(EngineError::Timeout)));
        let rows: i64 = rusqlite::Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }
}
