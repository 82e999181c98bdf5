//! REL-1: a node that is killed at any moment loses nothing it said it did, and leaves nothing half done.

use crate::{
    Test,
    http::{Answer, Client, until},
    support::{Place, Running},
};
use portcullis_testkit::{Engine, TestDatabase};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

pub const TESTS: &[Test] = &[
    ("rel_1_a_killed_node_loses_no_answered_write", Engine::Sqlite, || kills(Engine::Sqlite)),
    ("rel_1_a_killed_node_loses_no_answered_write", Engine::Postgres, || kills(Engine::Postgres)),
    ("rel_1_a_killed_node_loses_no_answered_write", Engine::MariaDb, || kills(Engine::MariaDb)),
    ("rel_1_a_key_whose_outcome_is_unknown_never_writes_again", Engine::Sqlite, || unknown(Engine::Sqlite)),
    ("rel_1_a_key_whose_outcome_is_unknown_never_writes_again", Engine::Postgres, || unknown(Engine::Postgres)),
    ("rel_1_a_key_whose_outcome_is_unknown_never_writes_again", Engine::MariaDb, || unknown(Engine::MariaDb)),
];

/// Rows of a bulk, operations of a batch, lines of a nested order, rows of a group of counters.
const ROWS: usize = 8;

pub fn schema(engine: Engine) -> String {
    let id = match engine {
        Engine::Sqlite => "id INTEGER PRIMARY KEY",
        Engine::Postgres => "id SERIAL PRIMARY KEY",
        Engine::MariaDb => "id INT AUTO_INCREMENT PRIMARY KEY",
    };
    let counters: Vec<String> = (0..2 * ROWS).map(|id| format!("({id}, {}, 0)", id % 2)).collect();
    format!(
        "CREATE TABLE notes ({id}, kind VARCHAR(20) NOT NULL, n INT NOT NULL);
         CREATE TABLE orders (id INT PRIMARY KEY, code VARCHAR(20));
         CREATE TABLE order_lines ({id}, order_id INT NOT NULL, n INT NOT NULL,
                                   FOREIGN KEY (order_id) REFERENCES orders (id));
         CREATE TABLE counters (id INT PRIMARY KEY, grp INT NOT NULL, n INT NOT NULL);
         INSERT INTO counters VALUES {};",
        counters.join(", ")
    )
}

/// Makes a project `shop` of a database; gives its admin key.
pub fn init(place: &Place, database: &TestDatabase) -> String {
    let made = place.run(&["init", database.url(), "--name", "shop", "--yes", "--json"]).json();
    made["admin_key"].as_str().unwrap().to_owned()
}

