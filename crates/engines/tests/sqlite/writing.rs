use crate::bench::*;
use portcullis_engines::{Engine, EngineError};
use portcullis_query::{Cost, Value};
use portcullis_schema::Decode;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn a_write_gives_its_rows_and_counts_what_it_changed() {
    let file = File::new("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)");
    let engine = file.engine();
    let insert = "INSERT INTO t(name) VALUES (?1), (?2) RETURNING id, name";
    let values = vec![Value::Text("a".into()), Value::Text("b".into())];
    let rows = engine.fetch(statement(Cost::Write, insert, values, &[Decode::Int, Decode::Text])).await.unwrap();
    assert_eq!((text(&rows).as_str(), rows.affected), (r#"[{"a":1,"b":"a"},{"a":2,"b":"b"}]"#, 2));
    let rows = engine.fetch(write("UPDATE t SET name = 'c'", vec![])).await.unwrap();
    assert_eq!((rows.len(), rows.affected), (0, 2));
    assert_eq!(engine.fetch(write("DELETE FROM t WHERE id = 9", vec![])).await.unwrap().affected, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_was_wrong() {
    let file = File::new(
        "CREATE TABLE parent(id INTEGER PRIMARY KEY);
         CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT, n INTEGER, parent INTEGER REFERENCES parent(id),
            UNIQUE (a, b), CONSTRAINT small CHECK (n < 10)) STRICT;
         CREATE TRIGGER no_thirteen BEFORE INSERT ON t WHEN NEW.n = -13 BEGIN SELECT RAISE(ABORT, 'bad luck'); END;
         CREATE TABLE plain(id INTEGER PRIMARY KEY);
         INSERT INTO t VALUES (1, 'a', 'b', 1, NULL);",
    );
    let engine = file.engine();
    let insert = |values: &str| write(&format!("INSERT INTO t VALUES {values}"), vec![]);
    match refusal(&engine, insert("(2, 'a', 'b', 1, NULL)")).await {
        EngineError::UniqueViolation { columns, .. } => assert_eq!(columns.unwrap(), ["a", "b"]),
        other => panic!("{other:?}"),
    }
    match refusal(&engine, insert("(1, 'x', 'b', 1, NULL)")).await {
        EngineError::UniqueViolation { columns, .. } => assert_eq!(columns.unwrap(), ["id"]),
        other => panic!("{other:?}"),
    }
    match refusal(&engine, insert("(2, NULL, 'b', 1, NULL)")).await {
        EngineError::NotNull { column } => assert_eq!(column.unwrap(), "a"),
        other => panic!("{other:?}"),
    }
    match refusal(&engine, insert("(2, 'x', 'b', 10, NULL)")).await {
        EngineError::Check { constraint } => assert_eq!(constraint.unwrap(), "small"),
        other => panic!("{other:?}"),
    }
    match refusal(&engine, insert("(2, 'x', 'b', 'ten', NULL)")).await {
        EngineError::InvalidValue { column } => assert_eq!(column.unwrap(), "n"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(refusal(&engine, insert("(2, 'x', 'b', 1, 77)")).await, EngineError::ForeignKeyViolation { .. }));
    assert!(matches!(
        refusal(&engine, insert("(2, 'x', 'b', -13, NULL)")).await,
        EngineError::Check { constraint: None }
    ));
    let mismatch = write("INSERT INTO plain VALUES ('x')", vec![]);
    assert!(matches!(refusal(&engine, mismatch).await, EngineError::InvalidValue { .. }));
    let missing = write("INSERT INTO missing VALUES (1)", vec![]);
    assert!(matches!(refusal(&engine, missing).await, EngineError::Drift { .. }));
    let nonsense = write("INSERT INTO", vec![]);
    assert!(matches!(refusal(&engine, nonsense).await, EngineError::Other { .. }));
    assert_eq!(number(&engine, "SELECT count(*) FROM t").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_from_other_failures() {
    let file = File::new("PRAGMA page_size = 4096; CREATE TABLE t(a BLOB)");
    let engine = file.engine();
    // A file may not hold more pages than its connection allows, which SQLite answers as it does a full disk.
    let mut tx = engine.begin(portcullis_engines::TxMode::Write).await.unwrap();
    tx.fetch(write("PRAGMA max_page_count = 4", vec![])).await.unwrap();
    let big = write("INSERT INTO t VALUES (zeroblob(100000))", vec![]);
    assert!(matches!(tx.fetch(big).await, Err(EngineError::DiskFull)));
}

/// Sends all of them at the same time; gives the answers in order.
async fn all_at_once(
    engine: &Arc<portcullis_engines::sqlite::SqliteEngine>,
    statements: Vec<portcullis_query::Statement>,
) -> Vec<Result<portcullis_query::Rows, EngineError>> {
    // The writer is kept busy, so that they meet in its queue.
    let holder = engine.begin(portcullis_engines::TxMode::Write).await.unwrap();
    let tasks: Vec<_> = statements
        .into_iter()
        .map(|statement| {
            let engine = Arc::clone(engine);
            tokio::spawn(async move { engine.fetch(statement).await })
        })
        .collect();
    tokio::time::sleep(ms(100)).await;
    holder.rollback().await.unwrap();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn numbered(n: i64) -> portcullis_query::Statement {
    statement(Cost::Write, "INSERT INTO t(n) VALUES (?1) RETURNING n", vec![Value::Int(n)], &[Decode::Int])
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_inserts_at_once_are_all_there_and_one_that_fails_hurts_no_other() {
    for mode in ["wal", "delete"] {
        let file = File::new(&format!("PRAGMA journal_mode = {mode}; CREATE TABLE t(n INTEGER UNIQUE)"));
        let engine = Arc::new(file.engine());
        let mut statements: Vec<_> = (0..50).map(numbered).collect();
        statements.insert(20, numbered(3));
        let answers = all_at_once(&engine, statements).await;
        for (at, answer) in answers.into_iter().enumerate() {
            match at {
                20 => assert!(matches!(answer, Err(EngineError::UniqueViolation { .. }))),
                at => assert_eq!(text(&answer.unwrap()), format!("[{{\"a\":{}}}]", at - usize::from(at > 20))),
            }
        }
        assert_eq!(number(&engine, "SELECT count(*) FROM t").await, 50);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_ends_the_whole_transaction_hurts_no_other() {
    let file = File::new(
        "CREATE TABLE t(n INTEGER);
         CREATE TRIGGER all_gone BEFORE INSERT ON t WHEN NEW.n = 13 BEGIN SELECT RAISE(ROLLBACK, 'no'); END;
         CREATE TRIGGER half_done AFTER INSERT ON t WHEN NEW.n = 14 BEGIN SELECT RAISE(FAIL, 'no'); END;",
    );
    let engine = Arc::new(file.engine());
    let statements = [1, 2, 13, 4, 14, 6].map(numbered).to_vec();
    let answers = all_at_once(&engine, statements).await;
    let done: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(done, [true, true, false, true, false, true]);
    assert_eq!(number(&engine, "SELECT count(*) FROM t").await, 4);
    assert_eq!(number(&engine, "SELECT count(*) FROM t WHERE n IN (13, 14)").await, 0, "nothing half-done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_key_that_does_not_hold_hurts_no_other() {
    let file = File::new(
        "CREATE TABLE parent(id INTEGER PRIMARY KEY);
         CREATE TABLE t(n INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO parent VALUES (1), (2);",
    );
    let engine = Arc::new(file.engine());
    let answers = all_at_once(&engine, [1, 99, 2].map(numbered).to_vec()).await;
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(answers[1], Err(EngineError::ForeignKeyViolation { .. })));
    assert_eq!(number(&engine, "SELECT sum(n) FROM t").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wal_does_not_grow_without_bound() {
    let file = File::new(
        "PRAGMA journal_mode = wal;
         CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER); CREATE INDEX i ON t(b)",
    );
    let engine = Arc::new(file.engine());
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move {
                for n in 0..500 {
                    let insert = "INSERT INTO t(a, b) VALUES (hex(randomblob(50)), ?1 * 7919 % 10007) RETURNING id, a";
                    let decodes = [Decode::Int, Decode::Text];
                    engine.fetch(statement(Cost::Write, insert, vec![Value::Int(n)], &decodes)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(number(&engine, "SELECT count(*) FROM t").await, 20_000);
    assert!(file.wal_bytes() > 0 && file.wal_bytes() < 20_000_000, "{} bytes", file.wal_bytes());
}
