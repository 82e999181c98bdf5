//! Relationships and aggregates.

use crate::shop::{Shop, code, expected};
use portcullis_testkit::{TestDatabase, cases, conformance::Case};

pub const CASES: &[Case] = cases![
    parents_with_a_matching_child_are_found,
    children_are_embedded_in_the_order_of_their_key,
    scopes_decide_about_parents_and_children,
    a_parent_is_embedded_as_an_object,
    relationships_nest_three_levels_deep,
    many_to_many_goes_both_ways,
    groups_have_figures,
    groups_are_filtered_by_their_figures,
    figures_hang_on_the_parent,
    a_parent_sorts_its_children,
];

fn parents_with_a_matching_child_are_found(database: &TestDatabase) {
    let shop = Shop::open(database);
    let many = r#"{"relationship":"OrderItems","expressions":[{"field":"qty","operator":"gte","value":3}]}"#;
    assert_eq!(shop.ids("orders", many), [1, 5]);
    assert_eq!(shop.ids("orders", r#"{"relationship":"order_items"}"#), [1, 2, 3, 5]);
    let not = format!(r#"{{"operator":"NOT","expressions":[{many}]}}"#);
    assert_eq!(shop.ids("orders", &not), [2, 3, 4]);
    let name = r#"{"relationship":"Customer","expressions":[{"field":"name","operator":"eq","value":"Bob"}]}"#;
    assert_eq!(shop.ids("orders", name), [3, 4]);
    let unknown = r#"{"expressions":[{"relationship":"OrderItem2"}]}"#;
    assert_eq!(code(shop.page("orders", unknown)), "unknown_relationship");
}

fn children_are_embedded_in_the_order_of_their_key(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"projections":["id"],"expressions":[{"relationship":"OrderItems","include":true},
        {"field":"id","operator":"in","value":[1,4]}]}"#;
    let rows = r#"[
        {"id":1,"order_items":[{"order_id":1,"line":1,"sku":"A-1","qty":2},{"order_id":1,"line":2,"sku":"B-2","qty":10}]},
        {"id":4,"order_items":[]}]"#;
    assert_eq!(shop.rows("orders", body), expected(rows));
}

fn scopes_decide_about_parents_and_children(database: &TestDatabase) {
    let shop = Shop::open(database);
    let with = |scope: &str| {
        let body = format!(
            r#"{{"projections":["id"],"expressions":[{{"relationship":"OrderItems","include":true,{scope}
            "expressions":[{{"field":"qty","operator":"gte","value":3}}]}}]}}"#
        );
        let rows = shop.rows("orders", &body);
        let shape = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["id"].to_string(), row["order_items"].as_array().unwrap().len()));
        shape.collect::<Vec<_>>()
    };
    let row = |id: &str, children: usize| (id.to_owned(), children);
    let all = [row("1", 1), row("2", 0), row("3", 0), row("4", 0), row("5", 1)];
    assert_eq!(with(""), all);
    assert_eq!(with(r#""scope":"filterChild","#), all);
    assert_eq!(with(r#""scope":"filterParent","#), [row("1", 1), row("5", 1)]);
    assert_eq!(with(r#""scope":"both","#), [row("1", 1), row("5", 1)]);
}

fn a_parent_is_embedded_as_an_object(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"projections":["id"],"expressions":[{"field":"id","operator":"eq","value":3},
        {"relationship":"Customer","include":true}]}"#;
    let rows = r#"[{"id":3,"customer":{"id":2,"email":"bob@example.com","name":"Bob","country":null}}]"#;
    assert_eq!(shop.rows("orders", body), expected(rows));
    let none = r#"{"projections":["id"],"expressions":[{"field":"id","operator":"eq","value":3},
        {"relationship":"Customer","include":true,"expressions":[{"field":"name","operator":"eq","value":"Ada"}]}]}"#;
    assert_eq!(shop.rows("orders", none), expected(r#"[{"id":3,"customer":null}]"#));
}

fn relationships_nest_three_levels_deep(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"projections":["name"],"expressions":[{"field":"id","operator":"eq","value":2},
        {"relationship":"Orders","include":true,"expressions":[{"field":"id","operator":"eq","value":3},
            {"relationship":"OrderItems","include":true,"expressions":[
                {"relationship":"SkuProduct","include":true}]}]}]}"#;
    let rows = shop.rows("customers", body);
    assert_eq!(rows[0]["name"], "Bob");
    assert_eq!(rows[0]["orders"].as_array().unwrap().len(), 1);
    // The foreign key is called as its column, so that the related model is appended.
    let product = &rows[0]["orders"][0]["order_items"][0]["sku_product"];
    assert_eq!(product, &expected(r#"{"sku":"C-3","name":"Crane","price":1000.5,"active":false}"#));
}

fn many_to_many_goes_both_ways(database: &TestDatabase) {
    let shop = Shop::open(database);
    let heavy = r#"{"projections":["sku"],"expressions":[{"relationship":"Tags","include":true}]}"#;
    let rows = r#"[{"sku":"A-1","tags":[{"id":1,"label":"heavy"}]},{"sku":"B-2","tags":[]},
        {"sku":"C-3","tags":[{"id":1,"label":"heavy"},{"id":2,"label":"new"}]}]"#;
    assert_eq!(shop.rows("products", heavy), expected(rows));
    let crane = r#"{"relationship":"Products","expressions":[{"field":"sku","operator":"eq","value":"C-3"}]}"#;
    assert_eq!(shop.ids("tags", crane), [1, 2]);
}

fn groups_have_figures(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"aggregations":{"group_by":["status"],"functions":[{"type":"COUNT","field":"*","alias":"n"},
        {"type":"SUM","field":"total","alias":"sum"},{"type":"MIN","field":"total","alias":"least"},
        {"type":"MAX","field":"created_at","alias":"last"}]},"sort":[{"field":"n","direction":"desc"},{"field":"status"}]}"#;
    let rows = shop.rows("orders", body);
    let last = |row: usize| rows[row]["last"].as_str().unwrap().to_owned();
    assert_eq!(
        (rows[0]["status"].as_str(), &rows[0]["n"], &rows[0]["sum"]),
        (Some("paid"), &expected("3"), &expected("227.79"))
    );
    assert_eq!((&rows[0]["least"], last(0)), (&expected("7.25"), "2026-01-05T10:00:00Z".to_owned()));
    assert_eq!((rows[1]["status"].as_str(), &rows[1]["sum"]), (Some("new"), &expected("5.25")));
    assert_eq!(rows[0]["aggregations"]["n"], expected("3"));
    let whole = r#"{"aggregations":{"functions":[{"type":"COUNT","field":"note","alias":"notes"},
        {"type":"AVG","field":"qty"}]}}"#;
    assert_eq!(code(shop.page("orders", whole)), "unknown_column");
    let whole = r#"{"aggregations":{"functions":[{"type":"COUNT","field":"note","alias":"notes"}]}}"#;
    assert_eq!(shop.rows("orders", whole)[0]["notes"], expected("4"));
}

