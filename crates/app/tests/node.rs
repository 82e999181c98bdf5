//! A node: what it answers, what it notices, how it ends.

mod support;

use serde_json::Value;
use std::{
    io::{BufRead as _, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};
use support::Place;

#[test]
fn a_node_starts_on_an_empty_directory_and_notices_the_first_project() {
    let place = Place::new();
    let mut node = place.serve();
    assert!(node.line.contains("no projects yet"), "{}", node.line);
    assert_eq!(node.get("/healthz", None).status, 200);
    let root = node.get("/", None);
    assert!(root.status == 302 && root.head.contains("location: /console/"), "{}", root.head);
    assert_eq!(node.get("/nothing", None).status, 404);
    assert_eq!(node.get("/p/shop/orders", None).status, 404);
    place.sql("shop.db", "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (7)");
    let made = place.run(&["init", "shop.db", "--json"]).json();
    // The URLs are those of the node that runs, and it serves them at once.
    assert_eq!(made["base_url"], format!("http://{}/p/shop", node.address));
    let answer = node.get("/p/shop/orders", made["admin_key"].as_str());
    assert!(answer.status == 200 && answer.body.contains("{\"id\":7}"), "{answer:?}");
    let page = node.get("/console/", None);
    assert!(page.body.contains("/p/shop/swagger/index.html"), "{}", page.body);
    assert_eq!(node.signal("TERM"), 0);
}

#[test]
fn a_running_node_takes_in_what_commands_change_before_they_return() {
    let (place, key) = Place::with_shop();
    let node = place.serve();
    assert_eq!(node.get("/p/shop/orders", None).status, 401);
    let settings = place.run(&["settings", "export"]).ok();
    let public = settings.replacen(
        "[tables.orders]\nexpose = true\naccess = { read = \"authenticated\"",
        "[tables.orders]\nexpose = true\naccess = { read = \"public\"",
        1,
    );
    assert_ne!(settings, public);
    place.run_with(&["settings", "apply", "--file", "-"], &[], &public).ok();
    assert_eq!(node.get("/p/shop/orders", None).status, 200);
    place.run(&["build", "deploy", "1"]).ok();
    assert_eq!(node.get("/p/shop/orders", None).status, 401);
    let fresh = place.run(&["key", "rotate", "--json"]).json();
    assert_eq!(node.get("/p/shop/orders", Some(&key)).status, 401);
    assert_eq!(node.get("/p/shop/orders", fresh["key"].as_str()).status, 200);
}

#[test]
fn rel_12_a_change_of_structure_is_taken_in_within_seconds() {
    let (place, key) = Place::with_shop();
    let node = place.serve();
    let key = Some(key.as_str());
    assert!(node.get("/p/shop/orders", key).body.contains("\"note\":\"x\""));
    place.sql(
        "shop.db",
        "ALTER TABLE orders DROP COLUMN note; ALTER TABLE orders ADD COLUMN amount INTEGER; CREATE TABLE invoices (id INTEGER)",
    );
    // Whatever it answers until then is no crash and no server error.
    let answer = node.until("/p/shop/orders", key, |answer| {
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
        answer.status == 200 && !answer.body.contains("note")
    });
    assert!(!answer.body.contains("amount"), "{}", answer.body);
    assert_eq!(node.get("/p/shop/invoices", key).status, 404);
    node.until("/readyz", None, |_| place.run(&["schema", "show", "--json"]).out.contains("invoices"));
    place.run(&["schema", "approve", "--all"]).ok();
    assert!(node.get("/p/shop/orders", key).body.contains("amount"));
    assert_eq!(node.get("/p/shop/invoices", key).status, 200);
}

#[test]
fn rel_6_a_dead_database_neither_stops_a_node_nor_another_project() {
    let (place, key) = Place::with_shop();
    place.sql("dead.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    let dead = place.run(&["init", "dead.db", "--json"]).json();
    std::fs::rename(place.path("dead.db"), place.path("away.db")).unwrap();
    let node = place.serve();
    assert_eq!(node.get("/p/shop/orders", Some(&key)).status, 200);
    let dead_key = dead["admin_key"].as_str();
    assert_eq!(node.get("/p/dead/t", dead_key).status, 503);
    let ready = node.until("/readyz", None, |answer| answer.body.contains("unreachable"));
    assert_eq!(ready.status, 200);
    let body: Value = serde_json::from_str(&ready.body).unwrap();
    assert_eq!(
        body["projects"][0],
        serde_json::json!({"project": "dead", "stage": "development", "database": "unreachable"})
    );
    std::fs::rename(place.path("away.db"), place.path("dead.db")).unwrap();
    node.until("/p/dead/t", dead_key, |answer| answer.status == 200);
    node.until("/readyz", None, |answer| !answer.body.contains("unreachable"));
}

#[test]
fn rel_13_a_node_told_to_stop_ends_well_even_with_idle_connections() {
    let (place, _) = Place::with_shop();
    let mut node = place.serve();
    let mut idle = TcpStream::connect(&node.address).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut some = [0; 16];
    idle.read_exact(&mut some).unwrap();
    assert_eq!(node.signal("TERM"), 0);
    let mut node = place.serve();
    assert_eq!(node.signal("INT"), 0);
    // It has taken itself off the list of running nodes.
    assert!(place.run(&["doctor"]).ok().contains("none runs on this machine"));
}

#[test]
fn a_killed_node_is_not_waited_for() {
    let (place, _) = Place::with_shop();
    let mut node = place.serve();
    assert!(place.run(&["doctor"]).ok().contains(&node.address));
    node.signal("KILL");
    let began = std::time::Instant::now();
    place.run(&["key", "rotate"]).ok();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(place.run(&["doctor"]).ok().contains("none runs on this machine"));
}

#[test]
fn sec_61_the_log_holds_no_key_at_any_level() {
    let (place, key) = Place::with_shop();
    let node = place.start(&["serve", "--listen", "127.0.0.1:0"], &[("PORTCULLIS_LOG", "trace")]);
    assert_eq!(node.get("/p/shop/orders", Some(&key)).status, 200);
    let basic =
        format!("GET /p/shop/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n");
    assert_eq!(node.send(&basic).status, 200);
    place.run(&["key", "create"]).ok();
    let log = node.log();
    assert!(!log.is_empty() && !log.contains(&key[3..]), "{log}");
}

#[test]
fn an_address_in_use_is_told_with_what_to_try() {
    let (place, _) = Place::with_shop();
    let node = place.serve();
    place.run(&["serve", "--listen", &node.address]).refused("cannot listen on");
    place.run(&["serve", "--listen", "nonsense"]).refused("127.0.0.1:8080");
    place.run(&["serve", "--public-url", "api.example"]).refused("https://api.example");
}

#[cfg(target_os = "linux")]
#[test]
fn rel_21_without_file_descriptors_a_node_waits_and_recovers() {
    let (place, _) = Place::with_shop();
    let node = place.start_limited(64);
    let crowd: Vec<TcpStream> = (0..80).filter_map(|_| TcpStream::connect(&node.address).ok()).collect();
    let before = node.cpu_ticks();
    std::thread::sleep(Duration::from_secs(2));
    // Two idle seconds in a loop that spins would be about two hundred ticks.
    let spent = node.cpu_ticks() - before;
    assert!(spent < 60, "{spent} ticks");
    assert!(node.log().contains("No connection can be accepted"), "{}", node.log());
    drop(crowd);
    node.until("/healthz", None, |answer| answer.status == 200);
}

#[test]
fn the_demo_prints_a_curl_that_answers_json() {
    let place = Place::new();
    let mut demo = place.start(&["demo", "--listen", "127.0.0.1:0"], &[]);
    let mut line = String::new();
    while !line.contains("curl '") {
        line.clear();
        assert!(demo.out.read_line(&mut line).unwrap() > 0, "no curl");
    }
    let url = line.split('\'').nth(1).unwrap();
    let path = url.split_once(&demo.address).unwrap().1;
    let answer = demo.get(path, None);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, body["data"].as_array().unwrap().len()), (200, 2), "{answer:?}");
    // What is not for everyone asks for credentials.
    assert_eq!(demo.get("/p/shop/orders", None).status, 401);
    assert_eq!(demo.signal("INT"), 0);
    assert_eq!(support::entries(place.dir.path()), ["log.txt"]);
}

#[test]
fn a_development_stage_that_others_can_reach_is_warned_about() {
    let (place, _) = Place::with_shop();
    let node = place.start(&["serve", "--listen", "0.0.0.0:0"], &[]);
    assert!(node.log().contains("treated like production"), "{}", node.log());
}
