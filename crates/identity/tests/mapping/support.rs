//! A database out of a script, and what is proposed for it.

use portcullis_base::Secret;
use portcullis_engines::{Engine, EngineOptions, IntrospectOptions, connect};
use portcullis_identity::propose::{Card, CardProposal, EngineSampler, Proposals, Samples, by_looks, propose};
use portcullis_schema::Catalog;
use std::sync::Arc;

/// Runs a script on a fresh SQLite file and proposes with samples.
pub fn proposals(script: &str) -> Proposals {
    let (catalog, samples) = evidence(script);
    propose(&catalog, &samples)
}

/// As [`proposals`], from names and types alone.
pub fn proposals_without_rows(script: &str) -> Proposals {
    propose(&evidence(script).0, &Samples::default())
}

fn evidence(script: &str) -> (Catalog, Samples) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    // One transaction instead of one for each statement; some rows lack their parents.
    let script = format!("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN; {script}; COMMIT;");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(&script)
        .unwrap_or_else(|error| panic!("{script}\n{error}"));
    block_on(async {
        let url = Secret::new(format!("sqlite:{}", path.display()));
        let engine: Arc<dyn Engine> = connect(&url, &EngineOptions::default()).await.unwrap();
        let catalog = engine.introspect(&IntrospectOptions::default()).await.unwrap();
        let samples = Samples::take(&catalog, &EngineSampler(&*engine), by_looks).await;
        (catalog, samples)
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(work)
}

/// A card as `table field=column ...`, fields in the card's order.
pub fn shown(card: &CardProposal) -> String {
    let fields = card.card.fields().iter();
    let columns = fields.filter_map(|field| card.fields.get(field).map(|column| format!(" {field}={column}")));
    format!("{}{}", card.table, columns.collect::<String>())
}

/// The card as [`shown`], or nothing.
pub fn card(found: &Proposals, card: Card) -> Option<String> {
    found.card(card).map(shown)
}
