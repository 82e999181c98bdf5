//! REL-4, REL-5, REL-6: a database that is slow or says nothing holds up nobody but those who ask it.

use crate::{
    Test,
    crash::{init, schema},
    http::{Answer, Client, Lost, until},
    load::{Load, Sample, p99},
    servers::Line,
    support::{Place, Running},
};
use portcullis_testkit::{Engine, TestDatabase};
use std::{
    thread,
    time::{Duration, Instant},
};

pub const TESTS: &[Test] = &[
    ("rel_5_rel_6_a_database_that_never_answers_costs_503_and_nobody_else_anything", Engine::Postgres, frozen),
    ("rel_4_an_exhausted_pool_refuses_in_time", Engine::Postgres, || exhausted(Engine::Postgres)),
    ("rel_4_an_exhausted_pool_refuses_in_time", Engine::MariaDb, || exhausted(Engine::MariaDb)),
    ("rel_5_a_statement_that_takes_too_long_is_ended_on_the_server", Engine::Postgres, || too_long(Engine::Postgres)),
    ("rel_5_a_statement_that_takes_too_long_is_ended_on_the_server", Engine::MariaDb, || too_long(Engine::MariaDb)),
];

/// A statement's 5 s, a second for the server to say so, 2 s for a connection, and a busy machine.
const ANSWERED: Duration = Duration::from_secs(11);
/// For what needs no database, or another one, on a machine that runs other tests.
const QUICK: Duration = Duration::from_millis(400);

/// A second project in the same node; gives its key.
fn init_side(place: &Place) -> String {
    place.sql("side.db", "CREATE TABLE things (id INTEGER PRIMARY KEY); INSERT INTO things VALUES (1)");
    let made = place.run(&["init", "side.db", "--name", "side", "--yes", "--json"]).json();
    made["admin_key"].as_str().unwrap().to_owned()
}

fn bystanders(node: &Running, side: &str) -> Load {
    Load::start(
        &node.address,
        side,
        &[
            ("GET", "/healthz", |_| String::new()),
            ("GET", "/p/side/things", |_| String::new()),
            ("POST", "/p/side/things", |_| "{}".to_owned()),
        ],
    )
}

#[track_caller]
fn unharmed(samples: &[Sample]) {
    assert!(samples.iter().all(Sample::is_success), "{:?}", samples.iter().find(|sample| !sample.is_success()));
    let p99 = p99(samples);
    println!("bystanders: {} answers, p99 {p99:?}", samples.len());
    assert!(p99 < QUICK, "p99 {p99:?}");
}

