//! Whole tables, row by row.

use crate::site::{Site, eventually, json, read, refused};
use portcullis_engines::EngineOptions;
use portcullis_query::Value;
use portcullis_schema::Decode;
use std::time::Duration;
use tokio::sync::mpsc;

fn numbers(up_to: i64) -> portcullis_query::Statement {
    read(
        "SELECT seq, REPEAT('x', 100) FROM seq_1_to_1000000 WHERE seq <= ?",
        vec![Value::Int(up_to)],
        &[("n", Decode::Int), ("s", Decode::Text)],
    )
}

pub async fn rows_come_in_chunks_and_all_of_them(site: Site) {
    let engine = site.engine().await;
    let (send, mut receive) = mpsc::channel(2);
    let streaming = tokio::spawn(async move { engine.stream(numbers(25_500), send).await });
    let mut sum = 0;
    let mut sizes = Vec::new();
    while let Some(rows) = receive.recv().await {
        let parsed: serde_json::Value = serde_json::from_str(&json(&rows)).unwrap();
        assert_eq!(parsed.as_array().unwrap().len(), rows.len());
        sum += (0..rows.len())
            .map(|row| match rows.captured(row, 2)[0] {
                Value::Int(n) => n,
                ref other => panic!("{other:?}"),
            })
            .sum::<i64>();
        sizes.push(rows.len());
    }
    streaming.await.unwrap().unwrap();
    assert_eq!(sum, 25_500 * 25_501 / 2);
    assert_eq!((sizes.len(), sizes[0], sizes[25]), (26, 1000, 500));
}

pub async fn a_stream_outlives_the_statement_limit(site: Site) {
    let options = EngineOptions { statement_timeout: Duration::from_secs(1), ..Default::default() };
    let engine = site.engine_with(&options).await;
    let (send, mut receive) = mpsc::channel(1);
    let slow = read("SELECT seq, SLEEP(1) FROM seq_1_to_3", vec![], &[("n", Decode::Int)]);
    let streaming = tokio::spawn(async move { engine.stream(slow, send).await });
    assert_eq!(receive.recv().await.unwrap().len(), 3);
    assert!(receive.recv().await.is_none());
    streaming.await.unwrap().unwrap();
}

pub async fn a_stream_nobody_takes_ends_on_the_server(site: Site) {
    let engine = site.engine().await;
    // Gone before the first row, and gone in the middle.
    for statement in [read("SELECT SLEEP(50) AS seq_1_to_", vec![], &[("n", Decode::Int)]), numbers(1_000_000)] {
        let (send, mut receive) = mpsc::channel(1);
        let engine = engine.clone();
        let streaming = tokio::spawn(async move { engine.stream(statement, send).await });
        eventually("the stream's start", || async { site.running("seq_1_to_").await == 1 }).await;
        let _ = tokio::time::timeout(Duration::from_millis(100), receive.recv()).await;
        drop(receive);
        streaming.await.unwrap().unwrap();
        eventually("the stream's end", || async { site.running("seq_1_to_").await == 0 }).await;
    }
}

pub async fn a_failing_stream_says_so(site: Site) {
    let engine = site.engine().await;
    let (send, mut receive) = mpsc::channel(1);
    refused(engine.stream(read("SELECT n FROM gone", vec![], &[("n", Decode::Int)]), send.clone()).await, "Drift");
    // In the middle of the rows.
    let failing = read(
        "SELECT IF(seq < 1500, seq, (SELECT 1 UNION SELECT seq)) FROM seq_1_to_2000",
        vec![],
        &[("n", Decode::Int)],
    );
    let streaming = tokio::spawn(async move { engine.stream(failing, send).await });
    assert_eq!(receive.recv().await.unwrap().len(), 1000);
    assert!(receive.recv().await.is_none());
    refused(streaming.await.unwrap(), "Other");
}
