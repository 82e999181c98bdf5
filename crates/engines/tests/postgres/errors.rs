//! Refusals and what they mean.

use crate::server::{Db, hasty, scan, text, write};
use portcullis_engines::{EngineError as E, TxMode};
use portcullis_query::Value;
use portcullis_schema::Decode::{Int, Text};
use std::time::{Duration, Instant};

const SETUP: &str = "
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child (
        id int GENERATED ALWAYS AS IDENTITY,
        code varchar(3) CONSTRAINT child_code UNIQUE,
        parent_id int CONSTRAINT child_parent REFERENCES parent,
        amount int NOT NULL DEFAULT 1 CONSTRAINT child_amount CHECK (amount > 0),
        moment timestamptz, small smallint);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN IF NEW.code = 'no' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END$$;
    CREATE TRIGGER refuse BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION refuse();
    INSERT INTO parent VALUES (1);
    INSERT INTO child (code, parent_id) VALUES ('a', 1);";

pub async fn each_refusal_has_its_meaning(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    let refused = async |sql: &str, values: Vec<Value>| engine.fetch(write(sql, values)).await.unwrap_err();
    let by_code = "INSERT INTO child (code) VALUES ($1)";
    let error = refused(by_code, vec![text("a")]).await;
    assert!(matches!(&error, E::UniqueViolation { constraint: Some(c), .. } if c == "child_code"), "{error:?}");
    let error = refused("INSERT INTO child (parent_id) VALUES ($1)", vec![Value::Int(9)]).await;
    assert!(matches!(&error, E::ForeignKeyViolation { constraint: Some(c) } if c == "child_parent"), "{error:?}");
    let error = refused("DELETE FROM parent", vec![]).await;
    assert!(matches!(&error, E::ForeignKeyViolation { constraint: Some(c) } if c == "child_parent"), "{error:?}");
    let error = refused("UPDATE child SET amount = $1", vec![Value::Null]).await;
    assert!(matches!(&error, E::NotNull { column: Some(c) } if c == "amount"), "{error:?}");
    let error = refused("UPDATE child SET amount = $1", vec![Value::Int(0)]).await;
    assert!(matches!(&error, E::Check { constraint: Some(c) } if c == "child_amount"), "{error:?}");
    let error = refused(by_code, vec![text("no")]).await;
    assert!(matches!(error, E::Check { constraint: None }), "{error:?}");
    for (column, value) in [("code", "four"), ("moment", "yesterday-ish"), ("small", "40000"), ("code", "a\0b")] {
        let error = refused(&format!("UPDATE child SET {column} = $1"), vec![text(value)]).await;
        assert!(matches!(error, E::InvalidValue { .. }), "{column} {error:?}");
    }
    for sql in ["SELECT 1 FROM gone", "SELECT gone FROM child", "SELECT gone(1)", "SELECT 1 FROM gone.child"] {
        let error = refused(sql, vec![]).await;
        assert!(matches!(error, E::Drift { .. }), "{sql} {error:?}");
    }
    let error = refused("INSERT INTO child (id) VALUES (7)", vec![]).await;
    assert!(matches!(&error, E::Other { cause } if cause.starts_with("428C9")), "{error:?}");
    let error = refused("SELEC 1", vec![]).await;
    assert!(matches!(&error, E::Other { cause } if cause.starts_with("42601")), "{error:?}");
    // What cannot be read in binary is not what the schema said it was.
    let error = engine.fetch(scan("SELECT '10.0.0.1'::inet AS v", vec![], &[("v", Text)])).await.unwrap_err();
    assert!(matches!(&error, E::Drift { cause } if cause.contains("inet")), "{error:?}");

    let role = format!("{}_reader", db.name);
    db.sql(&format!("CREATE ROLE {role} LOGIN")).await;
    let reader = db.as_user(&role).engine().await;
    let error = reader.fetch(scan("SELECT id FROM child", vec![], &[("id", Int)])).await.unwrap_err();
    db.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    assert!(matches!(error, E::Denied), "{error:?}");
}

pub async fn sec_62_causes_never_repeat_values(db: Db) {
    db.sql("CREATE TABLE t (v int UNIQUE); INSERT INTO t VALUES (4711)").await;
    let engine = db.engine().await;
    for sql in ["INSERT INTO t VALUES ($1)", "SELECT gone FROM t WHERE v = $1"] {
        let error = engine.fetch(write(sql, vec![Value::Int(4711)])).await.unwrap_err();
        let shown = format!("{error} {:?}", error.cause());
        assert!(!shown.contains("4711"), "{shown}");
        assert!(!error.to_string().contains("gone"), "{shown}");
    }
}

pub async fn rel_5_a_slow_statement_is_stopped_by_the_server(db: Db) {
    let engine = db.engine_with(&hasty()).await;
    let started = Instant::now();
    let error = engine.fetch(scan("SELECT 1 AS v FROM pg_sleep(30)", vec![], &[("v", Int)])).await.unwrap_err();
    assert!(matches!(error, E::Timeout), "{error:?}");
    assert!(started.elapsed() < Duration::from_millis(1_400), "{:?}", started.elapsed());
    assert_eq!(db.number("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%FROM pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()").await, 0);
}

pub async fn a_held_lock_is_a_timeout(db: Db) {
    db.sql("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1)").await;
    let engine = db.engine_with(&hasty()).await;
    let mut holder = engine.begin(TxMode::Write).await.unwrap();
    holder.fetch(write("UPDATE t SET v = 2", vec![])).await.unwrap();
    let error = engine.fetch(write("UPDATE t SET v = 3", vec![])).await.unwrap_err();
    assert!(matches!(error, E::Timeout), "{error:?}");
    holder.commit().await.unwrap();
    assert_eq!(engine.fetch(write("UPDATE t SET v = 3", vec![])).await.unwrap().affected, 1);
}
