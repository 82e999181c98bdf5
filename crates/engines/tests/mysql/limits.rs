//! Time, places and connections that break.

use crate::site::{Site, count, eventually, read, refused, text, write};
use mysql_async::prelude::Queryable;
use portcullis_base::Secret;
use portcullis_engines::{EngineOptions, TxMode};
use portcullis_query::{Statement, Value};
use portcullis_schema::Decode;
use std::time::{Duration, Instant};

fn hurried() -> EngineOptions {
    EngineOptions {
        statement_timeout: Duration::from_secs(1),
        pool_wait: Duration::from_millis(300),
        pool_size: 2,
        connect_timeout: Duration::from_secs(1),
        ..Default::default()
    }
}

fn sleep(seconds: i64) -> Statement {
    read("SELECT SLEEP(?)", vec![Value::Int(seconds)], &[("s", Decode::Int)])
}

pub async fn rel_5_a_slow_statement_ends_in_time(site: Site) {
    let engine = site.engine_with(&hurried()).await;
    let started = Instant::now();
    refused(engine.fetch(sleep(20)).await, "Timeout");
    assert!(started.elapsed() < Duration::from_millis(2500), "{:?}", started.elapsed());
    engine.ping().await.unwrap();
    assert_eq!(site.running("SLEEP(").await, 0);
}

pub async fn rel_5_a_slow_write_ends_in_time(site: Site) {
    site.setup(&["CREATE TABLE t (n int)"]).await;
    let engine = site.engine_with(&hurried()).await;
    refused(engine.fetch(write("INSERT INTO t SELECT SLEEP(20)", vec![])).await, "Timeout");
    assert_eq!(count(&engine, "SELECT COUNT(*) FROM t", vec![]).await, 0);
}

pub async fn a_lock_is_not_waited_for_for_ever(site: Site) {
    site.setup(&["CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)"]).await;
    let engine = site.engine_with(&hurried()).await;
    let mut holder = engine.begin(TxMode::Write).await.unwrap();
    holder.fetch(write("DELETE FROM t", vec![])).await.unwrap();
    refused(engine.fetch(write("DELETE FROM t WHERE id = 1", vec![])).await, "Timeout");
    holder.rollback().await.unwrap();
    assert_eq!(engine.fetch(write("DELETE FROM t", vec![])).await.unwrap().affected, 1);
}

pub async fn rel_4_a_full_pool_refuses_in_time(site: Site) {
    let engine = site.engine_with(&hurried()).await;
    let one = engine.begin(TxMode::Read).await.unwrap();
    let two = engine.begin(TxMode::Read).await.unwrap();
    let started = Instant::now();
    refused(engine.ping().await, "Unavailable");
    assert!(started.elapsed() < Duration::from_secs(1));
    drop(one);
    engine.ping().await.unwrap();
    two.rollback().await.unwrap();
}

pub async fn rel_3_connections_the_server_closed_are_replaced(site: Site) {
    site.setup(&["CREATE TABLE t (n int)"]).await;
    let engine = site.engine_with(&hurried()).await;
    let kill_all = async || {
        let mut admin = site.admin().await;
        let ids: Vec<u64> = admin
            .exec(
                "SELECT id FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()",
                (site.database.as_str(),),
            )
            .await
            .unwrap();
        assert!(!ids.is_empty());
        for id in ids {
            admin.query_drop(format!("KILL {id}")).await.unwrap();
        }
        admin.disconnect().await.unwrap();
    };
    let both = || async {
        let (a, b) = tokio::join!(engine.fetch(sleep(0)), engine.fetch(sleep(0)));
        a.unwrap();
        b.unwrap();
    };
    both().await;
    kill_all().await;
    // Reads and new transactions do not notice.
    both().await;
    kill_all().await;
    engine.begin(TxMode::Write).await.unwrap().commit().await.unwrap();
    both().await;
    kill_all().await;
    engine.ping().await.unwrap();
    // A write on a connection that rested is not lost either.
    both().await;
    kill_all().await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(engine.fetch(write("INSERT INTO t VALUES (1)", vec![])).await.unwrap().affected, 1);
    // In the middle of a transaction it is an error, and nothing is kept.
    let mut tx = engine.begin(TxMode::Write).await.unwrap();
    tx.fetch(write("INSERT INTO t VALUES (2)", vec![])).await.unwrap();
    kill_all().await;
    refused(tx.fetch(write("INSERT INTO t VALUES (3)", vec![])).await, "Unavailable");
    tx.rollback().await.unwrap();
    assert_eq!(count(&engine, "SELECT COUNT(*) FROM t", vec![]).await, 1);
}

