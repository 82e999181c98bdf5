//! REL-3: a database that goes away and comes back.

use crate::{
    Test,
    crash::{init, schema},
    http::{Client, until},
    load::{Load, Request},
    servers::Server,
    support::Place,
};
use portcullis_testkit::{Engine, TestDatabase};
use std::{
    fs,
    time::{Duration, Instant},
};

pub const TESTS: &[Test] = &[
    ("rel_3_a_restart_of_the_database_costs_503_and_is_over_within_5_s", Engine::Postgres, || server(Engine::Postgres)),
    ("rel_3_a_restart_of_the_database_costs_503_and_is_over_within_5_s", Engine::MariaDb, || server(Engine::MariaDb)),
    ("rel_3_a_file_that_goes_away_and_comes_back_is_served_within_5_s", Engine::Sqlite, file),
];

/// Full service after the database is back.
const BACK: Duration = Duration::from_secs(5);

fn no_body(_: usize) -> String {
    String::new()
}

const REQUESTS: [Request; 6] = [
    ("GET", "/p/shop/notes?pageSize=5&total=false", no_body),
    ("GET", "/p/shop/counters/1", no_body),
    ("GET", "/p/shop/counters", no_body),
    ("POST", "/p/shop/notes", |n| format!("{{\"kind\":\"single\",\"n\":{n}}}")),
    ("PUT", "/p/shop/counters/2", |n| format!("{{\"n\":{n}}}")),
    ("POST", "/p/shop/batch", |n| {
        let operation =
            format!("{{\"method\":\"POST\",\"path\":\"/notes\",\"body\":{{\"kind\":\"batch\",\"n\":{n}}}}}");
        format!("{{\"operations\":[{operation},{operation}]}}")
    }),
];

fn server(engine: Engine) {
    let server = Server::start(engine);
    let database = TestDatabase::create_at(engine, &server.url(), &schema(engine));
    let place = Place::new();
    let key = init(&place, &database);
    let mut node = place.serve();
    let load = Load::start(&node.address, &key, &REQUESTS);
    let mut down = Vec::new();
    for round in 0..3 {
        until(Duration::from_secs(20), "service", || {
            load.each_has(5, Instant::now() - BACK, |_| true) && load.all_well(5)
        });
        let gone = Instant::now();
        if round == 1 {
            server.stop()
        } else {
            server.kill()
        }
        until(Duration::from_secs(20), "503 while it is away", || {
            load.each_has(3, gone, |sample| sample.is_proper_503())
        });
        let mut client = Client::new(&node.address, &key);
        for path in ["/healthz", "/readyz"] {
            assert_eq!(client.get(path).unwrap().status, 200, "{path}");
        }
        server.start_again();
        let back = Instant::now();
        let took = until(BACK, "full service again", || load.each_has(3, back, |_| true) && load.all_well(3));
        println!("{engine}: full service {took:?} after the database was back");
        down.push((gone, Instant::now()));
    }
    let settled = Instant::now();
    until(Duration::from_secs(20), "service goes on", || load.each_has(20, settled, |sample| sample.is_success()));
    let samples = load.stop();
    assert!(node.runs());
    for sample in samples {
        let away = down.iter().any(|(gone, back)| sample.ended >= *gone && sample.began <= *back);
        assert!(sample.is_success() || (away && sample.is_proper_503()), "{sample:?}\n{}", node.log());
    }
}

fn file() {
    let database = TestDatabase::create(Engine::Sqlite, &schema(Engine::Sqlite));
    let path = database.url().trim_start_matches("sqlite:").to_owned();
    let place = Place::new();
    let key = init(&place, &database);
    let mut node = place.serve();
    let mut client = Client::new(&node.address, &key);
    assert!(client.get("/p/shop/counters/1").unwrap().is_success());
    let load = Load::start(&node.address, &key, &REQUESTS);
    until(Duration::from_secs(20), "service", || load.all_well(5));
    let aside = place.path("aside.db");
    fs::rename(&path, &aside).unwrap();
    // Nothing tells a process that its open file has lost its name: it is looked for every five seconds.
    let gone = Instant::now();
    until(Duration::from_secs(10), "503 while it is away", || load.each_has(3, gone, |sample| sample.is_proper_503()));
    fs::rename(&aside, &path).unwrap();
    let back = Instant::now();
    let took = until(BACK + Duration::from_secs(1), "full service again", || {
        load.each_has(3, back, |_| true) && load.all_well(3)
    });
    println!("sqlite: full service {took:?} after the file was back");
    // Another file of the same structure takes its place.
    let other = TestDatabase::create(Engine::Sqlite, &schema(Engine::Sqlite));
    other.run("UPDATE counters SET n = 4711");
    fs::rename(other.url().trim_start_matches("sqlite:"), &path).unwrap();
    until(Duration::from_secs(10), "the new file's rows", || {
        client.get("/p/shop/counters/1").is_ok_and(|answer| answer.is_success() && answer.json()["n"] == 4711)
    });
    for sample in load.stop() {
        assert!(sample.is_success() || sample.is_proper_503(), "{sample:?}\n{}", node.log());
    }
    assert!(node.runs());
}
