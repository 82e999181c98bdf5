//! Many rows at once, each on its own.

use crate::shop::{get, members, post, script, tidy};
use http::Method;
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "bulk_over_HTTP",
    fixture: &Fixture { name: "bulk", script, settings: |_| {} },
    cases: served![
        rows_are_created_in_input_order,
        rel_2_a_refused_row_undoes_no_other,
        every_kind_of_refusal_has_its_code,
        rows_are_changed_by_the_keys_in_them,
        children_come_with_their_rows,
        a_bulk_is_an_array_with_rows,
    ],
};

fn product(sku: &str, price: Value) -> Value {
    json!({"sku": sku, "name": "Bulk", "price": price})
}

fn rows_are_created_in_input_order(app: &Served) {
    let items: Vec<Value> = (0..40).map(|n| product(&format!("K-{}", 40 - n), json!(n))).collect();
    let answer = post(app, "/products/bulk", 201, &json!(items));
    let skus: Vec<Value> = (0..40).map(|n| json!(format!("K-{}", 40 - n))).collect();
    assert_eq!((members(&answer["succeeded"], "sku"), &answer["failed"]), (skus, &json!([])));
    assert!(answer["succeeded"][0]["id"].is_number());
}

fn rel_2_a_refused_row_undoes_no_other(app: &Served) {
    let items = json!([
        product("L-1", json!(1)),
        product("A-1", json!(2)),
        product("L-3", json!(3)),
        product("L-4", json!("x")),
        product("L-1", json!(5)),
        product("L-6", json!(6))
    ]);
    let answer = post(app, "/products/bulk", 207, &items);
    assert_eq!(members(&answer["succeeded"], "sku"), ["L-1", "L-3", "L-6"]);
    assert_eq!(members(&answer["failed"], "index"), [1, 3, 4]);
    assert_eq!(answer["failed"][0]["data"], items[1]);
    assert_eq!(get(app, "/products/count?price=6&sku=L-6"), json!({"count": 1}));
    let all_bad = post(app, "/products/bulk", 207, &json!([product("A-1", json!(1))]));
    assert_eq!(all_bad["succeeded"], json!([]));
}

fn every_kind_of_refusal_has_its_code(app: &Served) {
    let items = json!([
        product("A-1", json!(1)),
        {"sku": "M-1", "name": "x", "price": 1, "category_id": 99},
        {"sku": "M-2", "name": null, "price": 1},
        product("M-3", json!(-1)),
        {"sku": "M-4", "name": "x"},
        {"sku": "M-5", "name": "x", "price": 1, "colour": "red"},
        product("M-6", json!("dear")),
        "a string",
    ]);
    let answer = post(app, "/products/bulk", 207, &items);
    let codes: Vec<_> = answer["failed"].as_array().unwrap().iter().map(|row| row["error"]["code"].clone()).collect();
    let invalid = "validation_error";
    assert_eq!(codes, ["duplicate", "foreign_key", invalid, invalid, invalid, invalid, invalid, invalid]);
    assert!(answer["failed"][5]["error"]["message"].as_str().unwrap().contains("colour"));
}

fn rows_are_changed_by_the_keys_in_them(app: &Served) {
    let items = json!([{"id": 2, "stock": 1}, {"id": 1, "stock": 2}]);
    let answer = tidy(app.put("/products/bulk", &items).ok(200));
    assert_eq!(
        (members(&answer["succeeded"], "id"), members(&answer["succeeded"], "stock")),
        (vec![json!(2), json!(1)], vec![json!(1), json!(2)])
    );
    let items = json!([{"stock": 3}, {"id": 99, "stock": 3}, {"id": 1, "stock": 3}, {"id": "x", "stock": 3}]);
    let answer = app.json(Method::PATCH, "/products/bulk", &items).ok(207);
    assert_eq!(
        (members(&answer["succeeded"], "id"), members(&answer["failed"], "index")),
        (vec![json!(1)], vec![json!(0), json!(1), json!(3)])
    );
    let codes: Vec<_> = answer["failed"].as_array().unwrap().iter().map(|row| row["error"]["code"].clone()).collect();
    assert_eq!(codes, ["validation_error", "not_found", "not_found"]);
    let items = json!([{"lang": "de", "word": "a,b", "meaning": "K"}, {"lang": "de", "word": "c\\d", "meaning": "S"}]);
    assert_eq!(members(&app.put("/translations/bulk", &items).ok(200)["succeeded"], "meaning"), ["K", "S"]);
}

fn children_come_with_their_rows(app: &Served) {
    let items = json!([{"email": "k1@example.com", "name": "K1", "addresses": [{"city": "Nice"}]},
        {"email": "k2@example.com", "name": "K2", "addresses": [{"city": null}]},
        {"email": "k3@example.com", "name": "K3", "addresses": []}]);
    let answer = post(app, "/customers/bulk", 207, &items);
    assert_eq!(
        (members(&answer["succeeded"], "name"), members(&answer["failed"], "index")),
        (vec![json!("K1"), json!("K3")], vec![json!(1)])
    );
    assert_eq!(answer["succeeded"][0]["addresses"][0]["city"], "Nice");
    assert_eq!(get(app, "/customers/count?name=K2"), json!({"count": 0}));
}

fn a_bulk_is_an_array_with_rows(app: &Served) {
    for body in [json!([]), json!({}), json!(null), json!("x")] {
        app.post("/products/bulk", &body).refused(400, "invalid_body");
        app.put("/products/bulk", &body).refused(400, "invalid_body");
    }
}
