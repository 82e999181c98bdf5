//! Changes and deletions by filter.

use crate::shop::{field, get, members, post, script, tidy};
use http::Method;
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "changes_by_filter_over_HTTP",
    fixture: &Fixture { name: "mass", script, settings: |settings| settings.limits.mass_rows = 20 },
    cases: served![
        matching_rows_are_changed_and_given_back,
        matching_rows_are_deleted_and_given_back,
        a_filter_may_reach_over_relationships,
        a_preview_changes_nothing,
        more_rows_than_the_cap_are_refused_unless_the_caller_says_so,
        sec_53_an_empty_filter_is_refused,
        a_change_needs_columns_and_leaves_the_key,
        rel_2_one_row_that_is_refused_undoes_the_whole,
    ],
};

fn tags(app: &Served, prefix: &str, count: usize) {
    let items: Vec<Value> = (0..count).map(|n| json!({"label": format!("{prefix}{n:02}")})).collect();
    post(app, "/tags/bulk", 201, &json!(items));
}

fn labels(prefix: &str) -> Value {
    field("label", "startswith", prefix)
}

fn count(app: &Served, prefix: &str) -> Value {
    post(app, "/tags/count", 200, &json!({"expressions": [labels(prefix)]}))["count"].clone()
}

fn matching_rows_are_changed_and_given_back(app: &Served) {
    let body = json!({"expressions": [field("status", "eq", "paid")], "updateData": {"note": "done"}});
    let answer = tidy(app.put("/orders/filter", &body).ok(200));
    assert_eq!(
        (members(&answer["data"], "id"), members(&answer["data"], "note")),
        (vec![json!(1), json!(3), json!(5)], vec![json!("done"); 3])
    );
    for (key, value) in [
        ("success", json!(true)),
        ("message", json!("3 records updated")),
        ("affected", json!(3)),
        ("total", json!(3)),
        ("page", json!(1)),
        ("page_size", json!(3)),
        ("total_pages", json!(1)),
    ] {
        assert_eq!(answer[key], value, "{key}");
    }
    let none = json!({"expressions": [field("status", "eq", "none")], "updateData": {"note": "x"}});
    let answer = app.put("/orders/filter", &none).ok(200);
    assert_eq!((&answer["affected"], &answer["data"], &answer["total_pages"]), (&json!(0), &json!([]), &json!(0)));
    // A change of the very column that is filtered by.
    let moved = json!({"expressions": [field("status", "eq", "void")], "updateData": {"status": "gone"}});
    assert_eq!(app.put("/orders/filter", &moved).ok(200)["data"][0]["status"], "gone");
}

fn matching_rows_are_deleted_and_given_back(app: &Served) {
    tags(app, "del", 3);
    let answer = app.json(Method::DELETE, "/tags/filter", &json!({"expressions": [labels("del")]})).ok(200);
    assert_eq!(
        (members(&answer["data"], "label"), &answer["message"]),
        (vec![json!("del00"), json!("del01"), json!("del02")], &json!("3 records deleted"))
    );
    assert_eq!(count(app, "del"), 0);
}

fn a_filter_may_reach_over_relationships(app: &Served) {
    let tools = json!({"relationship": "Category", "expressions": [field("name", "eq", "Tools")]});
    let answer = app.put("/products/filter", &json!({"expressions": [tools], "updateData": {"stock": 1}})).ok(200);
    assert_eq!(members(&answer["data"], "id"), [2]);
}

fn a_preview_changes_nothing(app: &Served) {
    tags(app, "pre", 12);
    let filter = json!({"expressions": [labels("pre")]});
    let seen = app.json(Method::DELETE, "/tags/filter?preview=true", &filter).ok(200);
    assert_eq!((&seen["count"], seen["sample"].as_array().unwrap().len()), (&json!(12), 10));
    assert!(seen["sql"].as_str().unwrap().starts_with("DELETE"), "{seen}");
    let change = json!({"expressions": [labels("pre")], "updateData": {"label": "same"}});
    let seen = app.put("/tags/filter?preview=true", &change).ok(200);
    assert_eq!(seen["count"], 12);
    assert!(seen["sql"].as_str().unwrap().starts_with("UPDATE"), "{seen}");
    assert_eq!(count(app, "pre"), 12);
    app.put("/tags/filter?preview=true", &json!({"expressions": [labels("pre")]})).refused(400, "empty_update");
}

fn more_rows_than_the_cap_are_refused_unless_the_caller_says_so(app: &Served) {
    tags(app, "cap", 25);
    let filter = json!({"expressions": [labels("cap")]});
    let refused = app.json(Method::DELETE, "/tags/filter", &filter).refused(422, "too_many_rows");
    assert!(refused["title"].as_str().unwrap().starts_with("25 rows match"), "{refused}");
    app.json(Method::DELETE, "/tags/filter?limit=24", &filter).refused(422, "too_many_rows");
    assert_eq!(count(app, "cap"), 25);
    assert_eq!(app.json(Method::DELETE, "/tags/filter?preview=true", &filter).ok(200)["count"], 25);
    assert_eq!(app.json(Method::DELETE, "/tags/filter?limit=25", &filter).ok(200)["affected"], 25);
}

fn sec_53_an_empty_filter_is_refused(app: &Served) {
    let empty_and = json!({"operator": "AND", "expressions": []});
    for expressions in [json!([]), json!(null), json!([empty_and]), json!([field("id", "notin", json!([]))])] {
        let body = json!({"expressions": expressions, "updateData": {"label": "x"}});
        app.put("/tags/filter", &body).refused(400, "empty_filter");
        app.json(Method::DELETE, "/tags/filter", &body).refused(400, "empty_filter");
    }
    app.json(Method::DELETE, "/tags/filter", &json!({})).refused(400, "empty_filter");
    app.json(Method::DELETE, "/tags/filter", &json!({"expressions": [field("id", "gtt", 1)]}))
        .refused(400, "unknown_operator");
    assert_eq!(get(app, "/tags/1")["label"], "heavy");
}

fn a_change_needs_columns_and_leaves_the_key(app: &Served) {
    let filter = json!([field("label", "eq", "heavy")]);
    for update in [json!({}), json!(null)] {
        app.put("/tags/filter", &json!({"expressions": filter, "updateData": update})).refused(400, "empty_update");
    }
    app.put("/tags/filter", &json!({"expressions": filter})).refused(400, "empty_update");
    app.put("/tags/filter", &json!({"expressions": filter, "updateData": {"id": 9}})).refused(400, "key_change");
    app.put("/tags/filter", &json!({"expressions": filter, "updateData": {"lable": "x"}}))
        .refused(400, "unknown_column");
}

fn rel_2_one_row_that_is_refused_undoes_the_whole(app: &Served) {
    tags(app, "und", 2);
    let body = json!({"expressions": [labels("und")], "updateData": {"label": "undone"}});
    app.put("/tags/filter", &body).refused(409, "duplicate");
    assert_eq!(count(app, "und0"), 2);
    let used = json!({"expressions": [field("id", "in", json!([1, 3]))]});
    app.json(Method::DELETE, "/tags/filter", &used).refused(409, "foreign_key");
    assert_eq!(get(app, "/tags/3")["label"], "unused");
}
