//! Creating rows: defaults, counters, parents, children and links in one transaction.

use crate::shop::{first, get, post, script};
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "creating_over_HTTP",
    fixture: &Fixture { name: "creating", script, settings: |_| {} },
    cases: served![
        a_created_row_comes_back_as_stored,
        a_counter_may_be_absent_null_or_given,
        names_of_columns_are_spelled_loosely,
        children_are_created_with_their_parent,
        a_single_child_is_created_as_an_object,
        a_parent_is_created_before_its_child,
        links_are_created_over_the_table_between,
        a_refused_child_undoes_the_parent,
        a_row_without_a_key_is_created,
        columns_that_are_missing_or_unknown_are_named,
    ],
};

fn a_created_row_comes_back_as_stored(app: &Served) {
    let answer = app.post("/products", &json!({"sku": "N-1", "name": "Nail", "price": "0.10"}));
    let tag = answer.header("etag").expect("a tag").to_owned();
    let row = crate::shop::tidy(answer.ok(201));
    assert_eq!((&row["price"], &row["stock"], &row["active"]), (&json!(0.1), &json!(7), &json!(true)));
    assert_eq!((&row["category_id"], &row["description"]), (&Value::Null, &Value::Null));
    let read = app.get(&format!("/products/{}", row["id"]));
    assert_eq!(read.header("etag"), Some(tag.as_str()));
    assert_eq!(crate::shop::tidy(read.json()), row);
}

fn a_counter_may_be_absent_null_or_given(app: &Served) {
    let first = post(app, "/tags", 201, &json!({"label": "counted"}))["id"].as_i64().unwrap();
    let second = post(app, "/tags", 201, &json!({"id": null, "label": "counted too"}))["id"].as_i64().unwrap();
    assert!(second > first);
    assert_eq!(post(app, "/tags", 201, &json!({"id": 5000, "label": "given"}))["id"], 5000);
}

fn names_of_columns_are_spelled_loosely(app: &Served) {
    let row = post(app, "/products", 201, &json!({"SKU": "N-2", "Name": "Nut", "Price": 1, "categoryId": 1}));
    assert_eq!((&row["sku"], &row["category_id"]), (&json!("N-2"), &json!(1)));
    app.post("/products", &json!({"sku": "N-3", "Sku": "N-4", "name": "x", "price": 1})).refused(400, "invalid_body");
}

fn children_are_created_with_their_parent(app: &Served) {
    let body = json!({"email": "dora@example.com", "name": "Dora", "addresses": [{"city": "Rome"}, {"city": "Oslo"}]});
    let row = post(app, "/customers", 201, &body);
    let cities: Vec<_> = row["addresses"].as_array().unwrap().iter().map(|row| row["city"].clone()).collect();
    assert_eq!(cities, ["Rome", "Oslo"]);
    assert!(row["addresses"].as_array().unwrap().iter().all(|address| address["customer_id"] == row["id"]));
    assert_eq!(get(app, &format!("/addresses/count?customer_id={}", row["id"])), json!({"count": 2}));
    let deep = json!({"email": "emil@example.com", "name": "Emil", "orders": [
        {"total": 3, "placed_at": "2026-02-01T00:00:00Z", "order_items": [{"line": 1, "product_id": 1, "qty": 3}]}]});
    let row = post(app, "/customers", 201, &deep);
    assert_eq!(row["orders"][0]["order_items"][0]["order_id"], row["orders"][0]["id"]);
    assert_eq!(row["orders"][0]["status"], "new");
}

fn a_single_child_is_created_as_an_object(app: &Served) {
    let body = json!({"email": "finn@example.com", "name": "Finn", "profile": {"bio": "Sailor"}});
    let row = post(app, "/customers", 201, &body);
    assert_eq!((&row["profile"]["bio"], &row["profile"]["customer_id"]), (&json!("Sailor"), &row["id"]));
    let list = json!({"email": "g@example.com", "name": "G", "profile": [{"bio": "x"}]});
    app.post("/customers", &list).refused(400, "invalid_body");
}

fn a_parent_is_created_before_its_child(app: &Served) {
    let body = json!({"sku": "N-5", "name": "Saw", "price": 9, "supplier": {"name": "Sawmill"}});
    let row = post(app, "/products", 201, &body);
    assert_eq!((&row["supplier"]["name"], &row["supplier_id"]), (&json!("Sawmill"), &row["supplier"]["id"]));
}

fn links_are_created_over_the_table_between(app: &Served) {
    let body = json!({"sku": "N-6", "name": "Set", "price": 9, "tags": [{"label": "set"}, {"label": "gift"}]});
    let row = post(app, "/products", 201, &body);
    let labels: Vec<_> = row["tags"].as_array().unwrap().iter().map(|row| row["label"].clone()).collect();
    assert_eq!(labels, ["set", "gift"]);
    assert_eq!(get(app, &format!("/product_tags/count?product_id={}", row["id"])), json!({"count": 2}));
}

fn a_refused_child_undoes_the_parent(app: &Served) {
    let body = json!({"email": "hugo@example.com", "name": "Hugo", "addresses": [{"city": "Bonn"}, {"town": "Kiel"}]});
    let refused = app.post("/customers", &body).refused(400, "unknown_column");
    assert_eq!(first(&refused).0, "/addresses/1/town");
    let taken = json!({"email": "hugo@example.com", "name": "Hugo", "profile": {"bio": "x", "id": 1}});
    app.post("/customers", &taken).refused(409, "duplicate");
    assert_eq!(get(app, "/customers/count?name=Hugo"), json!({"count": 0}));
}

fn a_row_without_a_key_is_created(app: &Served) {
    let row = post(app, "/logs", 201, &json!({"level": "debug", "message": "made"}));
    assert_eq!(row, json!({"level": "debug", "message": "made"}));
}

fn columns_that_are_missing_or_unknown_are_named(app: &Served) {
    let refused = app.post("/products", &json!({"sku": "N-7", "price": 1})).refused(400, "missing_column");
    assert_eq!(first(&refused), ("/name".to_owned(), "missing_column".to_owned()));
    let refused = app.post("/products", &json!({"sku": "N-7", "nam": "x", "price": 1})).refused(400, "unknown_column");
    assert!(refused["title"].as_str().unwrap().contains("did you mean `name`"), "{refused}");
    for body in [json!([]), json!("x"), json!(null)] {
        app.post("/products", &body).refused(400, "invalid_body");
    }
    assert_eq!(get(app, "/products/count?sku=N-7"), json!({"count": 0}));
}
