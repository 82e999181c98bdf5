//! Stands in for a database that cannot be opened (an SQLite file that is gone), so that its project answers 503
//! instead of being unknown, and a node starts without it.

use async_trait::async_trait;
use portcullis_engines::{Engine, EngineError, IntrospectOptions, Restructure, Transaction, TxMode};
use portcullis_query::{
    Rows, Statement,
    render::{
        Dialect,
        dialects::{DIALECTS, SQLITE},
    },
};
use portcullis_schema::Catalog;
use tokio::sync::mpsc;

/// An engine that is not there.
pub struct Offline {
    dialect: &'static dyn Dialect,
    cause: String,
}

impl Offline {
    /// Stands in for an engine of this name.
    pub fn new(engine: &str, cause: String) -> Self {
        let dialect = DIALECTS.iter().copied().find(|dialect| dialect.name() == engine);
        Self { dialect: dialect.unwrap_or(&SQLITE), cause }
    }

    fn unavailable(&self) -> EngineError {
        EngineError::Unavailable { cause: self.cause.clone() }
    }
}

#[async_trait]
impl Engine for Offline {
    fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }

    async fn introspect(&self, _: &IntrospectOptions) -> Result<Catalog, EngineError> {
        Err(self.unavailable())
    }

    async fn fetch(&self, _: Statement) -> Result<Rows, EngineError> {
        Err(self.unavailable())
    }

    async fn stream(&self, _: Statement, _: mpsc::Sender<Rows>) -> Result<(), EngineError> {
        Err(self.unavailable())
    }

    async fn begin(&self, _: TxMode) -> Result<Box<dyn Transaction>, EngineError> {
        Err(self.unavailable())
    }

    async fn restructure(&self, _: &[String]) -> Result<(), Restructure> {
        Err(Restructure { at: 0, error: self.unavailable() })
    }

    async fn ping(&self) -> Result<(), EngineError> {
        Err(self.unavailable())
    }

    async fn structure_mark(&self) -> Result<Option<String>, EngineError> {
        Err(self.unavailable())
    }
}
