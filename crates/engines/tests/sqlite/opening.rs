use crate::bench::*;
use portcullis_engines::{
    Engine, EngineError, EngineOptions, IntrospectOptions, TxMode, connect, sqlite::SqliteEngine,
};
use portcullis_query::{Cost, Value};
use portcullis_schema::Decode;

const SHOP: &str = "CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT, at DATETIME);
    INSERT INTO items(name, at) VALUES ('a', '2024-01-01 00:00:00'), ('b', NULL);
    CREATE VIEW names AS SELECT name FROM items;";

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_refused_and_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let Err(EngineError::Unavailable { cause }) = SqliteEngine::open(&path, &EngineOptions::default()) else {
        panic!("opened a file that is not there");
    };
    assert!(cause.contains("none.db"), "{cause}");
    assert!(!path.exists());
    assert!(SqliteEngine::open(folder.path(), &EngineOptions::default()).is_err(), "a folder is no database");
    let other = folder.path().join("letter.txt");
    std::fs::write(&other, "Dear reader, ".repeat(100)).unwrap();
    let Err(EngineError::Unavailable { .. }) = SqliteEngine::open(&other, &EngineOptions::default()) else {
        panic!("opened a file that is no database");
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_an_empty_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    std::fs::write(&path, "").unwrap();
    let url = portcullis_base::Secret::new(format!("sqlite:{}", path.display()));
    let engine = connect(&url, &EngineOptions::default()).await.unwrap();
    engine.ping().await.unwrap();
    assert!(engine.introspect(&IntrospectOptions::default()).await.unwrap().tables.is_empty());
    drop(engine);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_syncing_and_reading_leave_every_byte_of_the_file() {
    let file = File::new(SHOP);
    let before = std::fs::read(file.path()).unwrap();
    let engine = file.engine();
    engine.introspect(&IntrospectOptions::default()).await.unwrap();
    engine.structure_mark().await.unwrap();
    for cost in [Cost::Point, Cost::Page, Cost::Scan] {
        let rows = engine.fetch(statement(cost, "SELECT name FROM items", vec![], &[Decode::Text])).await.unwrap();
        assert_eq!(text(&rows), r#"[{"a":"a"},{"a":"b"}]"#);
    }
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    tx.fetch(statement(Cost::Scan, "SELECT name FROM items", vec![], &[Decode::Text])).await.unwrap();
    tx.commit().await.unwrap();
    drop(engine);
    std::thread::sleep(ms(50));
    assert!(std::fs::read(file.path()).unwrap() == before);
    assert_eq!(std::fs::read_dir(file.path().parent().unwrap()).unwrap().count(), 1, "nothing beside the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_mode_stays_what_it_was() {
    for mode in ["delete", "wal", "truncate"] {
        let file = File::new(&format!("PRAGMA journal_mode = {mode}; {SHOP}"));
        let engine = file.engine();
        engine.fetch(write("INSERT INTO items(name) VALUES (?)", vec![Value::Text("c".into())])).await.unwrap();
        assert_eq!(number(&engine, "SELECT count(*) FROM items").await, 3);
        drop(engine);
        // Truncating is a habit of the connection; what lies in the file is WAL or not.
        assert_eq!(file.journal_mode(), if mode == "wal" { "wal" } else { "delete" });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_opened_for_reading_refuses_writes() {
    for mode in ["delete", "wal"] {
        let file = File::new(&format!("PRAGMA journal_mode = {mode}; {SHOP}"));
        let engine = file.engine_with(&EngineOptions { read_only: true, ..EngineOptions::default() });
        assert_eq!(number(&engine, "SELECT count(*) FROM items").await, 2);
        let insert = write("INSERT INTO items(name) VALUES ('c')", vec![]);
        assert!(matches!(refusal(&engine, insert).await, EngineError::ReadOnly));
        assert!(matches!(engine.begin(TxMode::Write).await, Err(EngineError::ReadOnly)));
        assert_eq!(number(&engine, "SELECT count(*) FROM items").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_claims_to_read_is_refused() {
    let file = File::new(SHOP);
    let engine = file.engine();
    for cost in [Cost::Point, Cost::Page, Cost::Scan] {
        let delete = statement(cost, "DELETE FROM items", vec![], &[]);
        assert!(matches!(refusal(&engine, delete).await, EngineError::ReadOnly));
    }
    assert_eq!(number(&engine, "SELECT count(*) FROM items").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_fold_case_in_all_alphabets_and_like_tells_case_apart() {
    let file = File::new("CREATE TABLE t(name TEXT); INSERT INTO t VALUES ('ÄPFEL'), ('äpfel'), ('Apfel')");
    let engine = file.engine();
    assert_eq!(number(&engine, "SELECT count(*) FROM t WHERE lower(name) = lower('Äpfel')").await, 2);
    assert_eq!(number(&engine, "SELECT count(*) FROM t WHERE name LIKE 'a%'").await, 0);
    assert_eq!(number(&engine, "SELECT count(*) FROM t WHERE name LIKE 'A%'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_folds_case_itself_stays_whole() {
    let file = File::new("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'ÄPFEL')");
    let engine = file.engine();
    // The index appears while the writer is open already.
    engine.fetch(write("INSERT INTO t VALUES (2, 'ÖL')", vec![])).await.unwrap();
    file.change("CREATE INDEX folded ON t(lower(name)); INSERT INTO t VALUES (3, 'ÜBER')");
    engine.fetch(write("INSERT INTO t VALUES (4, 'ÉTÉ')", vec![])).await.unwrap();
    engine.fetch(write("UPDATE t SET name = 'Ä' WHERE id = 1", vec![])).await.unwrap();
    engine.fetch(write("DELETE FROM t WHERE id = 3", vec![])).await.unwrap();
    drop(engine);
    let check: String = file.connection().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_is_noticed_and_one_put_in_its_place_is_read() {
    let file = File::new("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
    let engine = file.engine();
    assert_eq!(number(&engine, "SELECT a FROM t").await, 1);
    let other = File::new("CREATE TABLE t(a); INSERT INTO t VALUES (2)");
    std::fs::rename(other.path(), file.path()).unwrap();
    engine.ping().await.unwrap();
    assert_eq!(number(&engine, "SELECT a FROM t").await, 2);
    engine.fetch(write("UPDATE t SET a = 3", vec![])).await.unwrap();
    assert_eq!(number(&engine, "SELECT a FROM t").await, 3);
    std::fs::remove_file(file.path()).unwrap();
    assert!(matches!(engine.ping().await, Err(EngineError::Unavailable { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_structure_mark_changes_with_the_structure_alone() {
    let file = File::new(SHOP);
    let engine = file.engine();
    let first = engine.structure_mark().await.unwrap().unwrap();
    engine.fetch(write("INSERT INTO items(name) VALUES ('c')", vec![])).await.unwrap();
    assert_eq!(engine.structure_mark().await.unwrap().unwrap(), first);
    file.change("ALTER TABLE items ADD COLUMN more TEXT");
    assert_ne!(engine.structure_mark().await.unwrap().unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_with_text_in_double_quotes_still_works() {
    let file = File::new(
        "CREATE TABLE t(state TEXT); INSERT INTO t VALUES ('open'), ('done');
         CREATE VIEW open_ones AS SELECT state FROM t WHERE state = \"open\";",
    );
    let engine = file.engine();
    assert_eq!(number(&engine, "SELECT count(*) FROM open_ones").await, 1);
    assert_eq!(engine.introspect(&IntrospectOptions::default()).await.unwrap().tables.len(), 2);
}
