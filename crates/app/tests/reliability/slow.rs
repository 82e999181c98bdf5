//! REL-15, REL-16: clients that are slow, endless or too large are cut or refused, and cost no memory.

use crate::{
    Test,
    http::{Client, connect, read_answer, until},
    support::{Place, Running},
};
use portcullis_testkit::{Engine, TestDatabase};
use std::{
    io::{BufRead as _, Read as _, Write as _},
    thread,
    time::{Duration, Instant},
};

pub const TESTS: &[Test] = &[
    ("rel_15_slow_heads_bodies_and_readers_are_cut_at_their_limits", Engine::Sqlite, slow),
    ("rel_16_oversized_endless_and_compressed_bodies_are_refused_at_the_limit", Engine::Sqlite, large),
    ("rel_16_an_export_of_200000_rows_takes_no_memory", Engine::Sqlite, || export(Engine::Sqlite)),
    ("rel_16_an_export_of_200000_rows_takes_no_memory", Engine::Postgres, || export(Engine::Postgres)),
    ("rel_16_an_export_of_200000_rows_takes_no_memory", Engine::MariaDb, || export(Engine::MariaDb)),
];

/// Memory of the node's own, without mapped files. KiB.
fn memory_kib(node: &Running) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn rows(engine: Engine) -> TestDatabase {
    let numbers = match engine {
        Engine::Postgres => "SELECT n FROM generate_series(1, 200000) n".to_owned(),
        Engine::MariaDb => "SELECT seq FROM seq_1_to_200000".to_owned(),
        Engine::Sqlite => {
            "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 200000) SELECT n FROM s"
                .to_owned()
        }
    };
    let text = "x".repeat(200);
    let script = format!(
        "CREATE TABLE facts (id INT PRIMARY KEY, text VARCHAR(200)); \
         INSERT INTO facts (id) {numbers}; UPDATE facts SET text = '{text}'; \
         CREATE VIEW no_key AS SELECT id AS number, text FROM facts"
    );
    TestDatabase::create(engine, &script)
}

fn export(engine: Engine) {
    let database = rows(engine);
    let place = Place::new();
    let key = crate::crash::init(&place, &database);
    let node = place.serve();
    assert!(Client::new(&node.address, &key).get("/p/shop/facts?pageSize=10").unwrap().is_success());
    for model in ["facts", "no_key"] {
        let before = memory_kib(&node);
        let mut socket = connect(&node.address).unwrap();
        let request = format!(
            "GET /p/shop/{model}?format=ndjson HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\nConnection: close\r\n\r\n"
        );
        socket.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut lines, mut most, mut line) = (0, before, Vec::new());
        while socket.read_until(b'\n', &mut line).unwrap() > 0 {
            lines += usize::from(line.starts_with(b"{"));
            line.clear();
            if lines % 5_000 == 1 {
                most = most.max(memory_kib(&node));
            }
        }
        assert_eq!(lines, 200_000, "{model}");
        println!("{engine}: {model}: {} KiB more at the most while 200000 rows were sent", most - before);
        assert!(most - before < 32 * 1024, "{model}: {before} to {most} KiB");
    }
}

fn slow() {
    let database = rows(Engine::Sqlite);
    let place = Place::new();
    let key = crate::crash::init(&place, &database);
    let node = place.serve();
    assert!(Client::new(&node.address, &key).get("/p/shop/facts?pageSize=10").unwrap().is_success());
    thread::scope(|scope| {
        scope.spawn(|| slow_head(&node));
        scope.spawn(|| slow_body(&node, &key));
        scope.spawn(|| slow_readers(&node, &key));
    });
}

fn slow_head(node: &Running) {
    let mut socket = connect(&node.address).unwrap();
    let began = Instant::now();
    socket.get_mut().write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ").unwrap();
    socket.get_mut().set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    // A byte now and then must not help.
    until(Duration::from_secs(14), "a slow head is cut", || {
        let _ = socket.get_mut().write_all(b"x");
        match socket.fill_buf() {
            Ok(_) => true,
            Err(error) => !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
        }
    });
    assert!(began.elapsed() > Duration::from_secs(8), "{:?}", began.elapsed());
}

