//! Connections: lost, hung, missing, shared.

use crate::{
    proxy::muted_proxy,
    server::{Db, admin, hasty, json, point, scan, write},
};
use futures_util::future::join_all;
use portcullis_base::Secret;
use portcullis_engines::{EngineError as E, EngineOptions, TxMode};
use portcullis_query::Value;
use portcullis_schema::Decode::{Int, Text};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                         WHERE datname = current_database() AND application_name = 'portcullis'";

pub async fn rel_3_reads_survive_the_loss_of_idle_connections(db: Db) {
    let engine = db.engine().await;
    let one = || point("SELECT 1 AS v", vec![], &[("v", Int)]);
    let many = || scan("SELECT 2 AS v", vec![], &[("v", Int)]);
    for _ in 0..5 {
        assert_eq!(json(engine.fetch(one()).await), r#"{"v":1}"#);
        assert_eq!(json(engine.fetch(many()).await), r#"{"v":2}"#);
        db.sql(TERMINATE).await;
    }
    engine.begin(TxMode::Write).await.unwrap().commit().await.unwrap();
    // A loss in the middle of a statement is not hidden.
    let sleeping = engine.fetch(write("SELECT pg_sleep(3)", vec![]));
    let (lost, ()) = tokio::join!(sleeping, async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        db.sql(TERMINATE).await;
    });
    assert!(matches!(lost, Err(E::Unavailable { .. })), "{lost:?}");
    engine.ping().await.unwrap();
}

pub async fn rel_4_waiting_for_a_connection_is_bounded_and_ping_still_answers(db: Db) {
    let engine = db.engine_with(&hasty()).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(engine.begin(TxMode::Write).await.unwrap());
    }
    let started = Instant::now();
    let error = engine.fetch(scan("SELECT 1 AS v", vec![], &[("v", Int)])).await.unwrap_err();
    assert!(matches!(error, E::Unavailable { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_millis(600), "{:?}", started.elapsed());
    engine.ping().await.unwrap();
    assert_eq!(json(engine.fetch(point("SELECT 1 AS v", vec![], &[("v", Int)])).await), r#"{"v":1}"#);
    held.pop();
    engine.fetch(scan("SELECT 1 AS v", vec![], &[("v", Int)])).await.unwrap();
}

pub async fn a_read_that_proved_quick_needs_no_connection_of_its_own(db: Db) {
    let engine = db.engine_with(&hasty()).await;
    let read = || scan("SELECT 1 AS v", vec![], &[("v", Int)]);
    for _ in 0..3 {
        engine.fetch(read()).await.unwrap();
    }
    let _held = [engine.begin(TxMode::Write).await.unwrap(), engine.begin(TxMode::Write).await.unwrap()];
    assert_eq!(json(engine.fetch(read()).await), r#"{"v":1}"#);
    let unproved = scan("SELECT 2 AS v", vec![], &[("v", Int)]);
    assert!(matches!(engine.fetch(unproved).await, Err(E::Unavailable { .. })));
}

pub async fn a_read_held_up_by_a_slow_one_is_sent_again_elsewhere(db: Db) {
    let options = EngineOptions { statement_timeout: Duration::from_secs(5), pool_size: 4, ..hasty() };
    let engine = db.engine_with(&options).await;
    let sleep = |seconds: &str| {
        let values = vec![Value::Text(seconds.to_owned())];
        scan("SELECT 1 AS v FROM pg_sleep($1::float8)", values, &[("v", Int)])
    };
    for _ in 0..3 {
        engine.fetch(sleep("0")).await.unwrap();
    }
    // Quick until now, so that both shared connections are held up by it.
    let slow = join_all((0..2).map(|_| engine.fetch(sleep("3"))));
    let started = Instant::now();
    let quick = async {
        let answers = join_all((0..8).map(|_| engine.fetch(sleep("0")))).await;
        (answers, started.elapsed())
    };
    let (slow, (quick, took)) = tokio::join!(slow, quick);
    assert!(quick.into_iter().chain(slow).all(|answer| json(answer) == r#"{"v":1}"#));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

pub async fn sec_46_what_a_transaction_set_is_gone_for_the_next(db: Db) {
    let engine = db.engine_with(&EngineOptions { pool_size: 1, ..hasty() }).await;
    let shown = || scan("SELECT current_setting('work_mem') AS v", vec![], &[("v", Text)]);
    let before = json(engine.fetch(shown()).await);
    for commits in [true, false] {
        let mut transaction = engine.begin(TxMode::Write).await.unwrap();
        transaction
            .fetch(scan("SELECT set_config('work_mem', '77kB', true) AS v", vec![], &[("v", Text)]))
            .await
            .unwrap();
        transaction.fetch(write("CREATE TEMP TABLE mine (n int) ON COMMIT DROP", vec![])).await.unwrap();
        assert_eq!(json(transaction.fetch(shown()).await), r#"{"v":"77kB"}"#);
        if commits {
            transaction.commit().await.unwrap();
        } else {
            drop(transaction);
        }
        assert_eq!(json(engine.fetch(shown()).await), before);
        assert!(engine.fetch(write("INSERT INTO mine VALUES (1)", vec![])).await.is_err());
    }
}

pub async fn rel_5_a_peer_that_never_answers_is_given_up(_: Db) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://u:p@{}/d", listener.local_addr().unwrap());
    let _accepting = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            kept.push(socket);
        }
    });
    let engine = portcullis_engines::connect(&Secret::new(url), &hasty()).await.unwrap();
    let started = Instant::now();
    let error = engine.fetch(point("SELECT 1 AS v", vec![], &[("v", Int)])).await.unwrap_err();
    assert!(matches!(error, E::Unavailable { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_millis(1_500), "{:?}", started.elapsed());
}

pub async fn rel_5_a_server_that_falls_silent_is_given_up(db: Db) {
    let (url, mute) = muted_proxy(&db).await;
    let engine = portcullis_engines::connect(&Secret::new(url), &hasty()).await.unwrap();
    let one = || point("SELECT 1 AS v", vec![], &[("v", Int)]);
    let many = || scan("SELECT 1 AS v", vec![], &[("v", Int)]);
    engine.fetch(one()).await.unwrap();
    engine.fetch(many()).await.unwrap();
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    tx.fetch(many()).await.unwrap();
    mute.send(true).unwrap();
    let started = Instant::now();
    let (shared, inside) = tokio::join!(engine.fetch(one()), tx.fetch(many()));
    assert!(matches!(shared, Err(E::Timeout)), "{shared:?}");
    assert!(matches!(inside, Err(E::Timeout)), "{inside:?}");
    assert!(started.elapsed() < Duration::from_millis(2_200), "{:?}", started.elapsed());
    assert!(matches!(tx.commit().await, Err(E::Unavailable { .. })));
    mute.send(false).unwrap();
    engine.fetch(one()).await.unwrap();
    engine.fetch(many()).await.unwrap();
}

pub async fn rel_12_a_retyped_column_is_read_in_its_new_type(db: Db) {
    db.sql("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 5)").await;
    let engine = db.engine().await;
    let by_key = || point("SELECT v FROM t WHERE id = $1", vec![Value::Int(1)], &[("v", Int)]);
    let list = || scan("SELECT v FROM t", vec![], &[("v", Int)]);
    let update = || {
        let mut update = write("UPDATE t SET v = v + 1 RETURNING v", vec![]);
        update.outputs = crate::server::outputs(&[("v", Int)]);
        update
    };
    assert_eq!(json(engine.fetch(by_key()).await), r#"{"v":5}"#);
    assert_eq!(json(engine.fetch(list()).await), r#"{"v":5}"#);
    assert_eq!(json(engine.fetch(update()).await), r#"{"v":6}"#);
    db.sql("ALTER TABLE t ALTER v TYPE bigint").await;
    // A write is sent again as well, and runs once: a stale plan is refused before anything is done.
    assert_eq!(json(engine.fetch(update()).await), r#"{"v":7}"#);
    assert_eq!(json(engine.fetch(by_key()).await), r#"{"v":7}"#);
    assert_eq!(json(engine.fetch(list()).await), r#"{"v":7}"#);
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    tx.fetch(list()).await.unwrap();
    drop(tx);
    tokio::time::sleep(Duration::from_millis(100)).await;
    db.sql("ALTER TABLE t ALTER v TYPE numeric").await;
    // Inside a transaction there is no second try, but the next transaction is whole again.
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    assert!(matches!(tx.fetch(list()).await, Err(E::Drift { .. })));
    drop(tx);
    let mut tx = engine.begin(TxMode::Read).await.unwrap();
    assert_eq!(json(tx.fetch(list()).await), r#"{"v":7}"#);
}

pub async fn rel_12_a_dropped_column_is_drift(db: Db) {
    db.sql("CREATE TABLE t (id int PRIMARY KEY, v int)").await;
    let engine = db.engine().await;
    let by_key = || point("SELECT v FROM t WHERE id = $1", vec![Value::Int(1)], &[("v", Int)]);
    engine.fetch(by_key()).await.unwrap();
    db.sql("ALTER TABLE t DROP v").await;
    let error = engine.fetch(by_key()).await.unwrap_err();
    assert!(matches!(error, E::Drift { .. }), "{error:?}");
}

pub async fn a_server_that_is_down_is_found_out_by_the_first_statement(db: Db) {
    let options = hasty();
    let nobody = "postgres://u:hunter2@127.0.0.1:1/d".to_owned();
    let engine = portcullis_engines::connect(&Secret::new(nobody), &options).await.unwrap();
    let error = engine.ping().await.unwrap_err();
    assert!(matches!(error, E::Unavailable { .. }), "{error:?}");
    assert!(matches!(engine.begin(TxMode::Read).await.err(), Some(E::Unavailable { .. })));
    let mut missing = db.clone();
    missing.url.set_path("portcullis_no_such_database");
    let error = missing.engine().await.ping().await.unwrap_err();
    assert!(matches!(&error, E::Unavailable { cause } if cause.contains("3D000")), "{error:?}");
}

pub async fn prepared_statements_are_bounded(db: Db) {
    let engine = db.engine_with(&EngineOptions { pool_size: 1, ..EngineOptions::default() }).await;
    for n in 0..600 {
        engine.fetch(scan(&format!("SELECT {n} AS v"), vec![], &[("v", Int)])).await.unwrap();
    }
    let long = format!("SELECT 1 AS v /* {} */", "x".repeat(9_000));
    engine.fetch(scan(&long, vec![], &[("v", Int)])).await.unwrap();
    let kept = scan(
        "SELECT count(*) AS n, max(length(statement)) AS l FROM pg_prepared_statements",
        vec![],
        &[("n", Int), ("l", Int)],
    );
    let rows = engine.fetch(kept).await.unwrap();
    let [Value::Int(count), Value::Int(longest)] = rows.captured.as_slice() else { panic!("{:?}", rows.captured) };
    assert!(*count <= 258 && *longest < 9_000, "{count} {longest}");
}

pub async fn sessions_are_set_up_the_same_everywhere(db: Db) {
    db.sql(&format!(
        "ALTER DATABASE {0} SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE {0} SET DateStyle = 'German';
         ALTER DATABASE {0} SET IntervalStyle = 'iso_8601'; ALTER DATABASE {0} SET search_path = sales, public",
        db.name
    ))
    .await;
    let engine = db.engine().await;
    for (name, expected) in [
        ("TimeZone", "UTC"),
        ("IntervalStyle", "postgres"),
        ("bytea_output", "hex"),
        ("statement_timeout", "5s"),
        ("lock_timeout", "4500ms"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("application_name", "portcullis"),
        ("search_path", "sales, public"),
    ] {
        let setting = scan("SELECT current_setting($1) AS v", vec![Value::Text(name.to_owned())], &[("v", Text)]);
        assert_eq!(json(engine.fetch(setting).await), format!(r#"{{"v":"{expected}"}}"#), "{name}");
    }
    let style = scan("SELECT current_setting('DateStyle') LIKE 'ISO%' AS v", vec![], &[("v", Text)]);
    assert_eq!(json(engine.fetch(style).await), r#"{"v":"true"}"#);
}

pub async fn quick_reads_run_side_by_side(db: Db) {
    db.sql(
        "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 500) i",
    )
    .await;
    let engine = db.engine().await;
    let reads = (1..=500).map(|id| {
        let engine = std::sync::Arc::clone(&engine);
        tokio::spawn(async move {
            let read = point("SELECT v FROM t WHERE id = $1", vec![Value::Int(id)], &[("v", Text)]);
            assert_eq!(json(engine.fetch(read).await), format!(r#"{{"v":"v{id}"}}"#));
        })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap();
    }
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND application_name = 'portcullis'";
    assert!(db.number(connections).await <= 4);
}

pub async fn rel_12_a_retyped_parameter_is_taken_in_its_new_type(db: Db) {
    db.sql("CREATE TABLE t (id int PRIMARY KEY, v smallint); INSERT INTO t VALUES (1, 5)").await;
    let engine = db.engine().await;
    let find = |id: i64| scan("SELECT count(*) AS n FROM t WHERE id = $1", vec![Value::Int(id)], &[("n", Int)]);
    let update = |v: Value| write("UPDATE t SET v = $1", vec![v]);
    assert_eq!(json(engine.fetch(find(1)).await), r#"{"n":1}"#);
    engine.fetch(update(Value::Int(6))).await.unwrap();
    assert!(matches!(engine.fetch(update(Value::Int(40_000))).await, Err(E::InvalidValue { .. })));
    db.sql("ALTER TABLE t ALTER id TYPE bigint; ALTER TABLE t ALTER v TYPE uuid USING gen_random_uuid()").await;
    assert_eq!(json(engine.fetch(find(3_000_000_000)).await), r#"{"n":0}"#);
    let uuid = Value::Text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11".to_owned());
    assert_eq!(engine.fetch(update(uuid)).await.unwrap().affected, 1);
}

pub async fn tls_is_used_as_the_url_asks(db: Db) {
    let setting = async |name: &str| -> String {
        let row = admin(&db.url).await.query_one("SELECT current_setting($1)", &[&name]).await.unwrap();
        row.get(0)
    };
    let listens = !setting("listen_addresses").await.is_empty();
    let has_tls = listens && setting("ssl").await == "on";
    // There is no TLS on a socket in the file system, which is where the proxy leads.
    let (proxy, _mute) = muted_proxy(&db).await;
    let url = match listens {
        true => format!("postgres://{}@127.0.0.1:{}/{}", db.url.username(), setting("port").await, db.name),
        false => proxy,
    };
    for (mode, works, encrypted) in
        [("disable", true, false), ("prefer", true, has_tls), ("require", has_tls, true), ("verify-full", false, true)]
    {
        let url = Secret::new(format!("{url}?sslmode={mode}"));
        let engine = portcullis_engines::connect(&url, &hasty()).await.unwrap();
        let ssl = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let result = engine.fetch(scan(ssl, vec![], &[("ssl", Text)])).await;
        match works {
            true => assert_eq!(json(result), format!(r#"{{"ssl":"{encrypted}"}}"#), "{mode}"),
            false => assert!(matches!(result, Err(E::Unavailable { .. })), "{mode} {result:?}"),
        }
    }
}

pub async fn a_refused_login_is_denied(db: Db) {
    let role = format!("{}_nobody", db.name);
    db.sql(&format!("CREATE ROLE {role} NOLOGIN")).await;
    let error = db.as_user(&role).engine().await.ping().await.unwrap_err();
    db.sql(&format!("DROP ROLE {role}")).await;
    assert!(matches!(error, E::Denied), "{error:?}");
}

pub async fn a_locked_table_holds_up_no_reads_of_another(db: Db) {
    db.sql("CREATE TABLE locked (id int); CREATE TABLE free (id int)").await;
    let engine = db.engine().await;
    let read = |table: &str| point(&format!("SELECT count(*) AS n FROM {table}"), vec![], &[("n", Int)]);
    let holder = admin(&db.url).await;
    holder.batch_execute("BEGIN; LOCK TABLE locked").await.unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let (engine, read) = (std::sync::Arc::clone(&engine), read("locked"));
            tokio::spawn(async move { engine.fetch(read).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    for _ in 0..10 {
        let started = Instant::now();
        engine.fetch(read("free")).await.unwrap();
        engine.ping().await.unwrap();
        assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    }
    holder.batch_execute("COMMIT").await.unwrap();
    for read in waiting {
        assert_eq!(json(read.await.unwrap()), r#"{"n":0}"#);
    }
}
