//! Whole results, chunk by chunk.

use crate::server::{Db, hasty, json, scan};
use portcullis_engines::EngineError as E;
use portcullis_query::{RowFormat, Rows, Statement, Value};
use portcullis_schema::Decode::{Int, Text};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

fn numbers(last: i64) -> Statement {
    let text = "SELECT i, repeat('x', 200) AS t FROM generate_series(1, $1::bigint) i";
    Statement { format: RowFormat::Ndjson, ..scan(text, vec![Value::Int(last)], &[("i", Int), ("t", Text)]) }
}

const ACTIVE: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND application_name = 'portcullis' AND state <> 'idle'";

pub async fn every_row_arrives_in_chunks(db: Db) {
    let engine = db.engine().await;
    for (rows, chunks) in [(0, 0), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (2_500, 3)] {
        let (sender, mut receiver) = mpsc::channel::<Rows>(1);
        let streaming = tokio::spawn({
            let engine = Arc::clone(&engine);
            async move { engine.stream(numbers(rows), sender).await }
        });
        let (mut found, mut count) = (Vec::new(), 0);
        while let Some(chunk) = receiver.recv().await {
            count += 1;
            found.extend(chunk.captured.into_iter().step_by(2));
        }
        streaming.await.unwrap().unwrap();
        assert_eq!(found, (1..=rows).map(Value::Int).collect::<Vec<_>>());
        assert_eq!(count, chunks, "{rows}");
    }
}

/// Resident memory that is ours alone, from the kernel. KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap_or("RssAnon: 0 kB");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

pub async fn a_slow_receiver_slows_the_reading_and_memory_stays_flat(db: Db) {
    let engine = db.engine().await;
    let (sender, mut receiver) = mpsc::channel::<Rows>(1);
    let streaming = tokio::spawn(async move { engine.stream(numbers(1_000_000), sender).await });
    let mut rows = 0;
    let mut before = 0;
    let mut most = 0;
    while let Some(chunk) = receiver.recv().await {
        rows += chunk.len();
        if rows == 100_000 {
            // Long enough for the driver to fill its buffers if it could.
            tokio::time::sleep(Duration::from_millis(700)).await;
            before = resident_kib();
        }
        if rows > 100_000 && rows % 50_000 == 0 {
            most = most.max(resident_kib());
        }
    }
    streaming.await.unwrap().unwrap();
    assert_eq!(rows, 1_000_000);
    // The rows are more than 200 MiB. Other cases run beside this one, hence the room.
    assert!(most < before + 40 * 1024, "{before} KiB grew to {most} KiB");
}

pub async fn a_dropped_receiver_ends_the_reading_on_the_server(db: Db) {
    let engine = db.engine().await;
    let (sender, mut receiver) = mpsc::channel::<Rows>(1);
    let streaming = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.stream(numbers(100_000_000), sender).await }
    });
    receiver.recv().await.unwrap();
    drop(receiver);
    streaming.await.unwrap().unwrap();
    let (sender, receiver) = mpsc::channel::<Rows>(1);
    let sorting = "SELECT i FROM generate_series(1, 100000000) i ORDER BY random()";
    let streaming = tokio::spawn(async move { engine.stream(scan(sorting, vec![], &[("i", Int)]), sender).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(receiver);
    streaming.await.unwrap().unwrap();
    for _ in 0..40 {
        if db.number(ACTIVE).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a statement is still running");
}

pub async fn a_stream_outlives_the_statement_timeout(db: Db) {
    let engine = db.engine_with(&hasty()).await;
    let (sender, mut receiver) = mpsc::channel::<Rows>(1);
    let slow = "SELECT 1 AS v FROM pg_sleep(1.8)";
    let streaming = tokio::spawn(async move { engine.stream(scan(slow, vec![], &[("v", Int)]), sender).await });
    assert_eq!(receiver.recv().await.unwrap().bytes, br#"{"v":1}"#);
    streaming.await.unwrap().unwrap();
}

pub async fn errors_come_out_and_the_connection_is_used_again(db: Db) {
    let engine = db.engine_with(&hasty()).await;
    for _ in 0..5 {
        let (sender, mut receiver) = mpsc::channel::<Rows>(4);
        let late = scan("SELECT 10 / (1500 - i) AS v FROM generate_series(1, 2000) i", vec![], &[("v", Int)]);
        let error = engine.stream(late, sender).await.unwrap_err();
        assert!(matches!(error, E::InvalidValue { .. }), "{error:?}");
        assert_eq!(receiver.recv().await.unwrap().len(), 1_000);
        let (sender, _receiver) = mpsc::channel::<Rows>(4);
        let error = engine.stream(scan("SELECT 1 AS v FROM gone", vec![], &[("v", Int)]), sender).await.unwrap_err();
        assert!(matches!(error, E::Drift { .. }), "{error:?}");
    }
    assert_eq!(json(engine.fetch(scan("SELECT 1 AS v", vec![], &[("v", Int)])).await), r#"{"v":1}"#);
}