/// Asks at once from many clients; gives every answer.
fn at_once(node: &Running, key: &str, requests: &[(&'static str, &'static str, &'static str)]) -> Vec<Answer> {
    let all: Vec<Result<Answer, Lost>> = thread::scope(|scope| {
        let clients: Vec<_> = requests
            .iter()
            .map(|(method, path, body)| {
                let mut client = Client::new(&node.address, key);
                scope.spawn(move || client.send(method, path, &[], body))
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    all.into_iter().map(|answer| answer.unwrap()).collect()
}

fn frozen() {
    let database = TestDatabase::create(Engine::Postgres, &schema(Engine::Postgres));
    let line = Line::to(database.url());
    let place = Place::new();
    let made = place.run(&["init", &line.url, "--name", "shop", "--yes", "--json"]).json();
    let key = made["admin_key"].as_str().unwrap().to_owned();
    let side = init_side(&place);
    let mut node = place.serve();
    let mut client = Client::new(&node.address, &key);
    assert!(client.get("/p/shop/counters/1").unwrap().is_success());

    line.freeze(true);
    let load = bystanders(&node, &side);
    let requests = [
        ("GET", "/p/shop/notes", ""),
        ("GET", "/p/shop/counters/1", ""),
        ("POST", "/p/shop/notes", "{\"kind\":\"single\",\"n\":1}"),
        ("PUT", "/p/shop/counters/1", "{\"n\":1}"),
    ];
    for round in 0..2 {
        for answer in at_once(&node, &key, &requests.repeat(6)) {
            assert!(answer.is_proper_503(), "round {round}: {answer:?}");
            assert!(answer.took < ANSWERED, "round {round}: {answer:?}");
        }
    }
    unharmed(&load.stop());
    // A node that starts now is not held up either.
    assert_eq!(node.signal("TERM"), 0);
    let began = Instant::now();
    let node = place.serve();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(Client::new(&node.address, &side).get("/p/side/things").unwrap().status, 200);

    line.freeze(false);
    let mut client = Client::new(&node.address, &key);
    let took = until(Duration::from_secs(5), "full service again", || {
        requests
            .iter()
            .all(|(method, path, body)| client.send(method, path, &[], body).is_ok_and(|answer| answer.is_success()))
    });
    println!("postgres: full service {took:?} after the database answered again");
}

fn with_naps(engine: Engine) -> (TestDatabase, Place, String, String) {
    let nap = |seconds: u8| match engine {
        Engine::Postgres => format!("CAST(pg_sleep({seconds}) AS TEXT)"),
        _ => format!("SLEEP({seconds})"),
    };
    let script = format!(
        "{} CREATE VIEW naps AS SELECT 1 AS id, {} AS nap; CREATE VIEW sleeps AS SELECT 1 AS id, {} AS nap;",
        schema(engine),
        nap(3),
        nap(30)
    );
    let database = TestDatabase::create(engine, &script);
    let place = Place::new();
    let key = init(&place, &database);
    let side = init_side(&place);
    (database, place, key, side)
}

fn exhausted(engine: Engine) {
    let (_database, place, key, side) = with_naps(engine);
    let node = place.serve();
    let load = bystanders(&node, &side);
    let answers = at_once(&node, &key, &[("GET", "/p/shop/naps?total=false", ""); 60]);
    let refused = answers.iter().filter(|answer| answer.is_proper_503()).count();
    let served = answers.iter().filter(|answer| answer.is_success()).count();
    println!("{engine}: of 60 slow reads {served} were served, {refused} refused");
    assert_eq!(served + refused, 60, "{answers:?}");
    assert!(served > 0 && refused > 0, "{served} served, {refused} refused");
    let slowest = answers.iter().map(|answer| answer.took).max().unwrap();
    assert!(slowest < ANSWERED, "{slowest:?}");
    unharmed(&load.stop());
    // No connection is lost: everybody is served again.
    for answer in at_once(&node, &key, &[("GET", "/p/shop/counters", ""); 60]) {
        assert!(answer.is_success(), "{answer:?}");
    }
}

fn too_long(engine: Engine) {
    let (database, place, key, _) = with_naps(engine);
    let node = place.serve();
    for answer in at_once(&node, &key, &[("GET", "/p/shop/sleeps?total=false", ""); 3]) {
        assert!(answer.is_proper_503(), "{answer:?}");
        assert_eq!(answer.code(), "database_timeout");
        assert!(answer.took > Duration::from_secs(4) && answer.took < ANSWERED, "{answer:?}");
    }
    let running = match engine {
        Engine::Postgres => {
            "SELECT query FROM pg_stat_activity WHERE query LIKE '%sleeps%' AND state = 'active' \
             AND pid <> pg_backend_pid() AND datname = current_database()"
        }
        _ => {
            "SELECT info FROM information_schema.processlist WHERE info LIKE '%sleeps%' AND id <> CONNECTION_ID() \
             AND db = DATABASE()"
        }
    };
    until(Duration::from_secs(3), "the server does nothing for it any more", || database.texts(running).is_empty());
    // The client goes away in the middle.
    let mut socket = crate::http::connect(&node.address).unwrap();
    let request = format!("GET /p/shop/sleeps?total=false HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\n\r\n");
    std::io::Write::write_all(socket.get_mut(), request.as_bytes()).unwrap();
    until(Duration::from_secs(3), "it has begun", || !database.texts(running).is_empty());
    drop(socket);
    until(Duration::from_secs(3), "the server has stopped for a client that is gone", || {
        database.texts(running).is_empty()
    });
}
