//! The word that tells a poll that something changed, and how long it takes.

use crate::server::{Db, write};
use parking_lot::Mutex;
use portcullis_engines::{EngineOptions, IntrospectOptions};
use portcullis_query::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub async fn the_mark_changes_with_the_structure_and_only_with_it(db: Db) {
    db.sql("CREATE TABLE t (id int, a int, b text); CREATE TYPE mood AS ENUM ('ok'); CREATE SCHEMA elsewhere").await;
    let engine = db.engine().await;
    let mut last = engine.structure_mark().await.unwrap().unwrap();
    for sql in [
        "CREATE TABLE u (id int PRIMARY KEY)",
        "ALTER TABLE t ADD c int",
        "ALTER TABLE t RENAME c TO d",
        "ALTER TABLE t ALTER d TYPE bigint",
        "ALTER TABLE t ALTER b TYPE varchar(10)",
        "ALTER TABLE t ALTER b TYPE varchar(20)",
        "ALTER TABLE t DROP d",
        "ALTER TABLE t ALTER a SET NOT NULL",
        "ALTER TABLE t ALTER a SET DEFAULT 1",
        "ALTER TABLE t ALTER a SET DEFAULT 2",
        "ALTER TABLE t ADD CHECK (a > 0)",
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u",
        "CREATE UNIQUE INDEX t_b ON t (b)",
        "COMMENT ON COLUMN t.a IS 'one'",
        "COMMENT ON COLUMN t.a IS 'two'",
        "ALTER TYPE mood ADD VALUE 'sad'",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
        "CREATE VIEW v AS SELECT id FROM t",
        "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t",
        "CREATE DOMAIN positive AS int",
        "ALTER DOMAIN positive ADD CHECK (VALUE > 0)",
        "ALTER TABLE u RENAME TO w",
        "GRANT SELECT ON w TO public",
        "DROP VIEW v",
        "DROP TABLE w CASCADE",
    ] {
        db.sql(sql).await;
        let mark = engine.structure_mark().await.unwrap().unwrap();
        assert_ne!(mark, last, "{sql}");
        last = mark;
    }
    engine.fetch(write("INSERT INTO t VALUES ($1, 1, 'x')", vec![Value::Int(1)])).await.unwrap();
    db.sql("VACUUM").await;
    db.sql("ANALYZE; CREATE TEMP TABLE passing (id int); CREATE TABLE elsewhere.t (id int)").await;
    assert_eq!(engine.structure_mark().await.unwrap().unwrap(), last);
}

pub async fn thousands_of_tables_take_seconds(db: Db) {
    let make = "DO $$ BEGIN FOR i IN %a..%b LOOP
        EXECUTE format('CREATE TABLE t%s (id bigserial PRIMARY KEY, parent bigint REFERENCES t%s, a int NOT NULL, \
            b text UNIQUE, c numeric(10,2) CHECK (c > 0), d timestamptz DEFAULT now(), e jsonb)', i, greatest(i - 1, 0));
        END LOOP; END $$";
    db.sql("CREATE TABLE t0 (id bigserial PRIMARY KEY)").await;
    for from in (1..2_000).step_by(200) {
        db.sql(&make.replace("%a", &from.to_string()).replace("%b", &(from + 199).to_string())).await;
    }
    let options = EngineOptions { statement_timeout: Duration::from_secs(30), ..EngineOptions::default() };
    let engine = db.engine_with(&options).await;
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&steps);
    let started = Instant::now();
    let catalog = engine
        .introspect(&IntrospectOptions {
            schemas: vec![],
            progress: Some(Arc::new(move |done, total| seen.lock().push((done, total)))),
        })
        .await
        .unwrap();
    let took = started.elapsed();
    assert_eq!(catalog.tables.len(), 2_001);
    assert_eq!(catalog.tables.iter().filter(|table| table.foreign_keys.len() == 1).count(), 2_000);
    assert!(took < Duration::from_secs(10), "{took:?}");
    let steps = steps.lock().clone();
    assert_eq!((steps.first(), steps.last()), (Some(&(0, 2_001)), Some(&(2_001, 2_001))));
    engine.structure_mark().await.unwrap();
    let started = Instant::now();
    engine.structure_mark().await.unwrap();
    println!("2,001 tables: read in {took:?}, mark in {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_millis(500));
}
