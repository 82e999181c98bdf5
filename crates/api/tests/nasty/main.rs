//! Tables with everything that a database allows, on each engine: whatever is asked, nothing fails on our side.

mod customer;
mod limits;
mod many;
mod sign_in;
mod sweep;

use customer::{
    a_login_that_may_only_read_sees_the_same_tables, reading_leaves_the_database_as_it_was,
    reading_leaves_the_file_as_it_was,
};
use many::rel_12_five_thousand_tables_are_read_in_a_minute;
use portcullis_schema::Table;
use portcullis_testkit::{Engine, TestApp, TestDatabase, cases, conformance, conformance::Case};
use serde_json::json;
use sign_in::{
    people_sign_in_over_a_login_that_may_only_read, people_sign_in_up_and_change_over_a_login_that_makes_nothing,
    sec_5_a_signup_that_cannot_be_written_tells_nothing_of_an_address,
};
use std::process::ExitCode;
use sweep::Sweep;

const CASES: &[Case] = cases![
    every_route_of_every_table_answers,
    what_a_trigger_takes_back_is_refused,
    a_point_is_read_as_text_and_not_written on MariaDb,
    tables_named_like_routes_are_reached_by_their_models,
    reading_leaves_the_file_as_it_was on Sqlite,
    reading_leaves_the_database_as_it_was on Postgres MariaDb,
    a_login_that_may_only_read_sees_the_same_tables on Postgres MariaDb,
    people_sign_in_over_a_login_that_may_only_read on Postgres MariaDb,
    people_sign_in_up_and_change_over_a_login_that_makes_nothing,
    sec_5_a_signup_that_cannot_be_written_tells_nothing_of_an_address on Postgres MariaDb,
    rel_12_five_thousand_tables_are_read_in_a_minute,
];

fn main() -> ExitCode {
    conformance::run(&[("nasty", CASES)])
}

/// The engine's odd tables, and one of 200 columns.
fn load(database: &TestDatabase) {
    let script = match database.engine() {
        Engine::Sqlite => include_str!("sqlite.sql"),
        Engine::Postgres => include_str!("postgres.sql"),
        Engine::MariaDb => include_str!("mariadb.sql"),
    };
    database.run(script);
    let columns: Vec<String> = (1..200).map(|n| format!("c{n} int")).collect();
    database.run(&format!(
        "CREATE TABLE wide (id int PRIMARY KEY, {}); INSERT INTO wide (id, c7) VALUES (1, 7)",
        columns.join(", ")
    ));
}

/// What an URL needs to name every schema of the script.
fn schemas(engine: Engine) -> &'static str {
    if engine == Engine::Postgres { "&schema=public,other,Third%3B%20one" } else { "" }
}

fn serve(database: &TestDatabase) -> TestApp {
    load(database);
    TestApp::at(&format!("{}{}", database.url(), schemas(database.engine())), |_| {})
}

fn every_route_of_every_table_answers(database: &TestDatabase) {
    let app = serve(database);
    let only = std::env::var("NASTY_TABLE").ok();
    let tables: Vec<&Table> = app.database().tables().iter().collect();
    let (mut failures, mut requests) = (Vec::new(), 0);
    for table in tables.iter().filter(|table| only.as_ref().is_none_or(|only| table.name == *only)) {
        let (sent, failed) = Sweep::of(&app, table).run();
        requests += sent;
        failures.extend(failed);
    }
    assert!(requests > 1000 || only.is_some(), "only {requests} requests to {} tables", tables.len());
    let failures = limits::unexplained(database.engine(), failures);
    assert!(failures.is_empty(), "{} findings:\n{}", failures.len(), failures.join("\n"));
}

fn what_a_trigger_takes_back_is_refused(database: &TestDatabase) {
    let app = serve(database);
    app.post("/refusing", &json!({"id": 9, "v": "x"})).refused(400, "check_failed");
    app.put("/refusing/1", &json!({"v": "x"})).refused(400, "check_failed");
    app.delete("/refusing/1").refused(400, "check_failed");
    let (swallowing, row) = match database.engine() {
        Engine::Sqlite => ("/ignoring", json!({"id": 9, "v": "x"})),
        Engine::Postgres => ("/triggered", json!({"id": 9, "v": "swallow"})),
        Engine::MariaDb => return,
    };
    app.post(swallowing, &row).refused(400, "check_failed");
    assert_eq!(app.post("/triggered", &json!({"id": 10, "v": "loud"})).ok(201)["v"], "LOUD");
}

fn a_point_is_read_as_text_and_not_written(database: &TestDatabase) {
    let app = serve(database);
    assert_eq!(app.get("/exotic/1").ok(200)["p"], "POINT(1 2)");
    app.post("/exotic", &json!({"id": 9, "p": "POINT(3 4)"})).refused(400, "invalid_value");
    assert_eq!(app.post("/exotic", &json!({"id": 9, "p": null})).ok(201)["p"], json!(null));
}

fn tables_named_like_routes_are_reached_by_their_models(database: &TestDatabase) {
    let app = serve(database);
    for model in ["Models", "Batch", "Auth", "Count", "Filter", "api/Api"] {
        assert_eq!(app.get(&format!("/{model}/count")).status, 200, "{model}");
    }
    assert_eq!(app.get("/filter/ok").ok(200)["v"], "c");
    let found =
        app.post("/filter/filter", &json!({"expressions": [{"field": "id", "operator": "eq", "value": "count"}]}));
    assert_eq!(found.ok(200)["data"][0]["v"], "a");
    assert_eq!(app.get("/count/count").ok(200), json!({"count": 1}));
}