/// What the writers were told, over all rounds.
#[derive(Default)]
struct Told {
    /// By kind: the numbers that were answered 2xx.
    done: Mutex<HashMap<&'static str, Vec<usize>>>,
    count: AtomicUsize,
    /// Answers that were neither 2xx nor the end of the connection.
    odd: Mutex<Vec<Answer>>,
    /// Requests whose connection broke: kind and number.
    open: Mutex<Vec<(&'static str, usize)>>,
    next: AtomicUsize,
}

/// One kind of write: method, path and body for a number.
type Write = (&'static str, fn(usize) -> (&'static str, &'static str, Value));

const WRITES: [Write; 6] = [
    ("single", |n| ("POST", "/p/shop/notes", json!({ "kind": "single", "n": n }))),
    ("keyed", |n| ("POST", "/p/shop/notes", json!({ "kind": "keyed", "n": n }))),
    ("bulk", |n| ("POST", "/p/shop/notes/bulk", (0..ROWS).map(|_| json!({ "kind": "bulk", "n": n })).collect())),
    ("batch", |n| {
        let operation = json!({ "method": "POST", "path": "/notes", "body": { "kind": "batch", "n": n } });
        ("POST", "/p/shop/batch", json!({ "operations": vec![operation; ROWS] }))
    }),
    ("nested", |n| {
        let lines: Vec<Value> = (0..ROWS).map(|line| json!({ "n": line })).collect();
        ("POST", "/p/shop/orders", json!({ "id": n, "code": "x", "order_lines": lines }))
    }),
    ("mass", |n| {
        let filter = json!([{ "field": "grp", "operator": "eq", "value": 1 }]);
        ("PUT", "/p/shop/counters/filter", json!({ "expressions": filter, "updateData": { "n": n } }))
    }),
];

impl Told {
    fn write_until_killed(&self, address: &str, key: &str, (kind, request): Write) {
        let mut client = Client::new(address, key);
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let (method, path, body) = request(n);
            let id = format!("key-{n}");
            let headers: &[(&str, &str)] = if kind == "keyed" { &[("Idempotency-Key", &id)] } else { &[] };
            match client.send(method, path, headers, &body.to_string()) {
                Ok(answer) if answer.is_success() && answer.status != 207 => {
                    self.done.lock().unwrap().entry(kind).or_default().push(n);
                    self.count.fetch_add(1, Ordering::Relaxed);
                }
                Ok(answer) => return self.odd.lock().unwrap().push(answer),
                Err(_) => return self.open.lock().unwrap().push((kind, n)),
            }
        }
    }

    fn done(&self, kind: &str) -> Vec<usize> {
        self.done.lock().unwrap().get(kind).cloned().unwrap_or_default()
    }
}

fn kills(engine: Engine) {
    let rounds = std::env::var("PORTCULLIS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let database = TestDatabase::create(engine, &schema(engine));
    let place = Place::new();
    let key = init(&place, &database);
    let told = Told::default();
    told.next.store(1, Ordering::Relaxed);
    let mut unknown = 0;
    for round in 0..rounds {
        let mut node = place.serve();
        if round == 0 {
            every_write_works(&node, &key);
        }
        let before = told.count.load(Ordering::Relaxed);
        // Another moment each round, and never before every writer is under way.
        let enough = before + 30 + (round * 37) % 90;
        thread::scope(|scope| {
            for write in WRITES.into_iter().chain([WRITES[0], WRITES[1]]) {
                let (told, address, key) = (&told, node.address.clone(), &key);
                scope.spawn(move || told.write_until_killed(&address, key, write));
            }
            until(Duration::from_secs(60), "enough writes", || {
                told.count.load(Ordering::Relaxed) >= enough || !told.odd.lock().unwrap().is_empty()
            });
            node.signal("KILL");
        });
        let odd = std::mem::take(&mut *told.odd.lock().unwrap());
        assert!(odd.is_empty(), "round {round}: {odd:?}\n{}", node.log());
        check(&database, &told, round);
        unknown += retry_open_keys(&place, &database, &told, &key);
    }
    let told = told.count.load(Ordering::Relaxed);
    println!("{engine}: {rounds} kills, {told} answered writes, 0 lost, {unknown} keys of unknown outcome");
}

fn every_write_works(node: &Running, key: &str) {
    let mut client = Client::new(&node.address, key);
    for (kind, request) in WRITES {
        let (method, path, body) = request(0);
        let answer = client.send(method, path, &[], &body.to_string()).unwrap();
        assert!(answer.is_success() && answer.status != 207, "{kind}: {answer:?}");
    }
}

fn check(database: &TestDatabase, told: &Told, round: usize) {
    let mut rows: HashMap<(String, usize), usize> = HashMap::new();
    let counted = "SELECT CONCAT(kind, ' ', n, ' ', COUNT(*)) FROM notes GROUP BY kind, n";
    for text in database.texts(counted).into_iter().flatten() {
        let words: Vec<&str> = text.split(' ').collect();
        rows.insert((words[0].to_owned(), words[1].parse().unwrap()), words[2].parse().unwrap());
    }
    for ((kind, n), found) in &rows {
        let whole = if matches!(kind.as_str(), "bulk" | "batch") { ROWS } else { 1 };
        assert_eq!(*found, whole, "round {round}: {kind} {n} is half done or done twice");
    }
    for kind in ["single", "keyed", "bulk", "batch"] {
        let lost: Vec<_> = told.done(kind).into_iter().filter(|n| !rows.contains_key(&(kind.to_owned(), *n))).collect();
        assert!(lost.is_empty(), "round {round}: lost {kind} {lost:?}");
    }
    let nested = "SELECT CONCAT(o.id, ' ', COUNT(l.id)) FROM orders o \
                  LEFT JOIN order_lines l ON l.order_id = o.id GROUP BY o.id";
    let orders: HashMap<usize, usize> = database.texts(nested).into_iter().flatten().map(|text| pair(&text)).collect();
    assert!(orders.values().all(|lines| *lines == ROWS), "round {round}: {orders:?}");
    let lost: Vec<_> = told.done("nested").into_iter().filter(|n| !orders.contains_key(n)).collect();
    assert!(lost.is_empty(), "round {round}: lost nested {lost:?}");
    // One writer: the group stands at what it last heard of, or at what it asked for when the node was killed.
    let group = database.texts("SELECT DISTINCT n FROM counters WHERE grp = 1");
    assert_eq!(group.len(), 1, "round {round}: a mass update is half done: {group:?}");
    let stands: usize = group[0].as_ref().unwrap().parse().unwrap();
    let last = told.done("mass").into_iter().max().unwrap_or(0);
    let asked = told.open.lock().unwrap().iter().any(|(kind, n)| *kind == "mass" && *n == stands);
    assert!(stands == last || (asked && stands > last), "round {round}: {stands} although {last} was answered");
}

fn pair(text: &str) -> (usize, usize) {
    let (one, other) = text.split_once(' ').unwrap();
    (one.parse().unwrap(), other.parse().unwrap())
}

/// Sends the keyed writes of broken connections again, and some that were answered; gives how many were unknown.
fn retry_open_keys(place: &Place, database: &TestDatabase, told: &Told, key: &str) -> usize {
    let open: Vec<usize> = {
        let mut all = told.open.lock().unwrap();
        let keyed = all.iter().filter(|(kind, _)| *kind == "keyed").map(|(_, n)| *n).collect();
        all.retain(|(kind, _)| *kind == "mass");
        keyed
    };
    let node = place.serve();
    let mut client = Client::new(&node.address, key);
    let mut again = |n: usize| {
        let (method, path, body) = WRITES[1].1(n);
        client.send(method, path, &[("Idempotency-Key", &format!("key-{n}"))], &body.to_string()).unwrap()
    };
    let rows = |n: usize| database.texts(&format!("SELECT n FROM notes WHERE kind = 'keyed' AND n = {n}")).len();
    for n in told.done("keyed").into_iter().rev().take(5) {
        let answer = again(n);
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (201, Some("true")), "{answer:?}");
        assert_eq!((answer.json()["n"].as_u64(), rows(n)), (Some(n as u64), 1), "{answer:?}");
    }
    let mut unknown = 0;
    for n in open {
        let answer = again(n);
        match answer.status {
            201 => assert_eq!(rows(n), 1, "{answer:?}"),
            _ => {
                assert_eq!((answer.status, answer.code().as_str()), (409, "idempotency_unknown"), "{answer:?}");
                assert!(rows(n) <= 1);
                unknown += 1;
            }
        }
    }
    unknown
}

/// The node is killed while a keyed write waits for a lock.
fn unknown(engine: Engine) {
    let database = TestDatabase::create(engine, &schema(engine));
    let place = Place::new();
    let key = init(&place, &database);
    let mut node = place.serve();
    let write = |address: &str| {
        let body = json!({ "kind": "keyed", "n": 1 }).to_string();
        Client::new(address, &key).send("POST", "/p/shop/notes", &[("Idempotency-Key", "k")], &body)
    };
    thread::scope(|scope| {
        scope.spawn(|| hold_lock(&database));
        until(Duration::from_secs(5), "the lock is held", || is_locked(&database));
        // Whichever comes first waits for the lock, and the other hears of it.
        let (tell, heard) = mpsc::channel();
        for _ in 0..2 {
            let (address, tell) = (node.address.clone(), tell.clone());
            scope.spawn(move || tell.send(write(&address)));
        }
        let other = heard.recv().unwrap().unwrap();
        assert_eq!((other.status, other.code().as_str()), (409, "idempotency_in_progress"), "{other:?}");
        node.signal("KILL");
        assert!(heard.recv().unwrap().is_err());
    });
    let node = place.serve();
    for _ in 0..2 {
        let answer = write(&node.address).unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (409, "idempotency_unknown"), "{answer:?}");
    }
    assert!(database.texts("SELECT n FROM notes").len() <= 1);
}

