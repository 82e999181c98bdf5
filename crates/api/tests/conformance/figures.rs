//! Aggregates: over a table, over groups, over the rows of a relationship.

use crate::shop::{SHOP, field, post, rows};
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "figures_over_HTTP",
    fixture: &SHOP,
    cases: served![
        a_table_has_figures_in_one_row,
        groups_are_counted_sorted_and_paged,
        figures_have_names_of_their_own,
        having_names_aliases_and_functions,
        groups_are_ordered_by_a_figure,
        figures_over_no_rows_are_zero_or_null,
        figures_of_children_hang_on_the_parent,
        figures_of_children_follow_their_conditions,
        figures_of_children_by_further_columns_are_lists,
        figures_of_two_relationships_do_not_clash,
        figures_that_make_no_sense_are_refused,
    ],
};

fn functions(list: &[(&str, &str, &str)]) -> Value {
    list.iter().map(|(function, column, alias)| json!({"type": function, "field": column, "alias": alias})).collect()
}

fn a_table_has_figures_in_one_row(app: &Served) {
    let body = json!({"aggregations": {"functions": functions(&[("COUNT", "*", "n"), ("sum", "total", "s"),
        ("AVG", "total", "a"), ("Min", "total", "low"), ("MAX", "placed_at", "last"), ("COUNT", "note", "notes")])}});
    let page = post(app, "/orders/filter", 200, &body);
    assert_eq!((&page["total"], page["data"].as_array().unwrap().len()), (&json!(1), 1));
    let row = &page["data"][0];
    assert_eq!((&row["n"], &row["s"], &row["low"]), (&json!(5), &json!(233.54), &json!(0.5)));
    assert_eq!((&row["last"], &row["notes"]), (&json!("2026-01-05T10:00:00Z"), &json!(4)));
    let mean = row["a"].as_f64().unwrap();
    assert!((mean - 46.708).abs() < 1e-9, "{mean}");
    assert_eq!((&row["aggregations"]["n"], &row["aggregations"]["s"]), (&json!(5), &json!(233.54)));
}

fn groups_are_counted_sorted_and_paged(app: &Served) {
    let body = json!({"aggregations": {"functions": functions(&[("SUM", "total", "sum")]), "group_by": ["CustomerId", "status"]}});
    let page = post(app, "/orders/filter?pageSize=3", 200, &body);
    let group = |customer: i64, status: &str, sum: Value| json!({"customer_id": customer, "status": status, "sum": sum, "aggregations": {"sum": sum}});
    let first = [group(1, "new", json!(5.25)), group(1, "paid", json!(127.8)), group(2, "paid", json!(99.99))];
    assert_eq!(page["data"], json!(first));
    assert_eq!((&page["total"], &page["total_pages"]), (&json!(4), &json!(2)));
    let page = post(app, "/orders/filter?pageSize=3&page=2", 200, &body);
    assert_eq!(page["data"], json!([group(2, "void", json!(0.5))]));
}

fn figures_have_names_of_their_own(app: &Served) {
    let row = |functions: Value| rows(app, "orders", &json!({"aggregations": {"functions": functions}}))[0].clone();
    assert_eq!(row(json!([{"type": "COUNT"}]))["count"], 5);
    let two = row(json!([{"type": "SUM", "field": "total"}, {"type": "SUM", "field": "customer_id"}]));
    assert_eq!((&two["sum_total"], &two["sum_customer_id"]), (&json!(233.54), &json!(7)));
}

fn having_names_aliases_and_functions(app: &Served) {
    let having = |condition: Value| {
        let body = json!({"aggregations": {"functions": functions(&[("SUM", "total", "s")]), "group_by": ["status"],
            "expressions": [condition]}});
        let page = post(app, "/orders/filter", 200, &body);
        assert_eq!(page["total"].as_u64().unwrap() as usize, page["data"].as_array().unwrap().len());
        crate::shop::members(&page["data"], "status")
    };
    assert_eq!(having(field("s", "gt", 5)), ["new", "paid"]);
    assert_eq!(having(field("COUNT(*)", "eq", 1)), ["new", "void"]);
    assert_eq!(having(field("MAX(total)", "lt", 6)), ["new", "void"]);
    assert_eq!(having(field("status", "eq", "void")), ["void"]);
    let or = json!({"operator": "OR", "expressions": [field("s", "gt", 100), field("status", "eq", "void")]});
    assert_eq!(having(or), ["paid", "void"]);
}

fn groups_are_ordered_by_a_figure(app: &Served) {
    for (key, direction, expected) in [
        ("s", "desc", ["paid", "new", "void"]),
        ("COUNT(*)", "desc", ["paid", "new", "void"]),
        ("status", "desc", ["void", "paid", "new"]),
    ] {
        let body = json!({"sort": [{"field": key, "direction": direction}],
            "aggregations": {"functions": functions(&[("SUM", "total", "s")]), "group_by": ["status"]}});
        assert_eq!(crate::shop::members(&rows(app, "orders", &body), "status"), expected, "{key}");
    }
}

