//! Single rows by their keys, tables without a key, views, tags of rows.

use crate::shop::{SHOP, get, members, post};
use axum::body::Body;
use http::Method;
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "single_rows_over_HTTP",
    fixture: &SHOP,
    cases: served![
        a_row_is_read_by_its_key,
        a_key_no_row_has_is_not_found,
        keys_of_several_columns_are_joined_by_commas,
        commas_and_backslashes_in_a_key_are_escaped,
        a_table_without_a_key_is_listed_only,
        a_view_is_read_and_never_written,
        sec_64_a_row_has_a_strong_tag_that_spares_its_repetition,
    ],
};

fn a_row_is_read_by_its_key(app: &Served) {
    let row = get(app, "/products/4");
    let expected = json!({"id": 4, "sku": "D_4", "name": "dice", "price": 2.5, "stock": 0, "active": true,
        "category_id": 3, "supplier_id": null, "description": "six_sided"});
    assert_eq!(row, expected);
    app.get("/products/4?expand=1").refused(400, "invalid_parameter");
}

fn a_key_no_row_has_is_not_found(app: &Served) {
    for key in ["99", "x", "1.5", "1,2", "99999999999999999999", "%27", "-1", "1%20OR%201=1"] {
        app.get(&format!("/products/{key}")).refused(404, "not_found");
        app.delete(&format!("/products/{key}")).refused(404, "not_found");
        app.put(&format!("/products/{key}"), &json!({"name": "x"})).refused(404, "not_found");
    }
}

fn keys_of_several_columns_are_joined_by_commas(app: &Served) {
    let row = json!({"order_id": 1, "line": 2, "product_id": 2, "qty": 10});
    assert_eq!(get(app, "/order_items/1,2"), row);
    assert_eq!(get(app, "/order_items/1%2C2"), row);
    for key in ["1", "1,2,3", "1,", "2,2", ",2"] {
        app.get(&format!("/order_items/{key}")).refused(404, "not_found");
    }
}

fn commas_and_backslashes_in_a_key_are_escaped(app: &Served) {
    assert_eq!(get(app, "/translations/de,plain")["meaning"], "einfach");
    assert_eq!(get(app, "/translations/de,a%5C,b")["meaning"], "Komma");
    assert_eq!(get(app, "/translations/de,c%5C%5Cd")["meaning"], "Strich");
    app.get("/translations/de,a,b").refused(404, "not_found");
}

fn a_table_without_a_key_is_listed_only(app: &Served) {
    let page = get(app, "/logs");
    assert_eq!(
        (members(&page["data"], "level"), &page["total"]),
        (vec![json!("info"), json!("info"), json!("warn")], &json!(3))
    );
    assert_eq!(get(app, "/logs/count"), json!({"count": 3}));
    app.get("/logs/1").refused(404, "no_primary_key");
    app.put("/logs/1", &json!({"level": "x"})).refused(404, "no_primary_key");
    app.delete("/logs/1").refused(404, "no_primary_key");
    app.put("/logs/bulk", &json!([{"level": "x"}])).refused(404, "no_primary_key");
    let mass =
        json!({"expressions": [{"field": "level", "operator": "eq", "value": "info"}], "updateData": {"level": "x"}});
    app.put("/logs/filter", &mass).refused(404, "no_primary_key");
}

fn a_view_is_read_and_never_written(app: &Served) {
    let page = get(app, "/paid_orders");
    assert_eq!((members(&page["data"], "id"), &page["total"]), (vec![json!(1), json!(3), json!(5)], &json!(3)));
    let big = json!({"expressions": [{"field": "total", "operator": "gt", "value": 50}]});
    assert_eq!(post(app, "/paid_orders/count", 200, &big), json!({"count": 2}));
    for (method, path) in [
        (Method::POST, "/paid_orders"),
        (Method::POST, "/paid_orders/bulk"),
        (Method::PUT, "/paid_orders/1"),
        (Method::DELETE, "/paid_orders/1"),
        (Method::PUT, "/paid_orders/filter"),
        (Method::DELETE, "/paid_orders/filter"),
    ] {
        let body = match path {
            "/paid_orders/bulk" => json!([{"total": 1}]),
            "/paid_orders/filter" => {
                json!({"expressions": [{"field": "id", "operator": "eq", "value": 1}], "updateData": {"total": 1}})
            }
            _ => json!({"total": 1}),
        };
        let answer = app.json(method.clone(), path, &body);
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "{method} {path}");
        answer.refused(405, "read_only");
    }
}

fn sec_64_a_row_has_a_strong_tag_that_spares_its_repetition(app: &Served) {
    let answer = app.get("/products/1");
    let tag = answer.header("etag").expect("a tag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20, "{tag}");
    assert_eq!(app.get("/products/1").header("etag"), Some(tag.as_str()));
    assert_ne!(app.get("/products/2").header("etag"), Some(tag.as_str()));
    for known in [tag.clone(), format!("\"x\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let again = app.call(Method::GET, "/products/1", &[("if-none-match", &known)], Body::empty());
        assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
    }
    let other = app.call(Method::GET, "/products/1", &[("if-none-match", "\"x\"")], Body::empty());
    assert_eq!(other.status, 200);
}
