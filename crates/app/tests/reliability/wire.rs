//! SEC-55: requests whose length or method can be read in two ways are refused, and their connection is closed.

use crate::{Test, support::Place};
use portcullis_testkit::Engine;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

pub const TESTS: &[Test] = &[
    ("sec_55_a_request_of_doubtful_length_is_refused_and_its_connection_closed", Engine::Sqlite, lengths),
    ("sec_55_trace_and_unknown_methods_are_refused", Engine::Sqlite, methods),
];

/// Sends bytes and reads until the node closes; fails the test if it does not within five seconds.
fn exchange(address: &str, request: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match socket.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&piece[..read]),
            // Unread bytes of the request make the close a reset.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("not closed: {error} after {}\n{request}", String::from_utf8_lossy(&answer)),
        }
    }
    String::from_utf8(answer).unwrap()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn lengths() {
    let (place, key) = Place::with_shop();
    let node = place.serve();
    // What a second reader would take for a request of its own.
    let hidden = "DELETE /p/shop/orders/1 HTTP/1.1\r\nHost: x\r\nX-Admin-Key: KEY\r\n\r\n";
    let body = "{\"status\":\"x\"}";
    let heads = [
        ("both lengths", "Content-Length: 14\r\nTransfer-Encoding: chunked\r\n"),
        ("both lengths, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 14\r\n"),
        ("two lengths", "Content-Length: 14\r\nContent-Length: 15\r\n"),
        ("two lengths in one", "Content-Length: 14, 15\r\n"),
        ("a signed length", "Content-Length: +14\r\n"),
        ("a negative length", "Content-Length: -14\r\n"),
        ("a hexadecimal length", "Content-Length: 0xe\r\n"),
        ("a length beyond every number", "Content-Length: 99999999999999999999999\r\n"),
        ("an unknown coding", "Transfer-Encoding: xchunked\r\n"),
        ("chunked not last", "Transfer-Encoding: chunked, identity\r\n"),
        ("a blank before the colon", "Content-Length : 14\r\n"),
        ("a folded line", "Transfer-Encoding:\r\n chunked\r\nContent-Length: 14\r\n"),
    ];
    for (what, head) in heads {
        let request = format!(
            "POST /p/shop/orders HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\nContent-Type: application/json\r\n{head}\r\n{body}{}",
            hidden.replace("KEY", &key)
        );
        let answer = exchange(&node.address, &request);
        assert_eq!(status(&answer), 400, "{what}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{what}: {answer}");
    }
    let chunks =
        ["zz\r\n", "-1\r\n", "5\r\n{\"a\":1", "ffffffffffffffffff\r\n", "3;\n\r\n{}\r\n", "2\r\n{}GET / HTTP/1.1\r\n"];
    for chunk in chunks {
        let request = format!(
            "POST /p/shop/orders HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}\r\n\r\n{}",
            hidden.replace("KEY", &key)
        );
        let answer = exchange(&node.address, &request);
        assert_eq!(status(&answer), 400, "{chunk:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{chunk:?}: {answer}");
    }
    let all = node.get("/p/shop/orders", Some(&key)).body;
    assert!(all.contains("\"total\":2"), "nothing was written or deleted: {all}");
}

fn methods() {
    let (place, key) = Place::with_shop();
    let node = place.serve();
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/console/",
        "/p/shop/orders",
        "/p/shop/orders/1",
        "/p/shop/models",
        "/p/shop/openapi.json",
        "/x",
    ] {
        for method in ["TRACE", "CONNECT", "BREW", "get", "PROPFIND"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {key}\r\nCookie: secret=1\r\nConnection: close\r\n\r\n"
            );
            let answer = exchange(&node.address, &request);
            assert!(matches!(status(&answer), 400 | 405 | 501), "{method} {path}: {answer}");
            assert!(!answer.contains("secret=1") && !answer.contains(&key), "{method} {path} echoes: {answer}");
        }
    }
}
