//! Rows that are inserted, or change the one with the same key.

use crate::shop::{get, members, post, script};
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "upserts_over_HTTP",
    fixture: &Fixture { name: "upserts", script, settings: |_| {} },
    cases: served![
        a_new_row_is_inserted_and_a_known_one_changed,
        a_composite_key_finds_its_row,
        a_conflict_on_another_key_is_refused,
        an_upsert_needs_a_unique_key_and_its_values,
        an_upsert_of_the_key_alone_changes_nothing,
        upserts_in_bulk_tell_whether_all_were_new,
    ],
};

fn a_new_row_is_inserted_and_a_known_one_changed(app: &Served) {
    let path = "/products?on_conflict=sku";
    let new = post(app, path, 201, &json!({"sku": "U-1", "name": "Urn", "price": 5, "stock": 3}));
    let changed = post(app, path, 200, &json!({"sku": "U-1", "name": "Big urn", "price": 6}));
    assert_eq!((&changed["id"], &changed["name"], &changed["stock"]), (&new["id"], &json!("Big urn"), &json!(3)));
    assert_eq!(get(app, "/products/count?sku=U-1"), json!({"count": 1}));
}

fn a_composite_key_finds_its_row(app: &Served) {
    let path = "/translations?on_conflict=lang,word";
    post(app, path, 201, &json!({"lang": "it", "word": "uno", "meaning": "one"}));
    let row = post(app, path, 200, &json!({"word": "uno", "lang": "it", "meaning": "ein"}));
    assert_eq!(row, json!({"lang": "it", "word": "uno", "meaning": "ein"}));
}

fn a_conflict_on_another_key_is_refused(app: &Served) {
    let clash = json!({"id": 1, "sku": "U-2", "name": "x", "price": 1});
    app.post("/products?on_conflict=sku", &clash).refused(409, "duplicate");
    assert_eq!(get(app, "/products/1")["sku"], "A-1");
}

fn an_upsert_needs_a_unique_key_and_its_values(app: &Served) {
    let body = json!({"sku": "U-3", "name": "x", "price": 1});
    for conflict in ["name", "sku,name", "id,sku", "lang"] {
        let answer = app.post(&format!("/products?on_conflict={conflict}"), &body);
        assert_eq!(answer.status, 400, "{conflict}: {}", answer.text());
    }
    app.post("/products?on_conflict=id", &body).refused(400, "invalid_conflict");
    assert_eq!(get(app, "/products/count?sku=U-3"), json!({"count": 0}));
}

fn an_upsert_of_the_key_alone_changes_nothing(app: &Served) {
    let row = post(app, "/product_tags?on_conflict=product_id,tag_id", 200, &json!({"product_id": 1, "tag_id": 1}));
    assert_eq!(row, json!({"product_id": 1, "tag_id": 1}));
}

fn upserts_in_bulk_tell_whether_all_were_new(app: &Served) {
    let path = "/tags/bulk?on_conflict=label";
    let answer = post(app, path, 201, &json!([{"label": "u1"}, {"label": "u2"}]));
    assert_eq!(answer["failed"], json!([]));
    let answer = post(app, path, 200, &json!([{"label": "u2"}, {"label": "u3"}]));
    assert_eq!(members(&answer["succeeded"], "label"), ["u2", "u3"]);
    let answer = post(app, path, 207, &json!([{"label": "u4"}, {"label": null}]));
    assert_eq!((members(&answer["succeeded"], "label"), &answer["failed"][0]["index"]), (vec![json!("u4")], &json!(1)));
}
