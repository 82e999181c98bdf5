//! The operators of a filter and how they are joined.

use crate::shop::{SHOP, field, first, ids};
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "filters_over_HTTP",
    fixture: &SHOP,
    cases: served![
        every_operator_finds_the_same_rows,
        every_alias_is_its_operator,
        null_is_no_value_but_can_be_asked_for,
        wildcards_are_the_callers_in_like_only,
        case_does_not_count_beyond_ascii on Postgres MariaDb
            => "SQLite folds the case of ASCII letters only: `ilike` finds no `É` by `é`",
        and_or_and_not_nest,
        an_empty_group_restricts_nothing,
        times_are_compared_as_moments,
        names_are_spelled_in_every_usual_way,
        operators_fit_their_type,
    ],
};

fn every_operator_finds_the_same_rows(app: &Served) {
    for (column, operator, value, found) in [
        ("price", "eq", json!(2.5), vec![4]),
        ("price", "eq", json!("2.50"), vec![4]),
        ("price", "neq", json!(2.5), vec![1, 2, 3, 5]),
        ("price", "gt", json!(7), vec![1, 3]),
        ("price", "gte", json!(7), vec![1, 3, 5]),
        ("price", "lt", json!(2.5), vec![2]),
        ("price", "lte", json!(2.5), vec![2, 4]),
        ("name", "like", json!("%ne%"), vec![3]),
        ("name", "like", json!("Anvil"), vec![1]),
        ("name", "ilike", json!("%N%"), vec![1, 3, 5]),
        ("name", "notlike", json!("%n%"), vec![2, 4]),
        ("name", "contains", json!("RANE"), vec![3]),
        ("name", "startswith", json!("DI"), vec![4]),
        ("name", "endswith", json!("brien"), vec![5]),
        ("id", "in", json!([1, 3, 99]), vec![1, 3]),
        ("id", "in", json!([]), vec![]),
        ("id", "notin", json!([1, 3]), vec![2, 4, 5]),
        ("id", "notin", json!([]), vec![1, 2, 3, 4, 5]),
        ("price", "between", json!([2.5, 19.95]), vec![1, 4, 5]),
        ("price", "notbetween", json!([2.5, 19.95]), vec![2, 3]),
        ("category_id", "isnull", json!(null), vec![5]),
        ("category_id", "isnull", json!(false), vec![1, 2, 3, 4]),
        ("category_id", "isnotnull", json!(null), vec![1, 2, 3, 4]),
        ("active", "eq", json!(false), vec![3]),
        ("active", "neq", json!(false), vec![1, 2, 4, 5]),
        ("sku", "in", json!(["A-1", "D_4"]), vec![1, 4]),
        ("name", "eq", json!("Émile \"E\" O'Brien"), vec![5]),
        ("description", "contains", json!("🎲"), vec![5]),
        ("description", "eq", json!(""), vec![3]),
    ] {
        assert_eq!(ids(app, "products", &field(column, operator, value.clone())), found, "{column} {operator} {value}");
    }
}

fn every_alias_is_its_operator(app: &Served) {
    for (operator, alias) in [
        ("eq", "="),
        ("eq", "=="),
        ("eq", "Equals"),
        ("neq", "ne"),
        ("neq", "!="),
        ("neq", "<>"),
        ("gt", ">"),
        ("gte", ">="),
        ("lt", "<"),
        ("lte", "<="),
        ("gt", "GT"),
    ] {
        assert_eq!(ids(app, "products", &field("id", alias, 3)), ids(app, "products", &field("id", operator, 3)));
    }
    for alias in ["not_in", "nin", "NotIn"] {
        assert_eq!(ids(app, "products", &field("id", alias, json!([1, 2]))), [3, 4, 5], "{alias}");
    }
    for alias in ["null", "is_null", "IsNull"] {
        let expression = json!({"field": "category_id", "operator": alias});
        assert_eq!(ids(app, "products", &expression), [5], "{alias}");
    }
}

fn null_is_no_value_but_can_be_asked_for(app: &Served) {
    assert_eq!(ids(app, "products", &field("category_id", "eq", json!(null))), [5]);
    assert_eq!(ids(app, "products", &field("category_id", "neq", json!(null))), [1, 2, 3, 4]);
    // SQL's rule: NULL is neither equal nor unequal.
    assert_eq!(ids(app, "products", &field("category_id", "neq", 1)), [2, 4]);
    assert_eq!(ids(app, "products", &field("category_id", "in", json!([3, null]))), [4, 5]);
    assert_eq!(ids(app, "products", &field("category_id", "notin", json!([3, null]))), [1, 2, 3]);
    for operator in ["gt", "like", "between"] {
        app.post("/products/filter", &json!({"expressions": [field("name", operator, json!(null))]}))
            .refused(400, "invalid_filter");
    }
}

