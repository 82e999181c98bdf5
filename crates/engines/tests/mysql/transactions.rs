//! Transactions and savepoints.

use crate::site::{Site, count, eventually, read, refused, write};
use portcullis_engines::{EngineError, TxMode};
use portcullis_query::Value;
use portcullis_schema::Decode;

const ALL: &str = "SELECT COUNT(*) FROM t";

fn insert(id: i64) -> portcullis_query::Statement {
    write("INSERT INTO t VALUES (?, 0)", vec![Value::Int(id)])
}

async fn table(site: &Site) {
    site.setup(&["CREATE TABLE t (id int PRIMARY KEY, n int)"]).await;
}

pub async fn what_is_committed_stays_and_the_rest_goes(site: Site) {
    table(&site).await;
    let engine = site.engine().await;
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    assert_eq!(count(&engine, ALL, vec![]).await, 0);
    tx.commit().await.unwrap();
    assert_eq!(count(&engine, ALL, vec![]).await, 1);
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(2)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(count(&engine, ALL, vec![]).await, 1);
}

pub async fn a_dropped_transaction_is_rolled_back(site: Site) {
    table(&site).await;
    // One connection only: what comes next gets the very one.
    let options = portcullis_engines::EngineOptions { pool_size: 1, ..Default::default() };
    let engine = site.engine_with(&options).await;
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    drop(tx);
    engine.fetch(insert(2)).await.unwrap();
    assert_eq!(count(&engine, "SELECT SUM(id) FROM t", vec![]).await, 2);
}

pub async fn a_savepoint_undoes_only_what_came_after_it(site: Site) {
    table(&site).await;
    let engine = site.engine().await;
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(insert(1)).await.unwrap();
    tx.savepoint().await.unwrap();
    tx.fetch(insert(2)).await.unwrap();
    refused(tx.fetch(insert(1)).await, "UniqueViolation");
    tx.rollback_to_savepoint().await.unwrap();
    tx.savepoint().await.unwrap();
    tx.fetch(insert(3)).await.unwrap();
    tx.release().await.unwrap();
    tx.commit().await.unwrap();
    let rows = engine.fetch(read("SELECT id FROM t ORDER BY id", vec![], &[("id", Decode::Int)])).await.unwrap();
    assert_eq!(rows.captured, [Value::Int(1), Value::Int(3)]);
}

pub async fn a_reading_transaction_sees_one_state_and_writes_nothing(site: Site) {
    table(&site).await;
    let engine = site.engine().await;
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    engine.fetch(insert(1)).await.unwrap();
    let seen = tx.fetch(read(ALL, vec![], &[("n", Decode::Int)])).await.unwrap();
    assert_eq!(seen.captured, [Value::Int(0)]);
    refused(tx.fetch(insert(2)).await, "ReadOnly");
    tx.commit().await.unwrap();
    // The connection writes again.
    engine.fetch(insert(3)).await.unwrap();
    assert_eq!(count(&engine, ALL, vec![]).await, 2);
}

pub async fn rel_18_a_deadlock_is_a_serialization_failure_and_nothing_of_it_stays(site: Site) {
    table(&site).await;
    site.setup(&["INSERT INTO t VALUES (1, 0), (2, 0)"]).await;
    let engine = site.engine().await;
    let change = |id: i64| write("UPDATE t SET n = n + 1 WHERE id = ?", vec![Value::Int(id)]);
    let mut one = engine.begin(TxMode::Write).await.unwrap();
    let mut two = engine.begin(TxMode::Write).await.unwrap();
    one.fetch(change(1)).await.unwrap();
    two.fetch(change(2)).await.unwrap();
    let waiting = tokio::spawn(async move {
        let done = one.fetch(change(2)).await;
        (one, done)
    });
    eventually("waiting for the lock", || async { site.running("UPDATE t SET n").await > 0 }).await;
    let second = two.fetch(change(1)).await;
    let (one, first) = waiting.await.unwrap();
    let (mut loser, winner) = match (first, second) {
        (Ok(_), Err(EngineError::Serialization)) => (two, one),
        (Err(EngineError::Serialization), Ok(_)) => (one, two),
        other => panic!("{other:?}"),
    };
    // The server has rolled back by itself; a further write would stay for ever.
    refused(loser.fetch(insert(9)).await, "Serialization");
    refused(loser.commit().await, "Serialization");
    winner.commit().await.unwrap();
    assert_eq!(count(&engine, "SELECT SUM(n) FROM t", vec![]).await, 2);
    assert_eq!(count(&engine, ALL, vec![]).await, 2);
}
