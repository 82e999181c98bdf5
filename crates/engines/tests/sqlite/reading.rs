use crate::bench::*;
use portcullis_engines::{Engine, EngineError, TxMode};
use portcullis_query::{Cost, Value};
use portcullis_schema::Decode;
use std::{sync::Arc, time::Instant};
use tokio::sync::mpsc;

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_json_whatever_the_names() {
    let file = File::new(
        r#"CREATE TABLE "order ""by"" [select]"("a b" INTEGER, "from" TEXT); INSERT INTO "order ""by"" [select]" VALUES (1, 'x"y')"#,
    );
    let engine = file.engine();
    for cost in [Cost::Point, Cost::Page, Cost::Scan] {
        let select = r#"SELECT "a b", "from" FROM "order ""by"" [select]" WHERE "a b" = ?1"#;
        let rows =
            engine.fetch(statement(cost, select, vec![Value::Int(1)], &[Decode::Int, Decode::Text])).await.unwrap();
        assert_eq!(text(&rows), r#"[{"a":1,"b":"x\"y"}]"#);
        assert_eq!((rows.len(), rows.affected), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_every_kind_are_bound() {
    let file = File::new("");
    let engine = file.engine();
    let values = vec![
        Value::Null,
        Value::Bool(true),
        Value::Int(-5),
        Value::UInt(7),
        Value::Float(0.5),
        Value::Text("é".into()),
        Value::Bytes(vec![1, 2]),
    ];
    let select = "SELECT typeof(?1)||typeof(?2)||typeof(?3)||typeof(?4)||typeof(?5)||typeof(?6)||typeof(?7)";
    let rows = engine.fetch(statement(Cost::Scan, select, values, &[Decode::Text])).await.unwrap();
    assert_eq!(text(&rows), r#"[{"a":"nullintegerintegerintegerrealtextblob"}]"#);
    let too_big = statement(Cost::Scan, "SELECT ?1", vec![Value::UInt(u64::MAX)], &[Decode::Int]);
    assert!(matches!(refusal(&engine, too_big).await, EngineError::InvalidValue { .. }));
    let too_few = statement(Cost::Scan, "SELECT ?1, ?2", vec![Value::Int(1)], &[Decode::Int]);
    assert!(matches!(refusal(&engine, too_few).await, EngineError::Other { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_ended() {
    let file = File::new("");
    let engine = file.engine_with(&times(ms(200), ms(2_000)));
    for cost in [Cost::Scan, Cost::Point, Cost::Write] {
        let begun = Instant::now();
        let error = refusal(&engine, statement(cost, ENDLESS, vec![], &[Decode::Int])).await;
        assert!(matches!(error, EngineError::Timeout), "{error:?}");
        assert!(begun.elapsed() < ms(3_000), "{:?}", begun.elapsed());
        assert_eq!(number(&engine, "SELECT 1").await, 1, "the connection is as good as before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_4_who_finds_every_thread_busy_waits_no_longer_than_told() {
    let file = File::new("");
    let engine = Arc::new(file.engine_with(&times(ms(3_000), ms(200))));
    let busy: Vec<_> = (0..64)
        .map(|_| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move {
                let begun = Instant::now();
                let error = refusal(&engine, statement(Cost::Scan, ENDLESS, vec![], &[Decode::Int])).await;
                (error, begun.elapsed())
            })
        })
        .collect();
    let mut unavailable = 0;
    for task in busy {
        let (error, took) = task.await.unwrap();
        match error {
            EngineError::Unavailable { .. } => {
                assert!(took < ms(2_500), "{took:?}");
                unavailable += 1;
            }
            EngineError::Timeout => {}
            other => panic!("{other:?}"),
        }
    }
    let threads = std::thread::available_parallelism().unwrap().get().max(2);
    assert_eq!(unavailable, 64 - threads.min(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_12_what_is_gone_is_drift() {
    let file = File::new("CREATE TABLE t(a TEXT, b TEXT)");
    let engine = file.engine();
    let select = || statement(Cost::Point, "SELECT \"b\" FROM \"t\"", vec![], &[Decode::Text]);
    engine.fetch(select()).await.unwrap();
    file.change("ALTER TABLE t DROP COLUMN b");
    assert!(matches!(refusal(&engine, select()).await, EngineError::Drift { .. }));
    let insert = write("INSERT INTO t(a, b) VALUES ('x', 'y')", vec![]);
    assert!(matches!(refusal(&engine, insert).await, EngineError::Drift { .. }));
    file.change("DROP TABLE t");
    assert!(matches!(refusal(&engine, select()).await, EngineError::Drift { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_locked_by_its_owner_is_a_timeout() {
    let file = File::new("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    let engine = file.engine_with(&times(ms(300), ms(1_000)));
    let owner = file.connection();
    owner.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for cost in [Cost::Point, Cost::Page, Cost::Scan] {
        let select = statement(cost, "SELECT a FROM t", vec![], &[Decode::Int]);
        assert!(matches!(refusal(&engine, select).await, EngineError::Timeout));
    }
    assert!(matches!(refusal(&engine, write("DELETE FROM t", vec![])).await, EngineError::Timeout));
    owner.execute_batch("ROLLBACK").unwrap();
    assert_eq!(number(&engine, "SELECT a FROM t").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_comes_in_chunks_without_a_time_limit_and_ends_with_its_receiver() {
    let file = File::new("");
    let engine = Arc::new(file.engine_with(&times(ms(50), ms(500))));
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2500) SELECT i FROM n";
    let (to, mut chunks) = mpsc::channel(1);
    let streaming = Arc::clone(&engine);
    let select = statement(Cost::Scan, numbers, vec![], &[Decode::Int]);
    let task = tokio::spawn(async move { streaming.stream(select, to).await });
    let mut sizes = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        tokio::time::sleep(ms(60)).await;
        sizes.push(chunk.len());
    }
    task.await.unwrap().unwrap();
    assert_eq!(sizes, [1000, 1000, 500]);

    let (to, mut chunks) = mpsc::channel(1);
    let endless = ENDLESS.replace("count(*)", "i");
    let streaming = Arc::clone(&engine);
    let select = statement(Cost::Scan, &endless, vec![], &[Decode::Int]);
    let task = tokio::spawn(async move { streaming.stream(select, to).await });
    assert_eq!(chunks.recv().await.unwrap().len(), 1000);
    drop(chunks);
    tokio::time::timeout(ms(5_000), task).await.unwrap().unwrap().unwrap();

    let (to, _chunks) = mpsc::channel(1);
    let missing = statement(Cost::Scan, "SELECT a FROM missing", vec![], &[Decode::Int]);
    assert!(matches!(engine.stream(missing, to).await, Err(EngineError::Drift { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_transaction_sees_one_state() {
    let file = File::new("PRAGMA journal_mode = wal; CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    let engine = file.engine();
    let count = |cost| statement(cost, "SELECT count(*) FROM t", vec![], &[Decode::Int]);
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    assert_eq!(text(&tx.fetch(count(Cost::Scan)).await.unwrap()), r#"[{"a":1}]"#);
    engine.fetch(write("INSERT INTO t VALUES (2)", vec![])).await.unwrap();
    assert_eq!(text(&tx.fetch(count(Cost::Scan)).await.unwrap()), r#"[{"a":1}]"#);
    assert_eq!(text(&tx.fetch(count(Cost::Point)).await.unwrap()), r#"[{"a":1}]"#);
    assert!(matches!(tx.fetch(write("DELETE FROM t", vec![])).await, Err(EngineError::ReadOnly)));
    tx.commit().await.unwrap();
    for _ in 0..50 {
        // Dropped ones give their connection back, too.
        let mut tx = engine.begin(TxMode::Read).await.unwrap();
        assert_eq!(text(&tx.fetch(count(Cost::Scan)).await.unwrap()), r#"[{"a":2}]"#);
    }
}
