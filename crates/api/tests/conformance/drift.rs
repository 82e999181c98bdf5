//! A structure that changes under a running application: one clear refusal, and a call to read it again. REL-12.

use crate::shop::SHOP;
use portcullis_testkit::{Answer, Engine, TestApp, TestDatabase, cases, conformance::Suite};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "drift_over_HTTP",
    fixture: &SHOP,
    cases: cases![
        rel_12_a_dropped_column_is_a_clear_refusal,
        rel_12_a_dropped_table_is_a_clear_refusal,
        rel_12_a_renamed_column_is_a_clear_refusal_for_writes_too,
        rel_12_an_added_column_changes_nothing,
        rel_12_a_retyped_column_is_read_or_refused_but_never_a_500,
    ],
};

fn start(database: &TestDatabase) -> TestApp {
    database.run(
        "CREATE TABLE parts (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, grade INT); \
        INSERT INTO parts VALUES (1, 'one', 10), (2, 'two', 20)",
    );
    let app = TestApp::start(database);
    app.get("/parts/1").ok(200);
    app
}

/// The refusal is a 503 with its code, to be tried again, and the application was told.
#[track_caller]
fn drifted(app: &TestApp, answer: Answer) {
    assert!(answer.header("retry-after").is_some(), "{}", answer.text());
    answer.refused(503, "schema_changed");
    let told = portcullis_testkit::block_on(async {
        tokio::time::timeout(std::time::Duration::from_secs(2), app.drift.notified()).await
    });
    assert!(told.is_ok(), "nobody was told");
}

fn rel_12_a_dropped_column_is_a_clear_refusal(database: &TestDatabase) {
    let app = start(database);
    database.run("ALTER TABLE parts DROP COLUMN grade");
    drifted(&app, app.get("/parts/1"));
    drifted(&app, app.get("/parts"));
    drifted(&app, app.post("/parts", &json!({"id": 3, "name": "three", "grade": 1})));
    drifted(&app, app.put("/parts/1", &json!({"name": "uno"})));
    assert_eq!(database.texts("SELECT name FROM parts ORDER BY id"), [Some("one".to_owned()), Some("two".to_owned())]);
}

fn rel_12_a_dropped_table_is_a_clear_refusal(database: &TestDatabase) {
    let app = start(database);
    database.run("DROP TABLE parts");
    drifted(&app, app.get("/parts/1"));
    drifted(&app, app.get("/parts/count"));
    drifted(&app, app.get("/parts?format=csv"));
    drifted(&app, app.delete("/parts/1"));
}

fn rel_12_a_renamed_column_is_a_clear_refusal_for_writes_too(database: &TestDatabase) {
    let app = start(database);
    database.run("ALTER TABLE parts RENAME COLUMN name TO title");
    drifted(&app, app.post("/parts/bulk", &json!([{"id": 3, "name": "three"}])));
    drifted(&app, app.post("/batch", &json!({"operations": [{"method": "DELETE", "path": "/parts/1"}]})));
    drifted(
        &app,
        app.put(
            "/parts/filter",
            &json!({"expressions": [{"field": "id", "operator": "eq", "value": 1}], "updateData": {"name": "x"}}),
        ),
    );
    assert_eq!(database.texts("SELECT COUNT(*) FROM parts"), [Some("2".to_owned())]);
}

fn rel_12_an_added_column_changes_nothing(database: &TestDatabase) {
    let app = start(database);
    database.run("ALTER TABLE parts ADD COLUMN extra INT DEFAULT 5");
    let row = json!({"id": 1, "name": "one", "grade": 10});
    assert_eq!(app.get("/parts/1").ok(200), row);
    assert_eq!(app.put("/parts/1", &json!({"grade": 11})).ok(200)["grade"], 11);
    let made = json!({"id": 3, "name": "three", "grade": null});
    assert_eq!(app.post("/parts", &json!({"id": 3, "name": "three"})).ok(201), made);
}

fn rel_12_a_retyped_column_is_read_or_refused_but_never_a_500(database: &TestDatabase) {
    let app = start(database);
    match database.engine() {
        Engine::Postgres => database.run("ALTER TABLE parts ALTER COLUMN grade TYPE TEXT"),
        Engine::MariaDb => database.run("ALTER TABLE parts MODIFY COLUMN grade VARCHAR(20)"),
        Engine::Sqlite => database.run(
            "CREATE TABLE p2 (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL, grade TEXT); \
             INSERT INTO p2 SELECT * FROM parts; DROP TABLE parts; ALTER TABLE p2 RENAME TO parts",
        ),
    }
    for answer in [
        app.get("/parts/1"),
        app.get("/parts"),
        app.get("/parts?grade=10"),
        app.put("/parts/1", &json!({"grade": 11})),
        app.post("/parts", &json!({"id": 3, "name": "three", "grade": 1})),
        app.post("/parts/filter", &json!({"aggregations": {"functions": [{"type": "SUM", "field": "grade"}]}})),
    ] {
        let fine = answer.status.is_success() || answer.json()["code"] == "schema_changed";
        assert!(fine, "{}", answer.text());
    }
}
