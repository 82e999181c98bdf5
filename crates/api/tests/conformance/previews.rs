//! The SQL a request becomes, without running more than its select.

use crate::shop::{SHOP, field, get, members, post};
use http::Method;
use portcullis_testkit::{
    Engine,
    conformance::{Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "previews_over_HTTP",
    fixture: &SHOP,
    cases: served![
        a_filter_is_answered_with_its_sql,
        an_insert_is_shown_and_not_run,
        an_update_is_shown_and_not_run,
        a_dialect_may_be_asked_for,
        sec_49_a_value_in_a_script_stays_a_value,
        a_preview_is_refused_as_the_request_would_be,
    ],
};

fn a_filter_is_answered_with_its_sql(app: &Served) {
    let body = json!({"expressions": [field("status", "eq", "paid"), field("total", "gt", 10)]});
    let answer = post(app, "/orders/filter/query?pageSize=2", 200, &body);
    assert_eq!((members(&answer["data"], "id"), &answer["total"]), (vec![json!(1), json!(3)], &json!(2)));
    let query = answer["query"].as_str().unwrap();
    assert!(query.starts_with("SELECT") && !query.contains("paid"), "{query}");
    assert_eq!(answer["params"].as_array().unwrap()[0], "paid");
    assert!(answer["script"].as_str().unwrap().contains("'paid'"), "{answer}");
    // The script is what it says: the engine runs it.
    app.database.texts(answer["script"].as_str().unwrap());
}

fn an_insert_is_shown_and_not_run(app: &Served) {
    let answer = post(app, "/tags/query", 200, &json!({"label": "shown"}));
    assert_eq!((&answer["data"], &answer["total"]), (&json!([]), &json!(0)));
    assert!(answer["query"].as_str().unwrap().starts_with("INSERT"), "{answer}");
    assert_eq!(answer["params"], json!(["shown"]));
    assert!(answer["script"].as_str().unwrap().contains("'shown'"));
    assert_eq!(get(app, "/tags/count?label=shown"), json!({"count": 0}));
}

fn an_update_is_shown_and_not_run(app: &Served) {
    let answer = app.put("/tags/1/query", &json!({"label": "shown"})).ok(200);
    let script = answer["script"].as_str().unwrap();
    assert!(script.starts_with("UPDATE") && script.contains("'shown'"), "{script}");
    assert_eq!(answer.as_object().unwrap().len(), 1);
    assert_eq!(get(app, "/tags/1")["label"], "heavy");
}

fn a_dialect_may_be_asked_for(app: &Served) {
    let own = match app.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
        Engine::MariaDb => "mysql",
    };
    let body = json!({"expressions": [field("label", "eq", "new")]});
    let plain = post(app, "/tags/filter/query", 200, &body);
    for (dialect, quote, placeholder) in [("postgres", '"', "$1"), ("mysql", '`', "?"), ("sqlite", '"', "?")] {
        let answer = post(app, &format!("/tags/filter/query?dialect={dialect}"), 200, &body);
        assert_eq!(members(&answer["data"], "id"), [2]);
        let query = answer["query"].as_str().unwrap();
        assert!(query.contains(quote) && query.contains(placeholder), "{query}");
        assert_eq!(answer["query"] == plain["query"], dialect == own, "{query}");
        let update = app.put(&format!("/tags/1/query?dialect={dialect}"), &json!({"label": "x"})).ok(200);
        assert!(update["script"].as_str().unwrap().contains(quote));
    }
    app.post("/tags/filter/query?dialect=oracle", &body).refused(400, "invalid_parameter");
}

fn sec_49_a_value_in_a_script_stays_a_value(app: &Served) {
    for value in ["'; DROP TABLE tags; --", "\\'; DROP TABLE tags; --", "a\\", "''", "\u{1F3B2}'\"`"] {
        let answer = post(app, "/tags/filter/query", 200, &json!({"expressions": [field("label", "eq", value)]}));
        assert_eq!(answer["params"][0], value);
        assert!(app.database.texts(answer["script"].as_str().unwrap()).is_empty(), "{value}");
    }
    assert_eq!(get(app, "/tags/count"), json!({"count": 3}));
}

fn a_preview_is_refused_as_the_request_would_be(app: &Served) {
    app.post("/tags/filter/query", &json!({"expressions": [field("lable", "eq", 1)]})).refused(400, "unknown_column");
    app.post("/tags/query", &json!({"lable": "x"})).refused(400, "unknown_column");
    app.put("/tags/1/query", &json!({"id": 2})).refused(400, "key_change");
    app.post("/paid_orders/query", &json!({"total": 1})).refused(405, "read_only");
    app.call(Method::GET, "/tags/filter/query", &[], "").refused(405, "method_not_allowed");
}
