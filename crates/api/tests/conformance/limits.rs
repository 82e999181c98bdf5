//! How much one request may ask for, each bound with a code of its own. SEC-50.

use crate::shop::{field, first, script};
use http::Method;
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "limits_over_HTTP",
    fixture: &Fixture { name: "limits", script, settings: |settings| settings.limits.body_bytes = 64 * 1024 },
    cases: served![
        sec_50_pages_have_a_size,
        sec_50_filters_have_a_depth_and_a_number_of_conditions,
        sec_50_lists_have_a_number_of_values,
        sec_50_orders_have_a_number_of_keys,
        sec_50_relationships_have_a_number_of_levels,
        sec_50_bulks_have_a_number_of_rows,
        sec_50_rel_16_bodies_have_a_size,
        sec_50_addresses_have_a_length,
    ],
};

fn filter(app: &Served, expression: &Value) -> portcullis_testkit::Answer {
    app.post("/orders/filter", &json!({"expressions": [expression]}))
}

fn sec_50_pages_have_a_size(app: &Served) {
    let refused = app.get("/orders?pageSize=1001").refused(400, "invalid_page_size");
    assert!(refused["title"].as_str().unwrap().contains("1000"), "{refused}");
    assert_eq!(first(&refused).0, "pageSize");
}

fn sec_50_filters_have_a_depth_and_a_number_of_conditions(app: &Served) {
    let nested = |depth: usize| {
        (0..depth).fold(field("id", "eq", 1), |inner, _| json!({"operator": "AND", "expressions": [inner]}))
    };
    filter(app, &nested(7)).ok(200);
    filter(app, &nested(8)).refused(400, "filter_too_deep");
    let many = |count: usize| json!({"operator": "OR", "expressions": vec![field("id", "eq", 1); count]});
    assert_eq!(filter(app, &many(100)).ok(200)["total"], 1);
    filter(app, &many(101)).refused(400, "too_many_conditions");
    app.post("/orders/count", &json!({"expressions": [many(101)]})).refused(400, "too_many_conditions");
    app.json(Method::DELETE, "/orders/filter", &json!({"expressions": [many(101)]}))
        .refused(400, "too_many_conditions");
}

fn sec_50_lists_have_a_number_of_values(app: &Served) {
    let list = |count: i64| field("id", "in", (1..=count).collect::<Vec<_>>());
    assert_eq!(filter(app, &list(1000)).ok(200)["total"], 5);
    filter(app, &list(1001)).refused(400, "too_many_values");
}

fn sec_50_orders_have_a_number_of_keys(app: &Served) {
    let keys = |count: usize| vec!["id"; count].join(",");
    app.get(&format!("/orders?sort={}", keys(8))).ok(200);
    app.get(&format!("/orders?sort={}", keys(9))).refused(400, "too_many_sort_keys");
}

fn sec_50_relationships_have_a_number_of_levels(app: &Served) {
    let chain = |names: &[&str]| {
        names.iter().rev().fold(Value::Null, |inner, name| {
            let expressions = if inner.is_null() { json!([]) } else { json!([inner]) };
            json!({"relationship": name, "include": true, "expressions": expressions})
        })
    };
    filter(app, &chain(&["OrderItems", "Product", "Category"])).ok(200);
    filter(app, &chain(&["OrderItems", "Product", "Category", "Parent"])).refused(400, "too_many_relationships");
}

fn sec_50_bulks_have_a_number_of_rows(app: &Served) {
    let items = |count: usize| json!(vec![json!({"id": 1, "label": "heavy"}); count]);
    assert_eq!(app.put("/tags/bulk", &items(1000)).ok(200)["succeeded"].as_array().unwrap().len(), 1000);
    app.put("/tags/bulk", &items(1001)).refused(413, "too_many_bulk_rows");
    app.post("/tags/bulk", &items(1001)).refused(413, "too_many_bulk_rows");
    let children: Vec<_> = (0..1001).map(|n| json!({"city": format!("c{n}")})).collect();
    let body = json!({"email": "l@example.com", "name": "L", "addresses": children});
    app.post("/customers", &body).refused(400, "too_many_rows");
}

fn sec_50_rel_16_bodies_have_a_size(app: &Served) {
    let long = json!({"label": "x".repeat(64 * 1024)});
    app.post("/tags", &long).refused(413, "body_too_large");
    app.post("/tags/filter", &long).refused(413, "body_too_large");
    // A body that does not say how long it is.
    let chunks =
        futures_util::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b' '; 1024]))));
    let body = axum::body::Body::from_stream(chunks);
    app.call(Method::POST, "/tags", &[("content-type", "application/json")], body).refused(413, "body_too_large");
    // Announced only.
    let headers = [("content-type", "application/json"), ("content-length", "999999999")];
    app.call(Method::POST, "/tags", &headers, "{}").refused(413, "body_too_large");
    // Bulk bodies may be sixteen times as long.
    let long = json!({"label": null, "lable": "x".repeat(64 * 1024)});
    app.post("/tags/bulk", &json!([long])).ok(207);
}

fn sec_50_addresses_have_a_length(app: &Served) {
    app.get(&format!("/tags?label={}", "x".repeat(8 * 1024))).refused(414, "uri_too_long");
}
