//! Several writes over several tables, all or none.

use crate::shop::{first, get, post, script};
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "batches_over_HTTP",
    fixture: &Fixture { name: "batch", script, settings: |_| {} },
    cases: served![
        operations_refer_to_earlier_ones,
        every_write_has_its_place_in_a_batch,
        rel_2_one_refused_operation_undoes_all_and_is_named,
        references_that_lead_nowhere_are_refused,
        a_batch_holds_writes_of_rows_only,
    ],
};

fn batch(app: &Served, operations: Value) -> portcullis_testkit::Answer {
    app.post("/batch", &json!({"operations": operations}))
}

fn operations_refer_to_earlier_ones(app: &Served) {
    let answer = batch(app, json!([
        {"id": "c", "method": "POST", "path": "/customers", "body": {"email": "ba@example.com", "name": "Ba"}},
        {"id": "o", "method": "POST", "path": "orders", "body":
            {"customer_id": {"$ref": "c.id"}, "total": 1, "placed_at": "2026-03-01T00:00:00Z"}},
        {"method": "POST", "path": "/api/OrderItem", "body": {"order_id": {"$ref": "o.id"}, "line": 1, "product_id": 1, "qty": 1}},
    ])).ok(200);
    let results = &answer["results"];
    assert_eq!((&results[0]["id"], &results[0]["status"], &results[2]["id"]), (&json!("c"), &json!(201), &Value::Null));
    assert_eq!(results[1]["body"]["customer_id"], results[0]["body"]["id"]);
    assert_eq!(results[2]["body"]["order_id"], results[1]["body"]["id"]);
    assert_eq!(get(app, "/customers/count?name=Ba"), json!({"count": 1}));
}

fn every_write_has_its_place_in_a_batch(app: &Served) {
    let tag = post(app, "/tags", 201, &json!({"label": "batched"}));
    let path = format!("/tags/{}", tag["id"]);
    let answer = batch(
        app,
        json!([
            {"method": "put", "path": path, "body": {"label": "batched 2"}},
            {"method": "PATCH", "path": "/order_items/1,2", "body": {"qty": 12}},
            {"method": "DELETE", "path": path},
        ]),
    )
    .ok(200);
    let results = &answer["results"];
    assert_eq!((&results[0]["status"], &results[1]["body"]["qty"]), (&json!(200), &json!(12)));
    assert_eq!(results[2]["body"]["label"], "batched 2");
    app.get(&path).refused(404, "not_found");
}

fn rel_2_one_refused_operation_undoes_all_and_is_named(app: &Served) {
    let good = json!({"method": "POST", "path": "/tags", "body": {"label": "never"}});
    for (bad, status, code, place) in [
        (
            json!({"method": "POST", "path": "/products", "body": {"sku": "A-1", "name": "x", "price": 1}}),
            409,
            "duplicate",
            Some("sku"),
        ),
        (
            json!({"method": "POST", "path": "/products", "body": {"sku": "Z", "nam": "x", "price": 1}}),
            400,
            "unknown_column",
            Some("nam"),
        ),
        (json!({"method": "PUT", "path": "/products/1", "body": {"price": "x"}}), 400, "invalid_value", Some("price")),
        (json!({"method": "PUT", "path": "/products/99", "body": {"stock": 1}}), 404, "not_found", None),
        (json!({"method": "DELETE", "path": "/customers/1"}), 409, "foreign_key", None),
        (json!({"method": "DELETE", "path": "/nothings/1"}), 404, "not_found", None),
        (json!({"method": "POST", "path": "/paid_orders", "body": {"total": 1}}), 405, "read_only", None),
    ] {
        let refused = batch(app, json!([good, bad])).refused(status, code);
        assert_eq!(first(&refused), ("/operations/1".to_owned(), code.to_owned()), "{refused}");
        if let Some(column) = place {
            assert_eq!(refused["errors"][1]["pointer"], format!("/operations/1/body/{column}"), "{refused}");
        }
    }
    assert_eq!(get(app, "/tags/count?label=never"), json!({"count": 0}));
}

fn references_that_lead_nowhere_are_refused(app: &Served) {
    for path in ["x.id", "c.colour", "c", "later.id"] {
        let refused = batch(
            app,
            json!([
                {"id": "c", "method": "POST", "path": "/tags", "body": {"label": "ref"}},
                {"method": "POST", "path": "/product_tags", "body": {"product_id": 1, "tag_id": {"$ref": path}}},
                {"id": "later", "method": "POST", "path": "/tags", "body": {"label": "ref2"}},
            ]),
        )
        .refused(400, "invalid_reference");
        assert_eq!(first(&refused).0, "/operations/1", "{path}");
    }
    assert_eq!(get(app, "/tags/count?label=ref"), json!({"count": 0}));
}

fn a_batch_holds_writes_of_rows_only(app: &Served) {
    for operation in [
        json!({"method": "GET", "path": "/tags/1"}),
        json!({"method": "POST", "path": "/tags/1", "body": {}}),
        json!({"method": "DELETE", "path": "/tags"}),
        json!({"method": "PUT", "path": "/tags/1/query", "body": {}}),
        json!({"path": "/tags", "body": {}}),
        json!({"method": "POST", "path": "/tags", "body": [], "id": "a"}),
        json!({"method": "POST", "path": "/tags", "boddy": {}}),
        json!("x"),
    ] {
        let refused = batch(app, json!([operation])).refused(400, "invalid_body");
        assert_eq!(first(&refused).0, "/operations/0", "{operation}");
    }
    batch(app, json!([])).refused(400, "invalid_body");
    app.post("/batch", &json!([])).refused(400, "invalid_body");
    app.post("/batch", &json!({})).refused(400, "invalid_body");
    let many: Vec<Value> = (0..101).map(|_| json!({"method": "DELETE", "path": "/tags/99"})).collect();
    batch(app, json!(many)).refused(413, "too_many_operations");
}
