//! Transactions and savepoints.

use crate::server::{Db, json, scan, write};
use portcullis_engines::{Engine, EngineError as E, TxMode};
use portcullis_query::{Statement, Value};
use portcullis_schema::Decode::Int;
use std::time::Duration;

const SETUP: &str = "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 10)";

fn insert(id: i64) -> Statement {
    write("INSERT INTO t VALUES ($1, 0)", vec![Value::Int(id)])
}

fn ids() -> Statement {
    scan("SELECT id FROM t ORDER BY id", vec![], &[("id", Int)])
}

async fn all_ids(engine: &dyn Engine) -> String {
    json(engine.fetch(ids()).await)
}

pub async fn a_commit_lasts_and_a_drop_does_not(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    let mut kept = engine.begin(TxMode::Write).await.unwrap();
    assert_eq!(kept.fetch(insert(2)).await.unwrap().affected, 1);
    kept.commit().await.unwrap();
    let mut dropped = engine.begin(TxMode::Write).await.unwrap();
    dropped.fetch(insert(3)).await.unwrap();
    drop(dropped);
    let mut undone = engine.begin(TxMode::Write).await.unwrap();
    undone.fetch(insert(4)).await.unwrap();
    undone.rollback().await.unwrap();
    // One in which nothing was run is as good as none.
    engine.begin(TxMode::Write).await.unwrap().commit().await.unwrap();
    assert_eq!(all_ids(&*engine).await, r#"{"id":1},{"id":2}"#);
}

pub async fn a_savepoint_undoes_only_what_came_after_it(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.savepoint().await.unwrap();
    tx.fetch(insert(2)).await.unwrap();
    tx.release().await.unwrap();
    tx.savepoint().await.unwrap();
    assert!(matches!(tx.fetch(insert(2)).await, Err(E::UniqueViolation { .. })));
    tx.rollback_to_savepoint().await.unwrap();
    tx.savepoint().await.unwrap();
    tx.fetch(insert(3)).await.unwrap();
    tx.release().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(all_ids(&*engine).await, r#"{"id":1},{"id":2},{"id":3}"#);
}

pub async fn a_failed_transaction_cannot_be_committed(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(2)).await.unwrap();
    tx.fetch(insert(1)).await.unwrap_err();
    assert!(tx.commit().await.is_err());
    assert_eq!(all_ids(&*engine).await, r#"{"id":1}"#);
}

pub async fn a_reading_transaction_sees_one_state_and_cannot_write(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    assert_eq!(json(tx.fetch(ids()).await), r#"{"id":1}"#);
    engine.fetch(insert(2)).await.unwrap();
    assert_eq!(json(tx.fetch(ids()).await), r#"{"id":1}"#);
    assert!(matches!(tx.fetch(insert(3)).await, Err(E::ReadOnly)));
    tx.rollback().await.unwrap();
    assert_eq!(all_ids(&*engine).await, r#"{"id":1},{"id":2}"#);
}

pub async fn concurrent_changes_are_a_serialization_failure(db: Db) {
    db.sql("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 0), (2, 0)").await;
    let engine = db.engine().await;
    let update = |id: i64| write("UPDATE t SET v = v + 1 WHERE id = $1", vec![Value::Int(id)]);
    let (mut a, mut b) = (engine.begin(TxMode::Write).await.unwrap(), engine.begin(TxMode::Write).await.unwrap());
    a.fetch(update(1)).await.unwrap();
    b.fetch(update(2)).await.unwrap();
    let (first, second) = tokio::join!(a.fetch(update(2)), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        b.fetch(update(1)).await
    });
    let errors: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert!(matches!(errors.as_slice(), [E::Serialization]), "{errors:?}");
}

pub async fn a_dropped_future_leaves_no_transaction_behind(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    let sleep = "UPDATE t SET v = 99 FROM (SELECT pg_sleep(3)) s";
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(2)).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), tx.fetch(write(sleep, vec![]))).await.is_err());
    drop(tx);
    assert!(tokio::time::timeout(Duration::from_millis(200), engine.fetch(write(sleep, vec![]))).await.is_err());
    tokio::time::sleep(Duration::from_millis(500)).await;
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' \
                AND pid <> pg_backend_pid()";
    assert_eq!(db.number(open).await, 0);
    assert_eq!(
        json(engine.fetch(scan("SELECT id, v FROM t", vec![], &[("id", Int), ("v", Int)])).await),
        r#"{"id":1,"v":10}"#
    );
}
