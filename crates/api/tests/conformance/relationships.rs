//! Relationships of every kind: as conditions, embedded, nested.

use crate::shop::{SHOP, field, first, ids, members, rows};
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "relationships_over_HTTP",
    fixture: &SHOP,
    cases: served![
        a_parent_is_embedded_as_an_object_or_null,
        children_are_embedded_as_a_list,
        a_single_child_is_embedded_as_an_object_or_null,
        many_to_many_goes_both_ways,
        a_table_refers_to_itself,
        two_keys_to_one_parent_have_two_names,
        scopes_decide_about_parents_and_children,
        conditions_reach_over_every_kind,
        a_condition_may_be_negated_and_joined,
        relationships_nest_in_conditions,
        relationships_nest_when_embedded,
        embedded_rows_come_with_pages_cursors_and_single_counts,
        a_relationship_has_several_spellings,
        unknown_relationships_are_refused_with_a_hint,
        a_relationship_is_embedded_once,
    ],
};

fn one(app: &Served, table: &str, id: i64, relationship: &Value) -> Value {
    rows(app, table, &json!({"expressions": [field("id", "eq", id), relationship]}))[0].clone()
}

fn a_parent_is_embedded_as_an_object_or_null(app: &Served) {
    let include = json!({"relationship": "Supplier", "include": true});
    let acme = json!({"id": 1, "name": "Acme", "country": "US"});
    assert_eq!(one(app, "products", 1, &include)["supplier"], acme);
    assert_eq!(one(app, "products", 4, &include)["supplier"], Value::Null);
    assert!(one(app, "products", 4, &include).as_object().unwrap().contains_key("supplier"));
    // Not included: no key.
    assert!(!one(app, "products", 1, &field("id", "eq", 1)).as_object().unwrap().contains_key("supplier"));
}

fn children_are_embedded_as_a_list(app: &Served) {
    let include = json!({"relationship": "Addresses", "include": true});
    let cities = json!([{"id": 1, "customer_id": 1, "city": "London"}, {"id": 2, "customer_id": 1, "city": "Ockham"}]);
    assert_eq!(one(app, "customers", 1, &include)["addresses"], cities);
    assert_eq!(one(app, "customers", 3, &include)["addresses"], json!([]));
}

fn a_single_child_is_embedded_as_an_object_or_null(app: &Served) {
    let include = json!({"relationship": "Profile", "include": true});
    assert_eq!(one(app, "customers", 1, &include)["profile"], json!({"id": 1, "customer_id": 1, "bio": "Countess"}));
    assert_eq!(one(app, "customers", 3, &include)["profile"], Value::Null);
}

fn many_to_many_goes_both_ways(app: &Served) {
    let tags = json!({"relationship": "Tags", "include": true});
    assert_eq!(members(&one(app, "products", 3, &tags)["tags"], "label"), ["heavy", "new"]);
    assert_eq!(one(app, "products", 2, &tags)["tags"], json!([]));
    let products = json!({"relationship": "products", "include": true});
    assert_eq!(members(&one(app, "tags", 1, &products)["products"], "sku"), ["A-1", "C-3"]);
    let heavy = json!({"relationship": "tags", "expressions": [field("label", "eq", "heavy")]});
    assert_eq!(ids(app, "products", &heavy), [1, 3]);
}

fn a_table_refers_to_itself(app: &Served) {
    let both = json!({"expressions": [
        {"relationship": "Parent", "include": true}, {"relationship": "Categories", "include": true}]});
    let found = rows(app, "categories", &both);
    assert_eq!(found[1]["parent"]["name"], "Hardware");
    assert_eq!(members(&found[0]["categories"], "name"), ["Tools"]);
    let roots = json!({"operator": "NOT", "expressions": [{"relationship": "parent"}]});
    assert_eq!(ids(app, "categories", &roots), [1, 3, 4]);
}

fn two_keys_to_one_parent_have_two_names(app: &Served) {
    let both = json!({"expressions": [field("id", "eq", 1), {"relationship": "BillingAddress", "include": true},
        {"relationship": "shipping_address", "include": true}]});
    let order = &rows(app, "orders", &both)[0];
    assert_eq!(
        (&order["billing_address"]["city"], &order["shipping_address"]["city"]),
        (&json!("London"), &json!("Ockham"))
    );
    let billed = json!({"relationship": "orders_by_billing_address", "include": true});
    assert_eq!(members(&one(app, "addresses", 1, &billed)["orders_by_billing_address"], "id"), [1, 2, 5]);
    let shipped = json!({"relationship": "OrdersByShippingAddress"});
    assert_eq!(ids(app, "addresses", &shipped), [1, 2, 3]);
    app.post("/addresses/filter", &json!({"expressions": [{"relationship": "orders"}]}))
        .refused(400, "unknown_relationship");
}

