//! SqliteEngine.
use crate::{Engine, EngineError, EngineOptions, IntrospectOptions, Transaction, TxMode};
use async_trait::async_trait;
use portcullis_query::{Rows, Statement, render::Dialect};
use portcullis_schema::Catalog;
use tokio::sync::mpsc;
/// Placeholder.
pub struct SqliteEngine;
impl SqliteEngine {
    /// Placeholder.
    pub fn open(_: &std::path::Path, _: &EngineOptions) -> Result<Self, EngineError> {
        unimplemented!()
    }
}
#[async_trait]
impl Engine for SqliteEngine {
    fn dialect(&self) -> &'static dyn Dialect {
        unimplemented!()
    }
    async fn introspect(&self, _: &IntrospectOptions) -> Result<Catalog, EngineError> {
        unimplemented!()
    }
    async fn fetch(&self, _: Statement) -> Result<Rows, EngineError> {
        unimplemented!()
    }
    async fn stream(&self, _: Statement, _: mpsc::Sender<Rows>) -> Result<(), EngineError> {
        unimplemented!()
    }
    async fn begin(&self, _: TxMode) -> Result<Box<dyn Transaction>, EngineError> {
        unimplemented!()
    }
    async fn ping(&self) -> Result<(), EngineError> {
        unimplemented!()
    }
    async fn structure_mark(&self) -> Result<Option<String>, EngineError> {
        unimplemented!()
    }
}
