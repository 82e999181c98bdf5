//! Whole results as streams, and back.

use crate::shop::{field, get, members, post, script, with};
use axum::body::Body;
use http::Method;
use portcullis_testkit::{
    Answer,
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub const SUITE: Suite = Suite {
    name: "exports_and_imports_over_HTTP",
    fixture: &Fixture { name: "exports", script, settings: |_| {} },
    cases: served![
        csv_tells_nothing_from_the_empty_text,
        ndjson_is_an_object_a_line,
        a_page_that_is_named_is_all_that_is_given,
        a_filter_and_an_order_hold_for_an_export,
        ndjson_embeds_and_csv_does_not,
        a_table_without_a_key_is_exported,
        an_export_of_many_batches_is_imported_byte_for_byte,
        an_import_tells_what_it_refused,
        an_import_may_change_known_rows,
        what_is_no_csv_is_refused_with_its_place,
        an_export_of_what_is_unknown_is_refused_before_it_starts,
    ],
};

fn import(app: &Served, path: &str, media: &str, body: impl Into<Body>) -> Answer {
    app.call(Method::POST, path, &[("content-type", media)], body)
}

fn csv_tells_nothing_from_the_empty_text(app: &Served) {
    let answer = app.get("/profiles?format=csv");
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.text(), "id,customer_id,bio\r\n1,1,Countess\r\n2,2,\r\n");
    let answer = app.call(Method::GET, "/products?sort=id&id=3", &[("accept", "text/csv")], Body::empty());
    let text = answer.text().replace("1000.50", "1000.5");
    assert_eq!(
        text,
        "id,sku,name,price,stock,active,category_id,supplier_id,description\r\n3,C-3,Crane,1000.5,1,false,1,1,\"\"\r\n"
    );
    let text = app.get("/products?format=csv&id=5").text();
    assert!(text.contains(",\"Émile \"\"E\"\" O'Brien\","), "{text}");
    assert!(text.contains("emoji 🎲"), "{text}");
    assert_eq!(app.get("/tags?format=csv&label=none").text(), "id,label\r\n");
}

fn ndjson_is_an_object_a_line(app: &Served) {
    let answer = app.call(Method::GET, "/profiles", &[("accept", "application/x-ndjson")], Body::empty());
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines = "{\"id\":1,\"customer_id\":1,\"bio\":\"Countess\"}\n{\"id\":2,\"customer_id\":2,\"bio\":null}\n";
    assert_eq!(answer.text(), lines);
    assert_eq!(app.get("/orders?format=ndjson&status=none").text(), "");
}

fn a_page_that_is_named_is_all_that_is_given(app: &Served) {
    let text = app.get("/addresses?format=csv&page=1&pageSize=2").text();
    assert_eq!(text.lines().count(), 3, "{text}");
}

fn a_filter_and_an_order_hold_for_an_export(app: &Served) {
    let body = json!({"expressions": [field("status", "eq", "paid")], "sort": [{"field": "total"}], "projections": ["id", "note"]});
    let answer = with(app, Method::POST, "/orders/filter", ("accept", "text/csv"), &body);
    assert_eq!(answer.text(), "id,note\r\n5,Urgent\r\n3,50% off_now\r\n1,urgent: call\r\n");
}

fn ndjson_embeds_and_csv_does_not(app: &Served) {
    let body = json!({"projections": ["id"], "expressions": [{"relationship": "Profile", "include": true}]});
    let text = app.post("/customers/filter?format=ndjson", &body).text();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(first, json!({"id": 1, "profile": {"id": 1, "customer_id": 1, "bio": "Countess"}}));
    app.post("/customers/filter?format=csv", &body).refused(501, "unsupported");
}

fn a_table_without_a_key_is_exported(app: &Served) {
    assert_eq!(app.get("/logs?format=csv").text(), "level,message\r\ninfo,one\r\ninfo,three\r\nwarn,two\r\n");
    assert_eq!(app.get("/paid_orders?format=csv").text().lines().count(), 4);
}

