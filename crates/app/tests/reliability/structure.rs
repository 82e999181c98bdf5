//! REL-12: the database's structure changes under a running node.

use crate::{
    Test,
    crash::{init, schema},
    http::{Client, until},
    load::{Load, Request},
    support::Place,
};
use portcullis_testkit::{Engine, TestDatabase};
use serde_json::json;
use std::time::{Duration, Instant};

pub const TESTS: &[Test] = &[
    ("rel_12_changes_of_structure_under_load_are_followed_within_5_s", Engine::Sqlite, || follow(Engine::Sqlite)),
    ("rel_12_changes_of_structure_under_load_are_followed_within_5_s", Engine::Postgres, || follow(Engine::Postgres)),
    ("rel_12_changes_of_structure_under_load_are_followed_within_5_s", Engine::MariaDb, || follow(Engine::MariaDb)),
];

/// A poll's five seconds and the sync, on a busy machine.
const FOLLOWED: Duration = Duration::from_secs(7);

const REQUESTS: [Request; 6] = [
    ("GET", "/p/shop/notes?pageSize=3", |_| String::new()),
    ("GET", "/p/shop/counters/1", |_| String::new()),
    ("GET", "/p/shop/counters", |_| String::new()),
    ("PUT", "/p/shop/counters/2", |n| format!("{{\"n\":{}}}", n % 100)),
    ("POST", "/p/shop/notes", |n| format!("{{\"kind\":\"single\",\"n\":{}}}", n % 100)),
    ("POST", "/p/shop/counters/filter", |_| {
        "{\"expressions\":[{\"field\":\"grp\",\"operator\":\"eq\",\"value\":1}]}".to_owned()
    }),
];

fn follow(engine: Engine) {
    let retype = match engine {
        // SQLite retypes by a new table in the old one's place.
        Engine::Sqlite => {
            "BEGIN; CREATE TABLE c2 (id INTEGER PRIMARY KEY, grp INT NOT NULL, n TEXT NOT NULL); \
             INSERT INTO c2 SELECT id, grp, n FROM counters; DROP TABLE counters; \
             ALTER TABLE c2 RENAME TO counters; COMMIT"
        }
        Engine::Postgres => "ALTER TABLE counters ALTER COLUMN n TYPE TEXT",
        Engine::MariaDb => "ALTER TABLE counters MODIFY COLUMN n VARCHAR(40) NOT NULL",
    };
    let database = TestDatabase::create(engine, &schema(engine));
    database.run("ALTER TABLE counters ADD COLUMN extra INT; INSERT INTO notes (kind, n) VALUES ('x', 1)");
    let place = Place::new();
    let key = init(&place, &database);
    let mut node = place.serve();
    let mut client = Client::new(&node.address, &key);
    let load = Load::start(&node.address, &key, &REQUESTS);
    until(Duration::from_secs(20), "service", || {
        load.all_well(3) && load.each_has(3, Instant::now() - FOLLOWED, |_| true)
    });
    let mut row = |wanted: &dyn Fn(&serde_json::Value) -> bool| {
        client.get("/p/shop/counters/1").is_ok_and(|answer| answer.is_success() && wanted(&answer.json()))
    };
    let mut changes = Vec::new();
    let mut change = |what: &'static str, sql: &str| {
        println!("{engine}: {what}");
        changes.push((what, Instant::now()));
        database.run(sql);
    };

    assert!(row(&|row| row.get("extra").is_some()));
    change("drop a column", "ALTER TABLE counters DROP COLUMN extra");
    until(FOLLOWED, "no dropped column", || row(&|row| row.get("extra").is_none()));
    change("retype a column", retype);
    until(FOLLOWED, "the new type", || row(&|row| row["n"].is_string()));
    // The load's writes of numbers no longer fit the type: its own answers to them are 400 from now on.
    change("add a column", "ALTER TABLE counters ADD COLUMN later INT");
    change("add a table", "CREATE TABLE fresh (id INT PRIMARY KEY); INSERT INTO fresh VALUES (7)");
    let waits = |place: &Place| place.run(&["schema", "show", "--project", "shop"]).ok().contains("fresh");
    until(FOLLOWED, "a sync has found the table", || waits(&place));
    assert!(row(&|row| row.get("later").is_none()), "a new column waits for approval");
    assert_eq!(Client::new(&node.address, &key).get("/p/shop/fresh").unwrap().status, 404);
    place.run(&["schema", "approve", "--all", "--project", "shop"]).ok();
    let mut other = Client::new(&node.address, &key);
    until(Duration::from_secs(1), "the approved table", || {
        other.get("/p/shop/fresh").is_ok_and(|answer| answer.is_success())
    });
    until(Duration::from_secs(1), "the approved column", || row(&|row| row.get("later") == Some(&json!(null))));
    change("drop a table", "DROP TABLE fresh");
    let gone = until(FOLLOWED, "the dropped table is gone", || {
        let answer = other.get("/p/shop/fresh").unwrap();
        assert!(answer.status == 404 || answer.is_proper_503(), "{answer:?}");
        answer.status == 404
    });
    println!("{engine}: dropped table gone after {gone:?}");

    let settled = Instant::now();
    until(FOLLOWED, "load goes on", || load.each_has(5, settled, |_| true));
    let samples = load.stop();
    assert!(node.runs());
    let mut troubled = std::collections::BTreeMap::new();
    for sample in &samples {
        let status = sample.status();
        assert!(status != 0 && status != 500, "{sample:?}\n{}", node.log());
        if sample.is_success() {
            continue;
        }
        let last = changes.iter().rev().find(|(_, at)| *at <= sample.ended).unwrap_or_else(|| panic!("{sample:?}"));
        let retyped = changes.iter().any(|(what, at)| *what == "retype a column" && *at <= sample.ended);
        if sample.client == 3 && retyped && status == 400 {
            continue;
        }
        assert!(sample.is_proper_503() || (400..500).contains(&status), "{sample:?}");
        assert!(sample.began - last.1 < FOLLOWED || sample.began < last.1, "{} long after: {sample:?}", last.0);
        *troubled.entry((last.0, sample.client)).or_insert(0) += 1;
    }
    println!("{engine}: refused by change and client: {troubled:?} of {} requests", samples.len());
}