fn figures_over_no_rows_are_zero_or_null(app: &Served) {
    let body = json!({"expressions": [field("id", "eq", 99)],
        "aggregations": {"functions": functions(&[("COUNT", "*", "n"), ("SUM", "total", "s"), ("MIN", "note", "m")])}});
    let row = &rows(app, "orders", &body)[0];
    assert_eq!((&row["n"], &row["s"], &row["m"]), (&json!(0), &Value::Null, &Value::Null));
}

/// The figures of each customer.
fn of_customers(app: &Served, relationship: &Value) -> Value {
    let found = rows(app, "customers", &json!({"expressions": [relationship]}));
    crate::shop::members(&found, "aggregations").into()
}

fn figures_of_children_hang_on_the_parent(app: &Served) {
    let figures =
        json!({"functions": functions(&[("COUNT", "*", "n"), ("SUM", "total", "s")]), "group_by": ["customer_id"]});
    let expected = json!([{"n": 3, "s": 133.05}, {"n": 2, "s": 100.49}, {"n": 0, "s": null}]);
    let both = json!({"relationship": "Orders", "scope": "filterChild", "aggregations": figures});
    assert_eq!(of_customers(app, &both), expected);
    let included = json!({"relationship": "Orders", "include": true, "aggregations": figures});
    assert_eq!(of_customers(app, &included), expected);
    let through = json!({"relationship": "Tags", "aggregations": {"functions": functions(&[("COUNT", "*", "tags")])}});
    let found = rows(app, "products", &json!({"expressions": [through]}));
    let counts: Vec<Value> = found.as_array().unwrap().iter().map(|row| row["aggregations"]["tags"].clone()).collect();
    assert_eq!(counts, [1, 0, 2, 1, 0]);
}

fn figures_of_children_follow_their_conditions(app: &Served) {
    let figures = json!({"functions": functions(&[("COUNT", "*", "n")])});
    let paid = json!({"relationship": "Orders", "scope": "filterChild", "expressions": [field("status", "eq", "paid")], "aggregations": figures});
    assert_eq!(of_customers(app, &paid), json!([{"n": 2}, {"n": 1}, {"n": 0}]));
    let void = json!({"relationship": "Orders", "scope": "both", "expressions": [field("status", "eq", "void")], "aggregations": figures});
    assert_eq!(of_customers(app, &void), json!([{"n": 1}]));
    let nested = json!({"relationship": "Orders", "scope": "filterChild", "aggregations": figures,
        "expressions": [{"relationship": "OrderItems"}]});
    assert_eq!(of_customers(app, &nested), json!([{"n": 3}, {"n": 1}, {"n": 0}]));
}

fn figures_of_children_by_further_columns_are_lists(app: &Served) {
    let figures = json!({"functions": functions(&[("COUNT", "*", "n")]), "group_by": ["customer_id", "status"]});
    let found = of_customers(app, &json!({"relationship": "Orders", "scope": "filterChild", "aggregations": figures}));
    assert_eq!(found[0]["n"], json!([{"status": "new", "n": 1}, {"status": "paid", "n": 2}]));
    assert_eq!(found[2]["n"], json!([]));
}

fn figures_of_two_relationships_do_not_clash(app: &Served) {
    let count = |relationship: &str| json!({"relationship": relationship, "scope": "filterChild", "aggregations": {"functions": functions(&[("COUNT", "*", "n")])}});
    let found = rows(app, "customers", &json!({"expressions": [count("Orders"), count("Addresses")]}));
    assert_eq!(found[0]["aggregations"], json!({"orders_n": 3, "addresses_n": 2}));
}

fn figures_that_make_no_sense_are_refused(app: &Served) {
    for (functions, code) in [
        (json!([{"type": "SUM", "field": "note"}]), "invalid_operator"),
        (json!([{"type": "SUM"}]), "invalid_filter"),
        (json!([{"type": "MEDIAN", "field": "total"}]), "invalid_filter"),
        (json!([{"type": "SUM", "field": "totl"}]), "unknown_column"),
        (
            json!([{"type": "SUM", "field": "total", "alias": "a"}, {"type": "MIN", "field": "total", "alias": "a"}]),
            "invalid_filter",
        ),
    ] {
        app.post("/orders/filter", &json!({"aggregations": {"functions": functions}})).refused(400, code);
    }
    let having = json!({"aggregations": {"functions": functions(&[("SUM", "total", "s")]), "expressions": [field("x", "gt", 1)]}});
    app.post("/orders/filter", &having).refused(400, "unknown_column");
    let page = json!({"aggregations": {"functions": functions(&[("SUM", "total", "s")])}});
    app.post("/orders/filter?cursor=", &page).refused(400, "invalid_cursor");
}