fn scopes_decide_about_parents_and_children(app: &Served) {
    // (scope, include) -> [(order, how many embedded items)]
    let all = vec![(1, 1), (2, 0), (3, 0), (4, 0), (5, 1)];
    let some = vec![(1, 1), (5, 1)];
    for (scope, include, expected) in [
        (json!(null), true, all.clone()),
        (json!("filterChild"), true, all.clone()),
        (json!("filterParent"), true, some.clone()),
        (json!("both"), true, some.clone()),
        (json!("filterBoth"), true, some.clone()),
        (json!("FILTERPARENT"), true, some),
    ] {
        let body = json!({"expressions": [{"relationship": "order_items", "scope": scope, "include": include,
            "expressions": [field("qty", "gte", 3)]}]});
        let found: Vec<(i64, usize)> = rows(app, "orders", &body)
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["id"].to_string().parse().unwrap(), row["order_items"].as_array().unwrap().len()))
            .collect();
        assert_eq!(found, expected, "{scope}");
    }
    for (scope, found) in [
        (json!(null), vec![1, 5]),
        (json!("filterParent"), vec![1, 5]),
        (json!("both"), vec![1, 5]),
        (json!("filterChild"), vec![1, 2, 3, 4, 5]),
    ] {
        let expression =
            json!({"relationship": "order_items", "scope": scope, "expressions": [field("qty", "gte", 3)]});
        assert_eq!(ids(app, "orders", &expression), found, "{scope}");
    }
    app.post("/orders/filter", &json!({"expressions": [{"relationship": "order_items", "scope": "filterAll"}]}))
        .refused(400, "invalid_filter");
}

fn conditions_reach_over_every_kind(app: &Served) {
    for (table, relationship, condition, found) in [
        ("orders", "Customer", field("name", "eq", "Bob"), vec![3, 4]),
        ("customers", "Orders", field("status", "eq", "void"), vec![2]),
        ("customers", "Profile", field("bio", "isnull", json!(null)), vec![2]),
        ("tags", "Products", field("active", "eq", false), vec![1, 2]),
        ("categories", "Parent", field("name", "startswith", "hard"), vec![2]),
        ("categories", "Categories", field("name", "eq", "Tools"), vec![1]),
    ] {
        let expression = json!({"relationship": relationship, "expressions": [condition]});
        assert_eq!(ids(app, table, &expression), found, "{table} {relationship}");
    }
}

fn a_condition_may_be_negated_and_joined(app: &Served) {
    let big = json!({"relationship": "order_items", "expressions": [field("qty", "gte", 3)]});
    let not = json!({"operator": "NOT", "expressions": [big]});
    assert_eq!(ids(app, "orders", &not), [2, 3, 4]);
    let or = json!({"operator": "OR", "expressions": [big, field("status", "eq", "void")]});
    assert_eq!(ids(app, "orders", &or), [1, 4, 5]);
}

fn relationships_nest_in_conditions(app: &Served) {
    let tools = json!({"relationship": "Category", "expressions": [field("name", "eq", "Tools")]});
    let items =
        json!({"relationship": "OrderItems", "expressions": [{"relationship": "Product", "expressions": [tools]}]});
    assert_eq!(ids(app, "orders", &items), [1, 5]);
    let both = json!({"relationship": "OrderItems", "expressions": [field("qty", "gt", 5),
        {"operator": "OR", "expressions": [{"relationship": "Product", "expressions": [field("sku", "eq", "B-2")]}]}]});
    assert_eq!(ids(app, "orders", &both), [1]);
}

fn relationships_nest_when_embedded(app: &Served) {
    let category = json!({"relationship": "Category", "include": true});
    let product = json!({"relationship": "Product", "include": true, "expressions": [category]});
    let items = json!({"relationship": "OrderItems", "include": true, "expressions": [product]});
    let order = one(app, "orders", 1, &items);
    assert_eq!(order["order_items"][1]["product"]["category"]["name"], "Tools");
    assert_eq!(members(&order["order_items"], "line"), [1, 2]);
    // A row two parents share is embedded in both.
    let customer = json!({"expressions": [{"relationship": "Customer", "include": true}]});
    let names: Vec<Value> =
        rows(app, "orders", &customer).as_array().unwrap().iter().map(|row| row["customer"]["name"].clone()).collect();
    assert_eq!(names, ["Ada", "Ada", "Bob", "Bob", "Ada"]);
}

fn embedded_rows_come_with_pages_cursors_and_single_counts(app: &Served) {
    let body = json!({"expressions": [{"relationship": "OrderItems", "include": true, "scope": "both"}]});
    let page = app.post("/orders/filter?pageSize=1&page=2", &body).ok(200);
    assert_eq!((&page["total"], &page["data"][0]["id"]), (&json!(4), &json!(2)));
    assert_eq!(members(&page["data"][0]["order_items"], "line"), [1]);
    let page = app.post("/orders/filter?pageSize=3&cursor=", &body).ok(200);
    assert_eq!(members(&page["data"], "id"), [1, 2, 3]);
    assert_eq!(page["data"][0]["order_items"].as_array().unwrap().len(), 2);
}

fn a_relationship_has_several_spellings(app: &Served) {
    for name in ["OrderItems", "order_items", "orderItems", "orderitems", "ORDER_ITEMS"] {
        assert_eq!(ids(app, "orders", &json!({"relationship": name})), [1, 2, 3, 5], "{name}");
    }
}

fn unknown_relationships_are_refused_with_a_hint(app: &Served) {
    let body = json!({"expressions": [{"relationship": "OrderItem"}]});
    let refused = app.post("/orders/filter", &body).refused(400, "unknown_relationship");
    assert!(refused["title"].as_str().unwrap().contains("did you mean"), "{refused}");
    assert_eq!(first(&refused), ("/expressions/0".to_owned(), "unknown_relationship".to_owned()));
    let nested = json!({"expressions": [{"relationship": "OrderItems", "expressions": [field("quantity", "eq", 1)]}]});
    let refused = app.post("/orders/filter", &nested).refused(400, "unknown_column");
    assert_eq!(first(&refused).0, "/expressions/0/expressions/0");
}

fn a_relationship_is_embedded_once(app: &Served) {
    let include = json!({"relationship": "OrderItems", "include": true});
    app.post("/orders/filter", &json!({"expressions": [include, include]})).refused(400, "duplicate_include");
}
