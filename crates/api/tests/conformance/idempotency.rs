//! The same write sent twice is done once. SEC-65.

use crate::shop::{get, script, with};
use http::Method;
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "idempotency_over_HTTP",
    fixture: &Fixture { name: "idempotency", script, settings: |_| {} },
    cases: served![
        sec_65_a_repeated_write_is_answered_alike_and_done_once,
        sec_65_another_body_under_the_key_is_refused,
        sec_65_other_parameters_under_the_key_are_refused,
        sec_65_a_refusal_leaves_the_key_free,
        sec_65_a_key_belongs_to_its_route,
        sec_65_every_kind_of_write_takes_a_key,
        sec_65_a_key_has_a_length,
    ],
};

fn key(name: &str) -> (&str, &str) {
    ("idempotency-key", name)
}

fn sec_65_a_repeated_write_is_answered_alike_and_done_once(app: &Served) {
    let body = json!({"label": "once"});
    let first = with(app, Method::POST, "/tags", key("k-1"), &body);
    let again = with(app, Method::POST, "/tags", key("k-1"), &body);
    assert_eq!((first.status, &first.bytes), (again.status, &again.bytes));
    assert_eq!(
        (first.header("etag"), first.header("content-type")),
        (again.header("etag"), again.header("content-type"))
    );
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(first.status, 201);
    assert_eq!(get(app, "/tags/count?label=once"), json!({"count": 1}));
}

fn sec_65_another_body_under_the_key_is_refused(app: &Served) {
    with(app, Method::POST, "/tags", key("k-2"), &json!({"label": "two"})).ok(201);
    with(app, Method::POST, "/tags", key("k-2"), &json!({"label": "three"})).refused(422, "idempotency_key_reused");
    assert_eq!(get(app, "/tags/count?label=three"), json!({"count": 0}));
}

fn sec_65_other_parameters_under_the_key_are_refused(app: &Served) {
    let body = json!({"label": "five"});
    with(app, Method::POST, "/tags", key("k-5"), &body).ok(201);
    with(app, Method::POST, "/tags?on_conflict=label", key("k-5"), &body).refused(422, "idempotency_key_reused");
}

fn sec_65_a_refusal_leaves_the_key_free(app: &Served) {
    with(app, Method::POST, "/tags", key("k-3"), &json!({"label": "heavy"})).refused(409, "duplicate");
    with(app, Method::POST, "/tags", key("k-3"), &json!({"lable": "x"})).refused(400, "unknown_column");
    with(app, Method::POST, "/tags", key("k-3"), &json!({"label": "light"})).ok(201);
}

fn sec_65_a_key_belongs_to_its_route(app: &Served) {
    with(app, Method::POST, "/tags", key("k-4"), &json!({"label": "routed"})).ok(201);
    with(app, Method::POST, "/suppliers", key("k-4"), &json!({"name": "routed"})).ok(201);
    with(app, Method::PUT, "/tags/1", key("k-4"), &json!({"label": "heavy"})).ok(200);
}

fn sec_65_every_kind_of_write_takes_a_key(app: &Served) {
    let twice = |method: Method, path: &str, body: serde_json::Value, status: u16| {
        with(app, method.clone(), path, key("k-all"), &body).ok(status);
        let again = with(app, method, path, key("k-all"), &body);
        assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (status, Some("true")), "{path}");
    };
    twice(Method::POST, "/tags/bulk", json!([{"label": "b1"}]), 201);
    twice(Method::PUT, "/tags/bulk", json!([{"id": 2, "label": "b2"}]), 200);
    twice(Method::PATCH, "/tags/2", json!({"label": "b3"}), 200);
    twice(
        Method::PUT,
        "/tags/filter",
        json!({"expressions": [{"field": "label", "operator": "eq", "value": "b1"}],
        "updateData": {"label": "b4"}}),
        200,
    );
    twice(
        Method::POST,
        "/batch",
        json!({"operations": [{"method": "POST", "path": "/tags", "body": {"label": "b5"}}]}),
        200,
    );
    twice(
        Method::DELETE,
        "/tags/filter",
        json!({"expressions": [{"field": "label", "operator": "eq", "value": "b4"}]}),
        200,
    );
    twice(Method::DELETE, "/tags/3", json!({}), 200);
}

fn sec_65_a_key_has_a_length(app: &Served) {
    let long = "k".repeat(256);
    for name in [" ", long.as_str()] {
        with(app, Method::POST, "/tags", key(name), &json!({"label": "x"})).refused(400, "invalid_idempotency_key");
    }
    with(app, Method::GET, "/tags", key(&long), &json!({})).ok(200);
}
