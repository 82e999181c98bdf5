//! What the server refuses, and what we make of it.

use crate::site::{Site, read, refused, text, write};
use portcullis_query::Value;
use portcullis_schema::Decode;

pub async fn every_refusal_has_its_meaning(site: Site) {
    site.setup(&[
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "INSERT INTO parent VALUES (1)",
        "CREATE TABLE t (id int PRIMARY KEY, u int, n int NOT NULL, s varchar(3), tiny tinyint, d date, e enum('a'), \
         pid int, `we``ird` int, CONSTRAINT positive CHECK (n > 0), own int CHECK (own < 9), UNIQUE KEY u_key (u), \
         CONSTRAINT to_parent FOREIGN KEY (pid) REFERENCES parent(id))",
        "INSERT INTO t(id, u, n, pid) VALUES (1, 1, 1, 1)",
        "CREATE TRIGGER never BEFORE DELETE ON t FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'",
    ])
    .await;
    let engine = site.engine().await;
    for (sql, value, expected) in [
        ("INSERT INTO t(id,n) VALUES (1,?)", Value::Int(1), r#"UniqueViolation { constraint: Some("PRIMARY")"#),
        ("INSERT INTO t(id,n,u) VALUES (2,1,?)", Value::Int(1), r#"UniqueViolation { constraint: Some("u_key")"#),
        (
            "INSERT INTO t(id,n,pid) VALUES (2,1,?)",
            Value::Int(9),
            r#"ForeignKeyViolation { constraint: Some("to_parent")"#,
        ),
        ("DELETE FROM parent WHERE id = ?", Value::Int(1), r#"ForeignKeyViolation { constraint: Some("to_parent")"#),
        ("INSERT INTO t(id,n) VALUES (2,?)", Value::Null, r#"NotNull { column: Some("n") }"#),
        ("INSERT INTO t(id) VALUES (?)", Value::Int(2), r#"NotNull { column: Some("n") }"#),
        ("INSERT INTO t(id,n) VALUES (2,?)", Value::Int(0), r#"Check { constraint: Some("positive") }"#),
        ("INSERT INTO t(id,n,own) VALUES (2,1,?)", Value::Int(9), r#"Check { constraint: Some("own") }"#),
        ("DELETE FROM t WHERE id = ?", Value::Int(1), "Check { constraint: None }"),
        ("INSERT INTO t(id,n,s) VALUES (2,1,?)", text("long"), r#"InvalidValue { column: Some("s") }"#),
        ("INSERT INTO t(id,n,tiny) VALUES (2,1,?)", Value::Int(128), r#"InvalidValue { column: Some("tiny") }"#),
        ("INSERT INTO t(id,n,d) VALUES (2,1,?)", text("2023-02-29"), r#"InvalidValue { column: Some("d") }"#),
        ("INSERT INTO t(id,n,e) VALUES (2,1,?)", text("b"), r#"InvalidValue { column: Some("e") }"#),
        ("INSERT INTO t(id,n,`we``ird`) VALUES (2,1,?)", text("x"), r#"InvalidValue { column: Some("we`ird") }"#),
        ("UPDATE t SET u = 9223372036854775807 + ?", Value::Int(1), "InvalidValue { column: None }"),
        ("INSERT INTO gone VALUES (?)", Value::Int(1), "Drift"),
        ("INSERT INTO t(gone) VALUES (?)", Value::Int(1), "Drift"),
        ("this is no SQL ?", Value::Int(1), "Other"),
    ] {
        refused(engine.fetch(write(sql, vec![value])).await, expected);
    }
    // The connection is as good as before.
    engine.ping().await.unwrap();
}

pub async fn a_missing_right_is_denied(site: Site) {
    site.setup(&["CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE hidden (id int)"]).await;
    let login = site.login("ro", &["SELECT ON {db}.t"]).await;
    let engine = site.engine_as(&login).await;
    engine.fetch(read("SELECT id FROM t", vec![], &[("id", Decode::Int)])).await.unwrap();
    refused(engine.fetch(write("INSERT INTO t VALUES (?)", vec![Value::Int(1)])).await, "Denied");
    refused(engine.fetch(read("SELECT id FROM hidden", vec![], &[("id", Decode::Int)])).await, "Denied");
}

pub async fn a_wrong_password_is_denied(site: Site) {
    let login = site.login("pw", &["SELECT ON {db}.*"]).await.replace("secret", "guess");
    let engine = site.engine_as(&login).await;
    let error = engine.ping().await.unwrap_err();
    assert!(!format!("{error:?}").contains("guess"));
    refused(Err::<(), _>(error), "Denied");
}

pub async fn rel_12_a_table_that_is_gone_is_drift(site: Site) {
    site.setup(&["CREATE TABLE t (id int PRIMARY KEY, a int)", "INSERT INTO t VALUES (1, 2)"]).await;
    let engine = site.engine().await;
    let statement = read("SELECT id, a FROM t", vec![], &[("id", Decode::Int), ("a", Decode::Int)]);
    engine.fetch(statement.clone()).await.unwrap();
    // Another type under a statement that is prepared already: the new one is read.
    site.setup(&["ALTER TABLE t MODIFY a varchar(10)", "UPDATE t SET a = 'new'"]).await;
    let rows = engine.fetch(statement.clone()).await.unwrap();
    assert_eq!(rows.captured, [Value::Int(1), text("new")]);
    site.setup(&["ALTER TABLE t DROP COLUMN a"]).await;
    refused(engine.fetch(statement.clone()).await, "Drift");
    site.setup(&["DROP TABLE t"]).await;
    refused(engine.fetch(statement).await, "Drift");
}
