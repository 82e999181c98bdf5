//! Functions of columns, columns compared with each other, places inside of documents, lists, groups by all of these.

use crate::shop::{field, ids, post, rows};
use portcullis_testkit::{
    Engine,
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "computed_over_HTTP",
    fixture: &Fixture { name: "computed", script, settings: |_| {} },
    cases: served![
        functions_of_a_moment_find_the_same_rows,
        columns_are_compared_with_each_other,
        places_inside_of_documents_find_the_same_rows,
        documents_contain_others,
        lists_are_compared_with_lists on Postgres => "Only PostgreSQL has array columns",
        groups_are_made_of_parts_of_moments,
        groups_are_made_of_columns_of_parents,
        values_of_a_group_are_collected on Postgres Sqlite
            => "MariaDB cuts off the list of a group's values: 400 `unsupported`",
    ],
};

fn script(engine: Engine) -> String {
    let script = "CREATE TABLE makers (id {counter}, name VARCHAR(50) NOT NULL, secret VARCHAR(50));
CREATE TABLE runs (id {counter}, maker_id BIGINT, low INT, high INT, title VARCHAR(50), other VARCHAR(50), at {moment},
    born DATE, doc {json}, marks {list}, CONSTRAINT runs_maker FOREIGN KEY (maker_id) REFERENCES makers (id));
INSERT INTO makers (name, secret) VALUES ('Acme', 'x'), ('Bolt', 'y');
INSERT INTO runs (maker_id, low, high, title, other, at, born, doc, marks) VALUES
    (1, 1, 5, 'a', 'a', '2026-01-01 00:30:10{z}', '2026-01-01', '{\"k\": \"x\", \"n\": 5, \"deep\": {\"on\": true}, \"list\": [1, 2, 3]}', {abc}),
    (1, 7, 5, 'a', 'b', '2025-12-31 23:59:59{z}', '2021-01-03', '{\"k\": 5, \"n\": \"5\", \"deep\": {\"on\": false}, \"gone\": null}', {ab}),
    (2, 5, 5, 'c', NULL, '2026-07-15 12:00:00{z}', '2024-02-29', '[\"k\", \"x\"]', {c}),
    (NULL, NULL, 1, NULL, 'd', NULL, NULL, NULL, NULL);";
    let (json, list, abc, ab, c) = match engine {
        Engine::Postgres => ("JSONB", "TEXT[]", "ARRAY['a','b','c']", "ARRAY['a','b']", "ARRAY['c']"),
        Engine::Sqlite | Engine::MariaDb => ("JSON", "INT", "1", "2", "3"),
    };
    let script = script.replace("{json}", json).replace("{list}", list);
    let script = script.replace("{abc}", abc).replace("{ab}", ab).replace("{c}", c);
    crate::shop::spell(engine, &script)
}

#[track_caller]
fn found(app: &Served, expression: Value, expected: &[i64]) {
    assert_eq!(ids(app, "runs", &expression), expected, "{expression}");
}

fn functions_of_a_moment_find_the_same_rows(app: &Served) {
    for (name, operator, value, expected) in [
        ("year(at)", "eq", json!(2026), &[1, 3][..]),
        ("quarter(at)", "in", json!([3, 4]), &[2, 3]),
        ("month(at)", "eq", json!(12), &[2]),
        ("day(at)", "lte", json!(15), &[1, 3]),
        ("hour(at)", "between", json!([12, 23]), &[2, 3]),
        ("minute(at)", "neq", json!(0), &[1, 2]),
        ("second(at)", "eq", json!(59), &[2]),
        ("date(at)", "eq", json!("2026-01-01"), &[1]),
        ("time(at)", "gt", json!("11:59:59"), &[2, 3]),
        // 3 January 2021 is a Sunday, of the 53rd week of 2020.
        ("week(born)", "eq", json!(53), &[2]),
        ("week(born)", "eq", json!(1), &[1]),
        ("week(born)", "eq", json!(9), &[3]),
        ("weekday(born)", "eq", json!(0), &[2]),
        ("yearday(born)", "eq", json!(60), &[3]),
        ("year(born)", "isnull", json!(null), &[4]),
        ("text(low)", "startswith", json!("7"), &[2]),
    ] {
        found(app, field(name, operator, value), expected);
    }
    let sorted = json!({"sort": [{"field": "month(at)", "direction": "desc"}], "projections": ["id"],
        "expressions": [field("at", "isnotnull", json!(null))]});
    assert_eq!(rows(app, "runs", &sorted), json!([{"id": 2}, {"id": 3}, {"id": 1}]));
    for (name, operator, value, code) in [
        ("year(title)", "eq", json!(1), "invalid_operator"),
        ("year(nothing)", "eq", json!(1), "unknown_column"),
        ("century(at)", "eq", json!(1), "unknown_column"),
        ("year(at)", "eq", json!("soon"), "invalid_value"),
        ("year(at)", "contains", json!("2"), "invalid_operator"),
    ] {
        app.post("/runs/filter", &json!({"expressions": [field(name, operator, value)]})).refused(400, code);
    }
}

fn columns_are_compared_with_each_other(app: &Served) {
    for (one, operator, other, expected) in [
        ("low", "eq", "high", &[3][..]),
        ("low", "gt", "high", &[2]),
        ("low", "lte", "High", &[1, 3]),
        ("title", "neq", "other", &[2]),
        ("date(at)", "neq", "born", &[2, 3]),
        ("day(at)", "lt", "high", &[1]),
    ] {
        found(app, json!({"field": one, "operator": operator, "column": other}), expected);
    }
    for (one, operator, other, code) in [
        ("low", "eq", "title", "invalid_operator"),
        ("at", "eq", "born", "invalid_operator"),
        ("low", "in", "high", "invalid_filter"),
        ("low", "eq", "hihg", "unknown_column"),
    ] {
        let body = json!({"expressions": [{"field": one, "operator": operator, "column": other}]});
        app.post("/runs/filter", &body).refused(400, code);
    }
}

