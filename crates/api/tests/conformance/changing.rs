//! Changing and deleting single rows.

use crate::shop::{first, get, post, script, with};
use http::Method;
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "changing_over_HTTP",
    fixture: &Fixture { name: "changing", script, settings: |_| {} },
    cases: served![
        a_change_touches_the_columns_that_are_present,
        a_change_that_changes_nothing_gives_the_row,
        the_key_may_be_repeated_but_not_changed,
        a_row_with_a_composite_key_is_changed,
        sec_64_a_change_of_a_stale_row_is_refused_with_the_row_as_it_is,
        sec_64_a_deletion_of_a_stale_row_is_refused,
        a_deleted_row_is_given_as_it_was,
        a_row_others_refer_to_is_not_deleted,
        a_refused_change_changes_nothing,
    ],
};

fn tag(app: &Served, path: &str) -> String {
    app.get(path).header("etag").expect("a tag").to_owned()
}

fn a_change_touches_the_columns_that_are_present(app: &Served) {
    let before = get(app, "/products/1");
    let answer = app.put("/products/1", &json!({"Stock": 99, "description": null}));
    let changed_tag = answer.header("etag").map(ToOwned::to_owned);
    let after = crate::shop::tidy(answer.ok(200));
    assert_eq!((&after["stock"], &after["description"], &after["name"]), (&json!(99), &Value::Null, &before["name"]));
    assert_eq!(changed_tag, Some(tag(app, "/products/1")));
    let patched = app.json(Method::PATCH, "/products/1", &json!({"description": ""})).ok(200);
    assert_eq!(patched["description"], "");
    assert_eq!(get(app, "/products/1")["stock"], 99);
}

fn a_change_that_changes_nothing_gives_the_row(app: &Served) {
    let before = get(app, "/products/2");
    assert_eq!(crate::shop::tidy(app.put("/products/2", &json!({})).ok(200)), before);
    assert_eq!(crate::shop::tidy(app.put("/products/2", &before).ok(200)), before);
    app.put("/products/99", &json!({})).refused(404, "not_found");
}

fn the_key_may_be_repeated_but_not_changed(app: &Served) {
    assert_eq!(app.put("/categories/1", &json!({"id": 1, "name": "Hard"})).ok(200)["name"], "Hard");
    assert_eq!(app.put("/categories/1", &json!({"id": "1", "name": "Hardware"})).ok(200)["name"], "Hardware");
    let refused = app.put("/categories/1", &json!({"id": 2, "name": "x"})).refused(400, "key_change");
    assert_eq!(first(&refused).0, "/id");
    assert_eq!(get(app, "/categories/1")["name"], "Hardware");
}

fn a_row_with_a_composite_key_is_changed(app: &Served) {
    assert_eq!(app.put("/order_items/1,2", &json!({"qty": 11, "line": 2})).ok(200)["qty"], 11);
    app.put("/order_items/1,2", &json!({"line": 3})).refused(400, "key_change");
    let path = "/translations/de,a%5C,b";
    assert_eq!(app.put(path, &json!({"meaning": "Beistrich"})).ok(200)["word"], "a,b");
    assert_eq!(app.delete(path).ok(200)["meaning"], "Beistrich");
    app.get(path).refused(404, "not_found");
}

fn sec_64_a_change_of_a_stale_row_is_refused_with_the_row_as_it_is(app: &Served) {
    let old = tag(app, "/products/3");
    let change =
        |tag: &str, stock: i64| with(app, Method::PUT, "/products/3", ("if-match", tag), &json!({"stock": stock}));
    let new = change(&old, 50);
    let new_tag = new.header("etag").expect("a tag").to_owned();
    assert_eq!(new.ok(200)["stock"], 50);
    let refused = change(&old, 60).refused(412, "precondition_failed");
    assert_eq!(refused["current"]["stock"], 50);
    change(&format!("W/{new_tag}"), 60).refused(412, "precondition_failed");
    assert_eq!(get(app, "/products/3")["stock"], 50);
    assert_eq!(change(&format!("\"x\", {new_tag}"), 61).ok(200)["stock"], 61);
    assert_eq!(change("*", 62).ok(200)["stock"], 62);
    with(app, Method::PATCH, "/products/99", ("if-match", "*"), &json!({"stock": 1})).refused(404, "not_found");
}

fn sec_64_a_deletion_of_a_stale_row_is_refused(app: &Served) {
    let row = post(app, "/tags", 201, &json!({"label": "stale"}));
    let path = format!("/tags/{}", row["id"]);
    let old = tag(app, &path);
    app.put(&path, &json!({"label": "fresh"})).ok(200);
    let refused = app.call(Method::DELETE, &path, &[("if-match", &old)], "").refused(412, "precondition_failed");
    assert_eq!(refused["current"]["label"], "fresh");
    let new = tag(app, &path);
    app.call(Method::DELETE, &path, &[("if-match", &new)], "").ok(200);
    app.get(&path).refused(404, "not_found");
}

fn a_deleted_row_is_given_as_it_was(app: &Served) {
    let row = post(app, "/tags", 201, &json!({"label": "short-lived"}));
    let path = format!("/tags/{}", row["id"]);
    assert_eq!(app.delete(&path).ok(200), row);
    app.delete(&path).refused(404, "not_found");
}

fn a_row_others_refer_to_is_not_deleted(app: &Served) {
    app.delete("/customers/1").refused(409, "foreign_key");
    assert_eq!(get(app, "/customers/1")["name"], "Ada");
}

fn a_refused_change_changes_nothing(app: &Served) {
    let before = get(app, "/products/4");
    for (body, status, code) in [
        (json!({"stock": 5, "sku": "A-1"}), 409, "duplicate"),
        (json!({"stock": 5, "category_id": 99}), 409, "foreign_key"),
        (json!({"stock": 5, "price": -1}), 400, "check_failed"),
        (json!({"stock": 5, "name": null}), 400, "null_not_allowed"),
        (json!({"stock": "many"}), 400, "invalid_value"),
        (json!({"stok": 5}), 400, "unknown_column"),
    ] {
        app.put("/products/4", &body).refused(status, code);
    }
    assert_eq!(get(app, "/products/4"), before);
}
