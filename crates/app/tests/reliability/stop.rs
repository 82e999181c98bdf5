//! REL-13: a stop loses no request, and commands beside a running node are taken in within a second.

use crate::{
    Test,
    http::{Client, Lost, until},
    load::{Load, Request},
    support::Place,
};
use portcullis_testkit::Engine;
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

pub const TESTS: &[Test] = &[
    ("rel_13_a_stop_under_load_fails_no_request_and_exits_with_0", Engine::Sqlite, stop),
    ("rel_10_commands_beside_a_node_are_taken_in_within_a_second", Engine::Sqlite, commands),
];

fn order(n: usize) -> String {
    format!("{{\"status\":\"s{n}\"}}")
}

fn stop() {
    const REQUESTS: [Request; 8] = [
        ("POST", "/p/shop/orders?client=0", order),
        ("POST", "/p/shop/orders?client=1", order),
        ("POST", "/p/shop/orders?client=2", order),
        ("POST", "/p/shop/orders?client=3", order),
        ("GET", "/p/shop/orders/1", |_| String::new()),
        ("GET", "/p/shop/orders", |_| String::new()),
        ("GET", "/p/shop/orders?format=ndjson", |_| String::new()),
        ("GET", "/healthz", |_| String::new()),
    ];
    let (place, key) = Place::with_shop();
    for round in 0..5 {
        let mut node = place.serve();
        let requests = REQUESTS.map(|(method, path, body)| (method, path.split("?client").next().unwrap(), body));
        let load = Load::start(&node.address, &key, &requests);
        until(Duration::from_secs(20), "service", || {
            load.each_has(10, Instant::now() - Duration::from_secs(20), |_| true)
        });
        assert_eq!(node.signal("TERM"), 0, "round {round}: {}", node.log());
        let samples = load.stop();
        let mut answered = HashSet::new();
        for sample in &samples {
            match &sample.outcome {
                Ok(answer) if answer.is_success() => {
                    if sample.client < 4 {
                        answered.insert(answer.json()["id"].as_i64().unwrap());
                    }
                }
                // The connection was closed, or refused, before the node had anything of the request.
                Err(Lost::NoAnswer(_)) => {}
                other => panic!("round {round}: {other:?}\n{}", node.log()),
            }
        }
        // Exactly what was answered was done: what got no answer may be sent again elsewhere.
        let file = rusqlite::Connection::open(place.path("shop.db")).unwrap();
        let mut statement = file.prepare("SELECT id FROM orders WHERE status LIKE 's%'").unwrap();
        let stored: HashSet<i64> = statement.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(stored, answered, "round {round}");
        drop(statement);
        file.execute_batch("DELETE FROM orders WHERE status LIKE 's%'").unwrap();
    }
}

fn commands() {
    const SECOND: Duration = Duration::from_secs(1);
    let (place, key) = Place::with_shop();
    place.run(&["schema", "approve", "--all", "--project", "shop"]);
    let node = place.serve();
    let mut client = Client::new(&node.address, &key);
    // Applied: fewer rows to a page, and a column that nobody may write.
    let mut document = place.run(&["settings", "export", "--project", "shop"]).ok();
    assert!(!document.contains("page_size_max = 1\n"), "{document}");
    match document.find("[limits]") {
        Some(at) => {
            let kept: String = document[at..]
                .lines()
                .filter(|line| !line.starts_with("page_size_max"))
                .map(|line| format!("{line}\n"))
                .collect();
            document.truncate(at);
            document.push_str(&kept.replacen("[limits]\n", "[limits]\npage_size_max = 1\n", 1));
        }
        None => document.push_str("\n[limits]\npage_size_max = 1\n"),
    }
    std::fs::write(place.path("settings.toml"), document).unwrap();
    if !client.get("/p/shop/orders").unwrap().is_success() {
        panic!("{:?}", client.get("/p/shop/orders"));
    }
    place.run(&["settings", "apply", "--project", "shop", "--yes"]).ok();
    let took = until(SECOND, "the settings hold", || {
        client
            .get("/p/shop/orders")
            .is_ok_and(|answer| answer.json()["data"].as_array().is_some_and(|rows| rows.len() == 1))
    });
    println!("settings taken in {took:?} after the command");
    let rotated = place.run(&["key", "rotate", "--project", "shop", "--json"]).ok();
    let fresh = rotated.split('"').find(|word| word.starts_with("sk_")).unwrap().to_owned();
    let took = until(SECOND, "the old key is refused", || {
        client.get("/p/shop/orders").is_ok_and(|answer| answer.status == 401)
    });
    println!("rotation taken in {took:?} after the command");
    assert!(Client::new(&node.address, &fresh).get("/p/shop/orders").unwrap().is_success());
}