const LOCK_S: u64 = 4;

/// Keeps everybody else from writing notes for a while.
fn hold_lock(database: &TestDatabase) {
    match database.engine() {
        Engine::Sqlite => {
            let file = rusqlite::Connection::open(database.url().trim_start_matches("sqlite:")).unwrap();
            file.execute_batch("BEGIN IMMEDIATE").unwrap();
            thread::sleep(Duration::from_secs(LOCK_S));
        }
        Engine::Postgres => {
            database.run(&format!("BEGIN; LOCK TABLE notes IN EXCLUSIVE MODE; SELECT pg_sleep({LOCK_S}); COMMIT"));
        }
        Engine::MariaDb => database.run(&format!("LOCK TABLES notes WRITE; SELECT SLEEP({LOCK_S}); UNLOCK TABLES")),
    }
}

fn is_locked(database: &TestDatabase) -> bool {
    match database.engine() {
        Engine::Sqlite => {
            let file = rusqlite::Connection::open(database.url().trim_start_matches("sqlite:")).unwrap();
            file.busy_timeout(Duration::ZERO).unwrap();
            file.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err()
        }
        Engine::Postgres => {
            let query = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid() \
                         AND wait_event = 'PgSleep' AND datname = current_database()";
            !database.texts(query).is_empty()
        }
        Engine::MariaDb => {
            let query = "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(%' \
                         AND db = DATABASE()";
            !database.texts(query).is_empty()
        }
    }
}