pub async fn a_statement_nobody_waits_for_is_ended(site: Site) {
    let engine = site.engine_with(&EngineOptions { statement_timeout: Duration::from_secs(60), ..hurried() }).await;
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { engine.fetch(sleep(50)).await }
    });
    eventually("the statement's start", || async { site.running("SLEEP(").await == 1 }).await;
    waiting.abort();
    eventually("the statement's end", || async { site.running("SLEEP(").await == 0 }).await;
    // Both places are free again.
    eventually("the place's return", || async {
        let (a, b) = (engine.begin(TxMode::Read).await, engine.begin(TxMode::Read).await);
        a.is_ok() && b.is_ok()
    })
    .await;
}

pub async fn rel_5_a_server_that_never_answers_is_given_up(_: Site) {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mysql://u:p@127.0.0.1:{}/d", silent.local_addr().unwrap().port());
    let engine = portcullis_engines::connect(&Secret::new(url), &hurried()).await.unwrap();
    let started = Instant::now();
    refused(engine.ping().await, "Unavailable");
    assert!(started.elapsed() < Duration::from_secs(2));
}

pub async fn nobody_listening_is_unavailable(_: Site) {
    for url in ["mysql://u:p@127.0.0.1:1/d", "mysql://u:p@localhost/d?socket=/nowhere/my.sock"] {
        let engine = portcullis_engines::connect(&Secret::new(url.to_owned()), &hurried()).await.unwrap();
        refused(engine.ping().await, "Unavailable");
        refused(engine.introspect(&Default::default()).await, "Unavailable");
    }
}

pub async fn a_session_is_strict_and_in_utc(site: Site) {
    let engine = site.engine().await;
    let sql = "SELECT @@sql_mode, @@time_zone, @@character_set_client, 'a' || 'b', \"q\", 'x\\\\y'";
    let outputs = [
        ("m", Decode::Text),
        ("z", Decode::Text),
        ("c", Decode::Text),
        ("o", Decode::Int),
        ("q", Decode::Text),
        ("b", Decode::Text),
    ];
    let rows = engine.fetch(read(sql, vec![], &outputs)).await.unwrap();
    let Value::Text(mode) = &rows.captured[0] else { panic!("{:?}", rows.captured) };
    assert!(mode.contains("STRICT_ALL_TABLES") && !mode.contains("PIPES") && !mode.contains("NO_BACKSLASH"), "{mode}");
    assert_eq!(rows.captured[1..], [text("+00:00"), text("utf8mb4"), Value::Int(0), text("q"), text("x\\y")]);
}

pub async fn many_statements_stay_within_the_cache(site: Site) {
    let engine = site.engine_with(&EngineOptions { pool_size: 1, ..hurried() }).await;
    for n in 0..600 {
        assert_eq!(count(&engine, &format!("SELECT {n}"), vec![]).await, n);
    }
    let mut admin = site.admin().await;
    let (_, prepared): (String, u64) =
        admin.query_first("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'").await.unwrap().unwrap();
    // Other tests prepare a few beside us.
    assert!(prepared < 256 + 200, "{prepared}");
}

pub async fn an_aggregate_over_a_subquery_runs_more_than_once(site: Site) {
    site.setup(&["CREATE TABLE t (a int, b int)", "INSERT INTO t VALUES (1, 2), (3, 4)"]).await;
    let engine = site.engine_with(&EngineOptions { pool_size: 1, ..hurried() }).await;
    for _ in 0..3 {
        let sql = "SELECT SUM(h) + COUNT(*) FROM (SELECT a + b AS h FROM t WHERE a > ?) AS x";
        assert_eq!(count(&engine, sql, vec![Value::Int(0)]).await, 12);
    }
}

pub async fn requests_that_go_away_leave_no_place_taken_and_no_connection_behind(site: Site) {
    let engine = site.engine_with(&EngineOptions { pool_wait: Duration::from_secs(5), ..hurried() }).await;
    for round in 0..150_u64 {
        let engine = engine.clone();
        let request = tokio::spawn(async move {
            if round % 3 == 0 {
                let mut tx = engine.begin(TxMode::Write).await.unwrap();
                tx.fetch(sleep(0)).await.unwrap();
                tx.commit().await.unwrap();
            } else {
                let many = "SELECT seq FROM seq_1_to_20000 WHERE seq > ?";
                engine.fetch(read(many, vec![Value::Int(0)], &[("n", Decode::Int)])).await.unwrap();
            }
        });
        // Somewhere between connecting and the last row.
        tokio::time::sleep(Duration::from_micros(round * 37 % 4000)).await;
        request.abort();
    }
    let (one, two) = (engine.begin(TxMode::Write).await.unwrap(), engine.begin(TxMode::Write).await.unwrap());
    one.commit().await.unwrap();
    two.commit().await.unwrap();
    eventually("the other connections' end", || async { site.connections().await <= 2 }).await;
}