fn slow_body(node: &Running, key: &str) {
    let mut socket = connect(&node.address).unwrap();
    let began = Instant::now();
    let head = format!(
        "POST /p/shop/facts HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    );
    socket.get_mut().write_all(head.as_bytes()).unwrap();
    let mut writer = socket.get_ref().try_clone().unwrap();
    thread::spawn(move || {
        while writer.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(500));
        }
    });
    let answer = read_answer(&mut socket, began).unwrap();
    assert!(matches!(answer.status, 408 | 503), "{answer:?}");
    assert!(answer.took > Duration::from_secs(25) && answer.took < Duration::from_secs(36), "{answer:?}");
    socket.get_ref().set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert!(matches!(socket.read(&mut [0; 10]), Ok(0) | Err(_)), "closed");
}

fn slow_readers(node: &Running, key: &str) {
    let before = memory_kib(node);
    let mut sockets: Vec<_> = (0..40)
        .map(|n| {
            let model = if n % 4 == 0 { "no_key" } else { "facts" };
            let mut socket = connect(&node.address).unwrap();
            let request =
                format!("GET /p/shop/{model}?format=ndjson HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\n\r\n");
            socket.get_mut().write_all(request.as_bytes()).unwrap();
            socket
        })
        .collect();
    // All have begun, and nobody reads on.
    for socket in &mut sockets {
        let mut line = String::new();
        socket.read_line(&mut line).unwrap();
        assert!(line.contains("200") || line.contains("503"), "{line}");
    }
    let mut client = Client::new(&node.address, key);
    for _ in 0..20 {
        let answer = client.get("/p/shop/facts?pageSize=10&total=false").unwrap();
        assert!(answer.is_success() && answer.took < Duration::from_secs(1), "{answer:?}");
    }
    let more = memory_kib(node).saturating_sub(before);
    println!("40 slow readers: {more} KiB more");
    // Two pieces of a thousand rows each, a quarter of a megabyte, and what the allocator keeps (some 70 MiB were seen for
    // all of them): never the table, which is fifty megabytes to each.
    assert!(more < 40 * 3 * 1024, "{more} KiB");
    let connections = || {
        std::fs::read_dir(format!("/proc/{}/fd", node.pid()))
            .unwrap()
            .flatten()
            .filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to.to_string_lossy().starts_with("socket:")))
            .count()
    };
    let many = connections();
    until(Duration::from_secs(50), "slow readers are cut", || connections() + 35 <= many);
}

fn large() {
    let (place, key) = Place::with_shop();
    let node = place.serve();
    let head = |more: &str| {
        format!(
            "POST /p/shop/orders HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\nContent-Type: application/json\r\n{more}\r\n\r\n"
        )
    };
    let send = |head: String, piece: Vec<u8>| {
        let mut socket = connect(&node.address).unwrap();
        socket.get_mut().write_all(head.as_bytes()).unwrap();
        let mut writer = socket.get_ref().try_clone().unwrap();
        let writing = thread::spawn(move || {
            let mut sent = 0;
            while !piece.is_empty() && sent < 256 << 20 && writer.write_all(&piece).is_ok() {
                sent += piece.len();
            }
            sent
        });
        let answer = read_answer(&mut socket, Instant::now());
        let _ = socket.get_ref().shutdown(std::net::Shutdown::Both);
        (answer, writing.join().unwrap())
    };
    let (answer, _) = send(head("Content-Length: 10737418240"), Vec::new());
    assert_eq!(answer.unwrap().status, 413);
    let (answer, _) = send(head("Content-Encoding: gzip\r\nContent-Length: 20"), vec![0x1f; 20]);
    assert_eq!(answer.unwrap().status, 415);
    // What a first request costs once is no matter of its size.
    assert_eq!(Client::new(&node.address, &key).get("/p/shop/orders").unwrap().json()["total"], 2);
    let before = memory_kib(&node);
    let most = std::sync::atomic::AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut chunk = b"10000\r\n".to_vec();
                chunk.extend_from_slice(&[b' '; 0x10000]);
                chunk.extend_from_slice(b"\r\n");
                let (answer, sent) = send(head("Transfer-Encoding: chunked"), chunk);
                // A close with bytes unread may overtake the answer.
                if let Ok(answer) = answer {
                    assert_eq!(answer.status, 413, "{answer:?}");
                }
                assert!(sent < 64 << 20, "{sent} bytes were taken");
                most.fetch_max(memory_kib(&node), std::sync::atomic::Ordering::Relaxed);
            });
        }
    });
    let more = most.into_inner().saturating_sub(before);
    println!("16 endless bodies: {more} KiB more");
    assert!(more < 16 * 2 * 1024, "{more} KiB for 16 bodies of 1 MiB at most");
    assert_eq!(Client::new(&node.address, &key).get("/p/shop/orders").unwrap().json()["total"], 2);
}
