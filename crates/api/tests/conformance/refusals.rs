//! What is refused, and how clearly.

use crate::shop::{field, first, get, script};
use http::Method;
use portcullis_testkit::{
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "refusals_over_HTTP",
    fixture: &Fixture { name: "refusals", script, settings: |_| {} },
    cases: served![
        a_taken_key_is_a_conflict_that_names_its_column,
        a_foreign_key_to_nothing_is_a_conflict,
        null_where_none_may_be_is_refused,
        a_check_of_the_database_is_told,
        text_that_is_too_long_is_refused_and_never_cut on Postgres MariaDb
            => "SQLite keeps text of any length, whatever the column declares",
        numbers_out_of_range_are_refused_and_never_wrapped,
        unknown_names_come_with_a_suggestion,
        sec_51_what_is_not_clean_json_is_refused,
        sec_53_a_slip_in_a_filter_is_refused_where_it_stands,
        sec_62_a_refusal_is_a_problem_document_and_tells_no_sql,
    ],
};

fn a_taken_key_is_a_conflict_that_names_its_column(app: &Served) {
    let refused = app.post("/products", &json!({"sku": "A-1", "name": "x", "price": 1})).refused(409, "duplicate");
    assert_eq!(first(&refused), ("/sku".to_owned(), "duplicate".to_owned()));
    assert!(refused["title"].as_str().unwrap().contains("sku"), "{refused}");
    let refused = app.post("/tags", &json!({"id": 1, "label": "fresh"})).refused(409, "duplicate");
    assert_eq!(first(&refused).0, "/id", "{refused}");
    let refused = app
        .post("/order_items", &json!({"order_id": 1, "line": 1, "product_id": 1, "qty": 1}))
        .refused(409, "duplicate");
    assert_eq!(
        (&refused["errors"][0]["pointer"], &refused["errors"][1]["pointer"]),
        (&json!("/order_id"), &json!("/line"))
    );
}

fn a_foreign_key_to_nothing_is_a_conflict(app: &Served) {
    app.post("/products", &json!({"sku": "R-1", "name": "x", "price": 1, "category_id": 99}))
        .refused(409, "foreign_key");
    app.put("/products/1", &json!({"supplier_id": 99})).refused(409, "foreign_key");
    app.delete("/tags/1").refused(409, "foreign_key");
}

fn null_where_none_may_be_is_refused(app: &Served) {
    let refused =
        app.post("/products", &json!({"sku": "R-2", "name": null, "price": 1})).refused(400, "null_not_allowed");
    assert_eq!(first(&refused).0, "/name");
    app.put("/products/1", &json!({"sku": null})).refused(400, "null_not_allowed");
}

fn a_check_of_the_database_is_told(app: &Served) {
    let refused =
        app.post("/products", &json!({"sku": "R-3", "name": "x", "price": -0.01})).refused(400, "check_failed");
    assert!(refused["title"].as_str().unwrap().contains("price_is_positive"), "{refused}");
}

fn text_that_is_too_long_is_refused_and_never_cut(app: &Served) {
    let refused =
        app.post("/products", &json!({"sku": "R".repeat(21), "name": "x", "price": 1})).refused(400, "invalid_value");
    assert_eq!(first(&refused).0, "/sku");
    // Characters, not bytes.
    let wide = "é".repeat(20);
    assert_eq!(app.post("/products", &json!({"sku": wide, "name": "x", "price": 1})).ok(201)["sku"], wide);
}

fn numbers_out_of_range_are_refused_and_never_wrapped(app: &Served) {
    for (column, value) in [
        ("stock", json!(1e30)),
        ("stock", json!(1.5)),
        ("stock", json!("12 pieces")),
        ("price", json!(123_456_789.0)),
        ("price", json!(1.005)),
        ("active", json!(2)),
    ] {
        let refused = app.put("/products/1", &json!({column: value})).refused(400, "invalid_value");
        assert_eq!(first(&refused).0, format!("/{column}"));
    }
    let huge = app.call(
        Method::PUT,
        "/products/1",
        &[("content-type", "application/json")],
        "{\"category_id\":9223372036854775808}",
    );
    huge.refused(400, "invalid_value");
}