fn groups_are_filtered_by_their_figures(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"aggregations":{"group_by":["customer_id"],"functions":[{"type":"SUM","field":"total","alias":"sum"}],
        "expressions":[{"field":"sum","operator":"gt","value":110}]}}"#;
    let rows = shop.rows("orders", body);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!((&rows[0]["customer_id"], &rows[0]["sum"]), (&expected("1"), &expected("133.05")));
}

fn figures_hang_on_the_parent(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"projections":["id"],"expressions":[{"relationship":"Orders","scope":"filterChild","aggregations":{
        "group_by":["customer_id"],
        "functions":[{"type":"COUNT","field":"*","alias":"n"},{"type":"SUM","field":"total","alias":"sum"}]}}]}"#;
    let rows = shop.rows("customers", body);
    let figures: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["aggregations"].clone()).collect();
    let wanted = [r#"{"n":3,"sum":133.05}"#, r#"{"n":2,"sum":100.49}"#, r#"{"n":0,"sum":null}"#];
    assert_eq!(figures, wanted.map(expected));
}

fn a_parent_sorts_its_children(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"projections":["id"],"sort":[{"field":"Customer.name","direction":"desc"},{"field":"id"}]}"#;
    assert_eq!(shop.rows("orders", body), expected(r#"[{"id":3},{"id":4},{"id":1},{"id":2},{"id":5}]"#));
}