fn an_export_of_many_batches_is_imported_byte_for_byte(app: &Served) {
    let mut csv = "lang,word,meaning\r\n".to_owned();
    for n in 0..2600 {
        let meaning = match n % 5 {
            0 => String::new(),
            1 => "\"\"".to_owned(),
            2 => "\"a \"\"b\"\", c\"".to_owned(),
            3 => "\"line\r\nbreak\"".to_owned(),
            _ => format!("é🎲 {n}"),
        };
        write!(csv, "x{},w{n:04},{meaning}\r\n", n % 3).unwrap();
    }
    let outcome = import(app, "/translations/import", "text/csv", csv).ok(201);
    assert_eq!(outcome, json!({"succeeded": 2600, "failed": [], "failed_total": 0}));
    for (format, media) in [("csv", "text/csv"), ("ndjson", "application/x-ndjson")] {
        let filter = json!({"expressions": [field("lang", "like", "x%")]});
        let path = format!("/translations/filter?format={format}");
        let exported = app.post(&path, &filter).bytes;
        assert!(exported.iter().filter(|byte| **byte == b'\n').count() >= 2600);
        let gone = app.json(Method::DELETE, "/translations/filter?limit=5000", &filter).ok(200);
        assert_eq!(gone["affected"], 2600);
        assert_eq!(import(app, "/translations/import", media, exported.clone()).ok(201)["succeeded"], 2600);
        assert!(app.post(&path, &filter).bytes == exported, "{format} differs after its way back");
    }
}

fn an_import_tells_what_it_refused(app: &Served) {
    let lines = "{\"label\":\"i1\"}\n\n{\"label\":null}\n{\"label\":\"i1\"}\n{\"lable\":\"x\"}\n{\"label\":\"i2\"}";
    let outcome = import(app, "/tags/import", "application/x-ndjson", lines).ok(207);
    assert_eq!((&outcome["succeeded"], &outcome["failed_total"]), (&json!(2), &json!(3)));
    assert_eq!(members(&outcome["failed"], "index"), [1, 2, 3]);
    assert_eq!(outcome["failed"][1]["error"]["code"], "duplicate");
    assert_eq!(outcome["failed"][2]["data"], json!({"lable": "x"}));
    let many: String = (0..150).map(|_| "{\"label\":null}\n").collect();
    let outcome = import(app, "/tags/import", "application/x-ndjson", many).ok(207);
    assert_eq!((outcome["failed"].as_array().unwrap().len(), &outcome["failed_total"]), (100, &json!(150)));
}

fn an_import_may_change_known_rows(app: &Served) {
    post(app, "/suppliers", 201, &json!({"name": "Imported", "country": "IT"}));
    let csv = "name,country\nImported,FR\nNew one,ES\n";
    assert_eq!(import(app, "/suppliers/import?on_conflict=name", "text/csv", csv).ok(201)["succeeded"], 2);
    assert_eq!(get(app, "/suppliers?name=Imported")["data"][0]["country"], "FR");
}

fn what_is_no_csv_is_refused_with_its_place(app: &Served) {
    for (media, body, place) in [
        ("text/csv", "label\na\"b\n", "/0"),
        ("text/csv", "id,label\n,z1\n1,2,3\n", "/1"),
        ("text/csv", "label\n\"open", "/0"),
        ("application/x-ndjson", "{\"label\":\"z2\"}\n{\"label\":", "/1"),
        ("application/x-ndjson", "{\"label\":\"z3\",\"label\":\"z4\"}\n", "/0"),
    ] {
        let refused = import(app, "/tags/import", media, body).refused(400, "invalid_body");
        assert_eq!(crate::shop::first(&refused).0, place, "{body}: {refused}");
    }
    import(app, "/tags/import", "application/json", "[]").refused(415, "unsupported_media_type");
}

fn an_export_of_what_is_unknown_is_refused_before_it_starts(app: &Served) {
    app.get("/orders?format=csv&sort=nothing").refused(400, "unknown_column");
    app.get("/orders?format=xml").refused(400, "invalid_parameter");
}