fn places_inside_of_documents_find_the_same_rows(app: &Served) {
    for (path, of, operator, value, expected) in [
        (json!(["k"]), "value", "eq", json!("x"), &[1][..]),
        (json!(["k"]), "value", "eq", json!(5), &[2]),
        (json!(["n"]), "value", "gte", json!(4.5), &[1]),
        (json!(["n"]), "value", "neq", json!(5), &[2]),
        (json!(["n"]), "value", "notin", json!(["5"]), &[1]),
        (json!(["k"]), "value", "contains", json!("X"), &[1]),
        (json!(["deep", "on"]), "value", "eq", json!(true), &[1]),
        (json!(["deep", "on"]), "value", "in", json!([false]), &[2]),
        (json!(["gone"]), "value", "isnull", json!(null), &[1, 2, 3, 4]),
        (json!(["k"]), "value", "isnotnull", json!(null), &[1, 2]),
        (json!(["gone"]), "type", "isnotnull", json!(null), &[2]),
        (json!(["gone"]), "type", "eq", json!("null"), &[2]),
        (json!([]), "type", "eq", json!("array"), &[3]),
        (json!(["list"]), "length", "eq", json!(3), &[1]),
        (json!([]), "length", "gt", json!(1), &[3]),
    ] {
        let expression = json!({"field": "doc", "path": path, "of": of, "operator": operator, "value": value});
        found(app, expression, expected);
    }
    for (name, path, operator, value, code) in [
        ("title", json!(["k"]), "eq", json!("x"), "invalid_operator"),
        ("doc", json!([]), "eq", json!("x"), "invalid_filter"),
        ("doc", json!(["a\"b"]), "eq", json!("x"), "invalid_filter"),
        ("doc", json!(["k"]), "eq", json!({"a": 1}), "invalid_filter"),
        ("doc", json!(["k"]), "in", json!([1, "x"]), "invalid_filter"),
    ] {
        let body = json!({"expressions": [{"field": name, "path": path, "operator": operator, "value": value}]});
        app.post("/runs/filter", &body).refused(400, code);
    }
}

fn documents_contain_others(app: &Served) {
    for (operator, value, expected) in [
        ("jsoncontains", json!({"deep": {"on": true}}), &[1][..]),
        ("jsoncontains", json!({"list": [3, 1]}), &[1]),
        ("jsoncontains", json!(["x"]), &[3]),
        ("jsoncontains", json!({}), &[1, 2]),
        ("jsoncontainedby", json!(["a", "k", "x"]), &[3]),
    ] {
        found(app, field("doc", operator, value), expected);
    }
    let body = json!({"expressions": [field("title", "jsoncontains", json!("a"))]});
    app.post("/runs/filter", &body).refused(400, "invalid_operator");
}

fn lists_are_compared_with_lists(app: &Served) {
    for (operator, value, expected) in [
        ("containsall", json!(["a", "b"]), &[1, 2][..]),
        ("containedby", json!(["a", "b"]), &[2]),
        ("overlaps", json!(["c", "z"]), &[1, 3]),
    ] {
        found(app, field("marks", operator, value), expected);
    }
    for value in [json!("a"), json!(null)] {
        let body = json!({"expressions": [field("marks", "containsall", value)]});
        assert_eq!(app.post("/runs/filter", &body).status, 400);
    }
}

fn groups_are_made_of_parts_of_moments(app: &Served) {
    let body = json!({"aggregations": {"functions": [{"type": "COUNT", "alias": "n"}], "group_by": ["year(at)", "quarter(at)"],
        "expressions": [field("year(at)", "gte", json!(2000))]}, "sort": [{"field": "quarter_at"}, {"field": "year(at)"}]});
    let page = post(app, "/runs/filter", 200, &body);
    let group =
        |year: i64, quarter: i64| json!({"year_at": year, "quarter_at": quarter, "n": 1, "aggregations": {"n": 1}});
    assert_eq!(page["data"], json!([group(2026, 1), group(2026, 3), group(2025, 4)]));
    assert_eq!(page["total"], 3);
}

fn groups_are_made_of_columns_of_parents(app: &Served) {
    let body = json!({"aggregations": {"functions": [{"type": "SUM", "field": "high", "alias": "s"}], "group_by": ["Maker.name"],
        "expressions": [field("Maker.name", "isnotnull", json!(null))]}, "sort": [{"field": "Maker.name", "direction": "desc"}]});
    let page = post(app, "/runs/filter", 200, &body);
    let group = |name: &str, sum: i64| json!({"maker.name": name, "s": sum, "aggregations": {"s": sum}});
    assert_eq!(page["data"], json!([group("Bolt", 5), group("Acme", 10)]));
    for (group, code) in [("Maker.nothing", "unknown_column"), ("Nobody.name", "unknown_relationship")] {
        let body = json!({"aggregations": {"group_by": [group]}});
        app.post("/runs/filter", &body).refused(400, code);
    }
}

fn values_of_a_group_are_collected(app: &Served) {
    let body = json!({"aggregations": {"functions": [{"type": "ARRAY_AGG", "field": "id", "alias": "ids"},
        {"type": "ARRAY_AGG", "field": "title", "alias": "titles"}], "group_by": ["maker_id"]},
        "expressions": [field("maker_id", "eq", json!(2))]});
    assert_eq!(
        rows(app, "runs", &body),
        json!([{"maker_id": 2, "ids": [3], "titles": ["c"], "aggregations": {"ids": [3], "titles": ["c"]}}])
    );
}