fn wildcards_are_the_callers_in_like_only(app: &Served) {
    for (operator, value, found) in [
        ("contains", "%", vec![2]),
        ("startswith", "%", vec![]),
        ("endswith", "%", vec![2]),
        ("like", "_nvil", vec![1]),
        ("like", r"%100\%", vec![2]),
    ] {
        assert_eq!(ids(app, "products", &field("name", operator, value)), found, "{operator} {value}");
    }
    assert_eq!(ids(app, "products", &field("sku", "contains", "_")), [4]);
    let page = app.post("/translations/filter", &json!({"expressions": [field("word", "contains", r"\")]})).ok(200);
    assert_eq!((&page["total"], &page["data"][0]["meaning"]), (&json!(1), &json!("Strich")));
}

fn case_does_not_count_beyond_ascii(app: &Served) {
    assert_eq!(ids(app, "products", &field("name", "startswith", "émile")), [5]);
}

fn and_or_and_not_nest(app: &Served) {
    let one = field("id", "eq", 1);
    let cheap = field("price", "lt", 5);
    let active = field("active", "eq", true);
    let or = json!({"operator": "or", "expressions": [one, cheap]});
    assert_eq!(ids(app, "products", &or), [1, 2, 4]);
    let and = json!({"operator": "AND", "expressions": [or, field("stock", "gt", 0)]});
    assert_eq!(ids(app, "products", &and), [1, 2]);
    // NOT negates the AND of its children.
    let not = json!({"operator": "NOT", "expressions": [cheap, active]});
    assert_eq!(ids(app, "products", &not), [1, 3, 5]);
    let twice = json!({"operator": "NOT", "expressions": [{"operator": "NOT", "expressions": [one]}]});
    assert_eq!(ids(app, "products", &twice), [1]);
}

fn an_empty_group_restricts_nothing(app: &Served) {
    for operator in ["AND", "OR"] {
        let group = json!({"operator": operator, "expressions": []});
        assert_eq!(ids(app, "products", &group), [1, 2, 3, 4, 5], "{operator}");
    }
}

fn times_are_compared_as_moments(app: &Served) {
    for (operator, value, found) in [
        ("gt", json!("2026-01-03T10:00:00Z"), vec![4, 5]),
        ("gte", json!("2026-01-03T12:00:00+02:00"), vec![3, 4, 5]),
        ("lt", json!("2026-01-02"), vec![1]),
        ("eq", json!("2026-01-01 10:00:00"), vec![1]),
        ("eq", json!("2026-01-01T10:00:00.000Z"), vec![1]),
        ("between", json!(["2026-01-02", "2026-01-03T10:00:00Z"]), vec![2, 3]),
        ("in", json!(["2026-01-01T10:00:00Z", "2026-01-05T11:00:00+01:00"]), vec![1, 5]),
    ] {
        assert_eq!(ids(app, "orders", &field("placed_at", operator, value.clone())), found, "{operator} {value}");
    }
    app.post("/orders/filter", &json!({"expressions": [field("placed_at", "gt", "yesterday")]}))
        .refused(400, "invalid_value");
}

fn names_are_spelled_in_every_usual_way(app: &Served) {
    for name in ["category_id", "CategoryId", "categoryId", "CategoryID", "CATEGORY_ID"] {
        assert_eq!(ids(app, "products", &field(name, "eq", 3)), [4], "{name}");
    }
    // SEC-41: nothing but a name of the catalogue is a name.
    for name in ["products.id", "\"id\"", "`id`", "id::text", "id as x", "id--", "*", ""] {
        app.post("/products/filter", &json!({"expressions": [field(name, "eq", 1)]})).refused(400, "unknown_column");
    }
}

fn operators_fit_their_type(app: &Served) {
    for (column, operator, value) in
        [("price", "like", json!("1%")), ("active", "gt", json!(true)), ("placed_at", "contains", json!("2026"))]
    {
        let table = if column == "placed_at" { "orders" } else { "products" };
        let filter = json!({"expressions": [field(column, operator, value)]});
        let refused = app.post(&format!("/{table}/filter"), &filter).refused(400, "invalid_operator");
        assert_eq!(first(&refused), ("/expressions/0".to_owned(), "invalid_operator".to_owned()));
    }
    for (column, value) in [("price", json!("dear")), ("id", json!(1.5)), ("id", json!("x")), ("active", json!("yes"))]
    {
        let filter = json!({"expressions": [field(column, "eq", value)]});
        app.post("/products/filter", &filter).refused(400, "invalid_value");
    }
    app.post("/products/filter", &json!({"expressions": [field("id", "in", 1)]})).refused(400, "invalid_filter");
    app.post("/products/filter", &json!({"expressions": [field("id", "between", json!([1]))]}))
        .refused(400, "invalid_filter");
}
