use crate::bench::*;
use portcullis_engines::{Engine, EngineError, TxMode};
use portcullis_query::Cost;
use portcullis_schema::Decode;

fn insert(n: i64) -> portcullis_query::Statement {
    write(&format!("INSERT INTO t VALUES ({n})"), vec![])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_stays_and_what_is_dropped_or_rolled_back_goes() {
    let file = File::new("CREATE TABLE t(n INTEGER UNIQUE)");
    let engine = file.engine();
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    assert_eq!(tx.fetch(insert(1)).await.unwrap().affected, 1);
    let rows = tx.fetch(statement(Cost::Point, "SELECT n FROM t", vec![], &[Decode::Int])).await.unwrap();
    assert_eq!(text(&rows), r#"[{"a":1}]"#, "a transaction sees its own writes");
    tx.commit().await.unwrap();

    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(2)).await.unwrap();
    tx.rollback().await.unwrap();

    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(3)).await.unwrap();
    drop(tx);

    engine.fetch(insert(4)).await.unwrap();
    assert_eq!(number(&engine, "SELECT sum(n) FROM t").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_statement_undoes_only_itself() {
    let file = File::new("CREATE TABLE t(n INTEGER UNIQUE)");
    let engine = file.engine();
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    assert!(matches!(tx.fetch(insert(1)).await, Err(EngineError::UniqueViolation { .. })));
    tx.fetch(insert(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(number(&engine, "SELECT sum(n) FROM t").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn savepoints_keep_or_undo_what_came_after_them() {
    let file = File::new("CREATE TABLE t(n INTEGER)");
    let engine = file.engine();
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    tx.savepoint().await.unwrap();
    tx.fetch(insert(10)).await.unwrap();
    tx.rollback_to_savepoint().await.unwrap();
    tx.savepoint().await.unwrap();
    tx.fetch(insert(100)).await.unwrap();
    tx.release().await.unwrap();
    assert!(tx.release().await.is_err(), "there is none to release");
    tx.commit().await.unwrap();
    assert_eq!(number(&engine, "SELECT sum(n) FROM t").await, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_ended_by_a_trigger_cannot_be_committed() {
    let file = File::new(
        "CREATE TABLE t(n INTEGER);
         CREATE TRIGGER all_gone BEFORE INSERT ON t WHEN NEW.n = 13 BEGIN SELECT RAISE(ROLLBACK, 'no'); END;",
    );
    let engine = file.engine();
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    assert!(matches!(tx.fetch(insert(13)).await, Err(EngineError::Check { .. })));
    assert!(tx.fetch(insert(2)).await.is_err(), "nothing is written outside the transaction");
    assert!(tx.commit().await.is_err());
    assert_eq!(number(&engine, "SELECT count(*) FROM t").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_key_is_checked_at_commit() {
    let file = File::new(
        "CREATE TABLE parent(id INTEGER PRIMARY KEY);
         CREATE TABLE t(n INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED);",
    );
    let engine = file.engine();
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    assert!(matches!(tx.commit().await, Err(EngineError::ForeignKeyViolation { .. })));
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    tx.fetch(write("INSERT INTO parent VALUES (1)", vec![])).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(number(&engine, "SELECT count(*) FROM t").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_4_other_writes_wait_for_a_transaction_no_longer_than_told() {
    let file = File::new("PRAGMA journal_mode = wal; CREATE TABLE t(n INTEGER)");
    let engine = file.engine_with(&times(ms(5_000), ms(200)));
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    assert!(matches!(refusal(&engine, insert(2)).await, EngineError::Unavailable { .. }));
    assert!(matches!(engine.begin(TxMode::Write).await, Err(EngineError::Unavailable { .. })));
    assert_eq!(number(&engine, "SELECT count(*) FROM t").await, 0, "readers go on");
    tx.commit().await.unwrap();
    engine.fetch(insert(3)).await.unwrap();
    // Who gave up waiting has not written after all.
    assert_eq!(number(&engine, "SELECT sum(n) FROM t").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_takes_its_waiting_write_along() {
    let file = File::new("CREATE TABLE t(n INTEGER)");
    let engine = file.engine();
    let tx = engine.begin(TxMode::Write).await.unwrap();
    assert!(tokio::time::timeout(ms(50), engine.fetch(insert(1))).await.is_err());
    tx.commit().await.unwrap();
    engine.fetch(insert(2)).await.unwrap();
    assert_eq!(number(&engine, "SELECT sum(n) FROM t").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_transaction_whose_caller_goes_away_gives_its_connection_back() {
    let file = File::new("CREATE TABLE t(n INTEGER)");
    let engine = file.engine_with(&portcullis_engines::EngineOptions { pool_size: 1, ..times(ms(300), ms(3_000)) });
    for _ in 0..3 {
        let mut tx = engine.begin(TxMode::Read).await.unwrap();
        let endless = statement(Cost::Scan, ENDLESS, vec![], &[Decode::Int]);
        assert!(tokio::time::timeout(ms(50), tx.fetch(endless)).await.is_err());
        let again = tx.fetch(statement(Cost::Scan, "SELECT 1", vec![], &[Decode::Int])).await;
        assert!(matches!(again, Err(EngineError::Unavailable { .. })), "its connection is still busy");
        drop(tx);
        tokio::time::sleep(ms(600)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_sees_what_it_writes_and_keeps_nothing() {
    let file = File::new("CREATE TABLE t(n INTEGER UNIQUE)");
    let engine = std::sync::Arc::new(file.engine());
    engine.fetch(insert(1)).await.unwrap();
    let rehearsal = portcullis_engines::Rehearsal::over(engine.clone()).await.unwrap();
    assert_eq!(rehearsal.fetch(insert(2)).await.unwrap().affected, 1);
    assert!(matches!(rehearsal.fetch(insert(1)).await, Err(EngineError::UniqueViolation { .. })));
    let mut tx = rehearsal.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(3)).await.unwrap();
    let rows = tx.fetch(statement(Cost::Scan, "SELECT sum(n) FROM t", vec![], &[Decode::Int])).await.unwrap();
    assert_eq!(text(&rows), r#"[{"a":4}]"#, "its own writes, and not those before");
    tx.commit().await.unwrap();
    assert_eq!(number(&engine, "SELECT sum(n) FROM t").await, 1);
    let texts: Vec<_> = rehearsal.script().take().into_iter().map(|said| said.text).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
}
