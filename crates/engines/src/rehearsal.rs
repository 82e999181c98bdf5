//! An engine that keeps nothing: what is written through it is undone at once, and every statement is noted down.
//! For questions such as "what if this caller did this" and for tests of a policy on a running stage.

use crate::{Engine, EngineError, IntrospectOptions, Restructure, Transaction, TxMode};
use async_trait::async_trait;
use parking_lot::Mutex;
use portcullis_query::{Cost, RowFormat, Rows, Statement, Value, render::Dialect};
use portcullis_schema::Catalog;
use std::sync::Arc;
use tokio::sync::mpsc;

/// A statement as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The SQL text; values stand in it as placeholders only.
    pub text: String,
    /// The placeholders' values in order.
    pub values: Vec<Value>,
}

/// What was said through one [`Rehearsal`].
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Vec<Said>>>);

impl Script {
    fn note(&self, statement: &Statement) {
        self.0.lock().push(Said { text: statement.text.clone(), values: statement.values.clone() });
    }

    /// All statements so far.
    pub fn said(&self) -> Vec<Said> {
        self.0.lock().clone()
    }

    /// Takes the statements so far, so that the next request starts with none.
    pub fn take(&self) -> Vec<Said> {
        std::mem::take(&mut self.0.lock())
    }
}

/// An engine that keeps nothing of what is written through it.
///
/// Counters of the database (PostgreSQL's sequences, MariaDB's AUTO_INCREMENT) move on all the same: databases do not
/// take those back.
pub struct Rehearsal {
    inner: Arc<dyn Engine>,
    script: Script,
    /// Whether a transaction takes back everything here.
    undoes: bool,
}

impl Rehearsal {
    /// A rehearsal on what another engine is connected to.
    ///
    /// # Errors
    ///
    /// The database does not answer.
    pub async fn over(inner: Arc<dyn Engine>) -> Result<Self, EngineError> {
        let undoes = match inner.dialect().name() {
            "mysql" => transactional(&*inner).await?,
            _ => true,
        };
        Ok(Self { inner, script: Script::default(), undoes })
    }

    /// What is said through it.
    pub fn script(&self) -> Script {
        self.script.clone()
    }

    fn check(&self) -> Result<(), EngineError> {
        if self.undoes {
            return Ok(());
        }
        Err(EngineError::Unsupported {
            cause: "rehearsing a write: the database has tables without transactions, which would keep it".to_owned(),
        })
    }
}

/// Whether every table of the database can take back what was written (MyISAM and its like cannot).
async fn transactional(engine: &dyn Engine) -> Result<bool, EngineError> {
    let text = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
                AND TABLE_TYPE = 'BASE TABLE' AND ENGINE NOT IN ('InnoDB', 'RocksDB', 'NDB') LIMIT 1";
    let statement = Statement {
        text: text.to_owned(),
        values: Vec::new(),
        outputs: Arc::from([]),
        cost: Cost::Scan,
        format: RowFormat::default(),
    };
    Ok(engine.fetch(statement).await?.is_empty())
}

#[async_trait]
impl Engine for Rehearsal {
    fn dialect(&self) -> &'static dyn Dialect {
        self.inner.dialect()
    }

    async fn introspect(&self, options: &IntrospectOptions) -> Result<Catalog, EngineError> {
        self.inner.introspect(options).await
    }

    async fn fetch(&self, statement: Statement) -> Result<Rows, EngineError> {
        self.script.note(&statement);
        if statement.cost != Cost::Write {
            return self.inner.fetch(statement).await;
        }
        self.check()?;
        let mut transaction = self.inner.begin(TxMode::Write).await?;
        let rows = transaction.fetch(statement).await;
        transaction.rollback().await?;
        rows
    }

    async fn stream(&self, statement: Statement, chunks: mpsc::Sender<Rows>) -> Result<(), EngineError> {
        self.script.note(&statement);
        self.inner.stream(statement, chunks).await
    }

    async fn begin(&self, mode: TxMode) -> Result<Box<dyn Transaction>, EngineError> {
        if mode == TxMode::Write {
            self.check()?;
        }
        let inner = self.inner.begin(mode).await?;
        Ok(Box::new(Undone { inner, script: self.script.clone() }))
    }

    async fn ping(&self) -> Result<(), EngineError> {
        self.inner.ping().await
    }

    async fn restructure(&self, _statements: &[String]) -> Result<(), Restructure> {
        let cause = "a structure is not changed in a rehearsal".to_owned();
        Err(Restructure { at: 0, error: EngineError::Unsupported { cause } })
    }

    async fn structure_mark(&self) -> Result<Option<String>, EngineError> {
        self.inner.structure_mark().await
    }
}

/// A transaction whose commit takes everything back.
struct Undone {
    inner: Box<dyn Transaction>,
    script: Script,
}

#[async_trait]
impl Transaction for Undone {
    async fn fetch(&mut self, statement: Statement) -> Result<Rows, EngineError> {
        self.script.note(&statement);
        self.inner.fetch(statement).await
    }

    async fn savepoint(&mut self) -> Result<(), EngineError> {
        self.inner.savepoint().await
    }

    async fn release(&mut self) -> Result<(), EngineError> {
        self.inner.release().await
    }

    async fn rollback_to_savepoint(&mut self) -> Result<(), EngineError> {
        self.inner.rollback_to_savepoint().await
    }

    async fn commit(self: Box<Self>) -> Result<(), EngineError> {
        self.inner.rollback().await
    }

    async fn rollback(self: Box<Self>) -> Result<(), EngineError> {
        self.inner.rollback().await
    }
}