fn unknown_names_come_with_a_suggestion(app: &Served) {
    let title = |answer: portcullis_testkit::Answer, status, code| {
        answer.refused(status, code)["title"].as_str().unwrap().to_owned()
    };
    let filter = |expression| app.post("/products/filter", &json!({"expressions": [expression]}));
    for (title, near) in [
        (title(filter(field("pric", "eq", 1)), 400, "unknown_column"), "`price`"),
        (title(filter(field("price", "betwen", 1)), 400, "unknown_operator"), "`between`"),
        (title(filter(json!({"relationship": "Suplier"})), 400, "unknown_relationship"), "supplier"),
        (title(app.get("/products?pagesize=1"), 400, "invalid_parameter"), "`pageSize`"),
        (title(app.get("/prodcts"), 404, "not_found"), "`products`"),
        (title(app.get("/products?sort=nam"), 400, "unknown_column"), "`name`"),
        (title(app.put("/products/1", &json!({"stok": 1})), 400, "unknown_column"), "`stock`"),
    ] {
        assert!(
            title.to_lowercase().contains(&format!("did you mean {}", near).to_lowercase()) || title.contains(near),
            "{title}"
        );
        assert!(title.contains("did you mean"), "{title}");
    }
}

fn sec_51_what_is_not_clean_json_is_refused(app: &Served) {
    let deep = format!("{{\"expressions\":{}{}}}", "[".repeat(40), "]".repeat(40));
    for body in [
        &b"{\"name\":\"a\",\"name\":\"b\"}"[..],
        b"{\"name\":\"a\"",
        b"{\"name\":\"a\"} x",
        b"{\"name\":\"\xff\"}",
        br#"{"name":"\ud800"}"#,
        br#"{"name":"a\u0000b"}"#,
        b"{'name':1}",
        b"{\"price\":NaN}",
        b"{\"price\":01}",
        deep.as_bytes(),
    ] {
        for (method, path) in
            [(Method::PUT, "/products/1"), (Method::POST, "/products/filter"), (Method::POST, "/products/bulk")]
        {
            app.call(method, path, &[("content-type", "application/json")], body.to_vec()).refused(400, "invalid_json");
        }
    }
    assert_eq!(get(app, "/products/1")["name"], "Anvil");
}

fn sec_53_a_slip_in_a_filter_is_refused_where_it_stands(app: &Served) {
    for (expression, place, code) in [
        (json!({"feild": "id", "operator": "eq", "value": 1}), "/expressions/0", "invalid_filter"),
        (json!({"field": "id", "operator": "eq"}), "/expressions/0", "invalid_filter"),
        (json!({"field": "id", "operator": "eq", "value": 1, "not": true}), "/expressions/0", "invalid_filter"),
        (json!({"operator": "XOR", "expressions": []}), "/expressions/0", "unknown_operator"),
        (
            json!({"operator": "OR", "expressions": [{"field": "idd", "operator": "eq", "value": 1}]}),
            "/expressions/0/expressions/0",
            "unknown_column",
        ),
        (json!({"relationship": "Tags", "includes": true}), "/expressions/0", "invalid_filter"),
        (json!("id = 1"), "/expressions/0", "invalid_filter"),
    ] {
        let refused = app.post("/products/filter", &json!({"expressions": [expression]})).refused(400, code);
        assert_eq!(first(&refused), (place.to_owned(), code.to_owned()), "{expression}");
    }
    app.post("/products/filter", &json!([])).refused(400, "invalid_filter");
    app.post("/products/filter", &json!({"expressions": {}})).refused(400, "invalid_filter");
}

fn sec_62_a_refusal_is_a_problem_document_and_tells_no_sql(app: &Served) {
    let answer = app.post("/products", &json!({"sku": "A-1", "name": "x", "price": 1}));
    let id = answer.header("x-request-id").expect("an id").to_owned();
    let refused = answer.refused(409, "duplicate");
    assert_eq!((&refused["status"], &refused["request_id"]), (&json!(409), &json!(id)));
    let text = refused.to_string().to_lowercase();
    for word in ["insert", "constraint", "sqlite", "postgres", "maria", "mysql", "products_sku", "products.sku"] {
        assert!(!text.contains(word), "{refused}");
    }
}
