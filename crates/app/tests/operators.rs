//! The first operator of a node: by the environment, by the one-time link, and what a running node makes of commands.

mod support;

use serde_json::{Value, json};
use std::io::BufRead as _;
use support::{Answer, Place, Running};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";
const GIVEN: [(&str, &str); 2] = [("PORTCULLIS_OPERATOR_EMAIL", EMAIL), ("PORTCULLIS_OPERATOR_PASSWORD", PASSWORD)];
const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

fn post(node: &Running, path: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let length = body.len();
    node.send(&format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    ))
}

fn get(node: &Running, path: &str, token: &str) -> Answer {
    node.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"))
}

fn login(node: &Running, password: &str) -> Answer {
    post(node, "/admin/v1/auth/login", &json!({ "email": EMAIL, "password": password }))
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["token"].as_str().unwrap().to_owned()
}

/// The token of the set-up link among the next lines.
fn link(node: &mut Running) -> String {
    let mut line = String::new();
    for _ in 0..6 {
        line.clear();
        node.out.read_line(&mut line).unwrap();
        if let Some((before, token)) = line.trim().split_once("/console/setup?token=") {
            assert_eq!(before, format!("http://{}", node.address));
            return token.to_owned();
        }
    }
    panic!("no link: {line}");
}

#[test]
fn sec_67_the_environment_makes_the_first_operator_and_there_is_no_other_way_in() {
    let (place, key) = Place::with_shop();
    let node = place.start(&SERVE, &GIVEN);
    assert_eq!(login(&node, "admin").status, 401);
    let token = token(&login(&node, PASSWORD));
    assert_eq!(get(&node, "/admin/v1/projects", &token).status, 200);
    // SEC-14: good here and nowhere else, and the other way round.
    assert_eq!(get(&node, "/p/shop/orders", &token).status, 401);
    assert_eq!(get(&node, "/p/shop/orders", &key).status, 200);
    assert_eq!(get(&node, "/admin/v1/projects", &key).status, 401);
    // Another start with the same environment changes nothing.
    place.run_with(&["operator", "passwd", "--email", EMAIL, "--password-stdin"], &[], "another good password").ok();
    assert_eq!(get(&node, "/admin/v1/projects", &token).status, 401, "at once, beside a running node");
    drop(node);
    let node = place.start(&SERVE, &GIVEN);
    assert_eq!(login(&node, PASSWORD).status, 401);
    assert_eq!(login(&node, "another good password").status, 200);
}

#[test]
fn sec_67_without_an_operator_the_node_prints_a_link_that_works_once() {
    let place = Place::new();
    let mut node = place.serve();
    let token = link(&mut node);
    let page = node.get(&format!("/console/setup?token={token}"), None);
    assert_eq!(page.status, 200);
    assert!(page.head.contains("default-src 'none'") && !page.body.contains(&token), "{}", page.head);
    for file in ["setup.js", "setup.css"] {
        assert_eq!(node.get(&format!("/console/{file}"), None).status, 200);
    }
    assert_eq!(node.get("/console/nothing", None).status, 404);
    let body = json!({ "token": token, "email": EMAIL, "password": PASSWORD });
    assert_eq!(post(&node, "/admin/v1/auth/setup", &body).status, 200);
    assert_eq!(post(&node, "/admin/v1/auth/setup", &body).status, 401);
    assert_eq!(login(&node, PASSWORD).status, 200);
    let log = node.log();
    assert!(!log.contains(&token) && !log.contains(PASSWORD), "{log}");
}

#[test]
fn an_environment_that_cannot_be_used_is_one_clear_line() {
    let place = Place::new();
    place.run_with(&SERVE, &GIVEN[..1], "").refused("PORTCULLIS_OPERATOR_PASSWORD is not");
    place.run_with(&SERVE, &GIVEN[1..], "").refused("PORTCULLIS_OPERATOR_EMAIL is not");
    let weak = [GIVEN[0], ("PORTCULLIS_OPERATOR_PASSWORD", "short")];
    place.run_with(&SERVE, &weak, "").refused("fewer than 8 characters");
}

#[test]
fn the_admin_document_is_served() {
    let place = Place::new();
    let node = place.start(&SERVE, &GIVEN);
    let document = node.get("/admin/v1/openapi.json", None);
    assert_eq!(document.status, 200);
    assert!(document.body.contains("\"/auth/login\""), "{}", document.body);
    assert_eq!(node.get("/admin/v1", None).status, 401);
    assert_eq!(node.get("/admin/v12", None).status, 404);
}
