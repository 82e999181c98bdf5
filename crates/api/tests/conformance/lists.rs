//! Lists: order, pages, cursors, counts, projections, distinct rows.

use crate::shop::{SHOP, field, get, members, post, rows};
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "lists_over_HTTP",
    fixture: &SHOP,
    cases: served![
        a_list_is_paged_counted_and_in_key_order,
        page_sizes_go_from_one_to_a_thousand,
        a_page_past_the_end_is_empty,
        a_total_that_is_not_wanted_is_null,
        a_column_in_the_query_is_a_condition,
        a_sort_has_keys_and_directions,
        a_sort_reaches_into_a_parent,
        a_sort_by_many_rows_is_refused,
        the_query_decides_about_the_order_where_the_body_is_silent,
        projections_narrow_a_row,
        distinct_rows_come_once,
        a_cursor_walks_over_every_row_once,
        a_cursor_walks_in_both_directions_over_nulls,
        a_cursor_fits_its_own_request_only,
        counts_agree_with_lists,
        a_text_is_found_without_regard_to_case_by_ilike_only on Sqlite Postgres
            => "MariaDB compares text by the column's collation: `eq` finds `ANVIL` where the column holds `Anvil`",
    ],
};

fn a_list_is_paged_counted_and_in_key_order(app: &Served) {
    let page = get(app, "/tags");
    let data = json!([{"id": 1, "label": "heavy"}, {"id": 2, "label": "new"}, {"id": 3, "label": "unused"}]);
    assert_eq!(page, json!({"data": data, "total": 3, "page": 1, "page_size": 10, "total_pages": 1}));
    let page = get(app, "/orders?page=2&pageSize=2");
    assert_eq!(members(&page["data"], "id"), [3, 4]);
    assert_eq!((&page["total"], &page["page"], &page["total_pages"]), (&json!(5), &json!(2), &json!(3)));
    assert_eq!(get(app, "/orders?page=2&page_size=2"), page);
    let none = get(app, "/orders?status=none");
    assert_eq!(none, json!({"data": [], "total": 0, "page": 1, "page_size": 10, "total_pages": 0}));
}

fn page_sizes_go_from_one_to_a_thousand(app: &Served) {
    assert_eq!(get(app, "/orders?pageSize=1000")["page_size"], 1000);
    for (query, code) in [
        ("pageSize=0", "invalid_page_size"),
        ("pageSize=1001", "invalid_page_size"),
        ("pageSize=-1", "invalid_parameter"),
        ("pageSize=ten", "invalid_parameter"),
        ("page=0", "invalid_page"),
        ("page=1.5", "invalid_parameter"),
        ("page=1&page=2", "invalid_parameter"),
        ("total=perhaps", "invalid_parameter"),
    ] {
        app.get(&format!("/orders?{query}")).refused(400, code);
    }
}

fn a_page_past_the_end_is_empty(app: &Served) {
    let page = get(app, "/orders?page=9&pageSize=2");
    assert_eq!((&page["data"], &page["total"], &page["total_pages"]), (&json!([]), &json!(5), &json!(3)));
    assert_eq!(get(app, "/orders?page=9223372036854775807&pageSize=1000")["data"], json!([]));
}

fn a_total_that_is_not_wanted_is_null(app: &Served) {
    let page = get(app, "/orders?total=false&pageSize=2");
    assert_eq!((&page["total"], &page["total_pages"], &page["page"]), (&Value::Null, &Value::Null, &json!(1)));
    assert_eq!(members(&page["data"], "id"), [1, 2]);
}

fn a_column_in_the_query_is_a_condition(app: &Served) {
    assert_eq!(members(&get(app, "/orders?status=paid&customer_id=1")["data"], "id"), [1, 5]);
    assert_eq!(members(&get(app, "/products?active=false")["data"], "id"), [3]);
    assert_eq!(members(&get(app, "/products?price=2.50")["data"], "id"), [4]);
    assert_eq!(members(&get(app, "/products?CategoryId=1")["data"], "id"), [1, 3]);
    assert_eq!(members(&get(app, "/products?name=Bolt%2C+100%25")["data"], "id"), [2]);
    app.get("/orders?customer_id=ada").refused(400, "invalid_value");
    let unknown = app.get("/orders?statu=paid").refused(400, "invalid_parameter");
    assert!(unknown["title"].as_str().unwrap().contains("did you mean `status`"), "{unknown}");
}

fn a_sort_has_keys_and_directions(app: &Served) {
    let sorted = |sort: &str| members(&get(app, &format!("/orders?sort={sort}"))["data"], "id");
    assert_eq!(sorted("customer_id:desc,total:asc"), [4, 3, 2, 5, 1]);
    assert_eq!(sorted("-placed_at"), [5, 4, 3, 2, 1]);
    assert_eq!(sorted("status,total:DESC"), [2, 1, 3, 5, 4]);
    // Ties are broken by the key.
    assert_eq!(sorted("customerId"), [1, 2, 5, 3, 4]);
    app.get("/orders?sort=totl").refused(400, "unknown_column");
    app.get("/orders?sort=total:up").refused(400, "invalid_parameter");
}

fn a_sort_reaches_into_a_parent(app: &Served) {
    let sorted = |key: &str| {
        let body = json!({"sort": [{"field": key, "direction": "desc"}, {"field": "id"}]});
        members(&rows(app, "orders", &body), "id")
    };
    assert_eq!(sorted("Customer.name"), [3, 4, 1, 2, 5]);
    assert_eq!(sorted("customer.Email"), [3, 4, 1, 2, 5]);
    app.post("/orders/filter", &json!({"sort": [{"field": "customer.nme"}]})).refused(400, "unknown_column");
    app.post("/orders/filter", &json!({"sort": [{"field": "client.name"}]})).refused(400, "unknown_relationship");
}

fn a_sort_by_many_rows_is_refused(app: &Served) {
    app.post("/orders/filter", &json!({"sort": [{"field": "order_items.qty"}]})).refused(400, "invalid_sort");
}

fn the_query_decides_about_the_order_where_the_body_is_silent(app: &Served) {
    let page = post(app, "/orders/filter?sort=-id&pageSize=2&page=1", 200, &json!({}));
    assert_eq!((members(&page["data"], "id"), &page["page_size"]), (vec![json!(5), json!(4)], &json!(2)));
    let page = app.call(http::Method::POST, "/orders/filter", &[], "").ok(200);
    assert_eq!(page["total"], 5);
    app.post("/orders/filter?status=paid", &json!({})).refused(400, "invalid_parameter");
}

fn projections_narrow_a_row(app: &Served) {
    let body = json!({"projections": ["Name", "sku"], "expressions": [field("id", "eq", 1)]});
    assert_eq!(rows(app, "products", &body), json!([{"name": "Anvil", "sku": "A-1"}]));
    let body = json!({"projections": ["name"], "expressions": [field("id", "eq", 1),
        {"relationship": "category", "include": true}]});
    let category = json!({"id": 1, "name": "Hardware", "parent_id": null});
    assert_eq!(rows(app, "products", &body), json!([{"name": "Anvil", "id": 1, "category": category}]));
    app.post("/products/filter", &json!({"projections": ["nme"]})).refused(400, "unknown_column");
}

fn distinct_rows_come_once(app: &Served) {
    let body = json!({"distinct": true, "projections": ["status"]});
    let page = post(app, "/orders/filter", 200, &body);
    assert_eq!(page["data"], json!([{"status": "new"}, {"status": "paid"}, {"status": "void"}]));
    assert_eq!(page["total"], 3);
    assert_eq!(post(app, "/orders/count", 200, &body), json!({"count": 3}));
    let many = json!({"distinct": true, "expressions": [{"relationship": "order_items"}]});
    assert_eq!(members(&rows(app, "orders", &many), "id"), [1, 2, 3, 5]);
    app.post("/orders/filter", &json!({"distinct": true, "projections": ["status"], "sort": [{"field": "id"}]}))
        .refused(400, "invalid_distinct");
}

/// Walks over all pages; gives the ids of each.
fn walk(app: &Served, table: &str, query: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = get(app, &format!("/{table}?{query}&cursor={cursor}"));
        assert_eq!((&page["total"], &page["page"], &page["total_pages"]), (&Value::Null, &Value::Null, &Value::Null));
        pages.push(members(&page["data"], "id"));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return pages,
        }
        assert!(pages.len() < 20, "the walk has no end");
    }
}

fn a_cursor_walks_over_every_row_once(app: &Served) {
    assert_eq!(walk(app, "orders", "pageSize=2"), [vec![1, 2], vec![3, 4], vec![5]]);
    assert_eq!(walk(app, "orders", "pageSize=5"), [vec![1, 2, 3, 4, 5]]);
    assert_eq!(walk(app, "orders", "pageSize=2&sort=customer_id:desc"), [vec![3, 4], vec![1, 2], vec![5]]);
    assert_eq!(walk(app, "orders", "pageSize=1&sort=-total&status=paid"), [vec![1], vec![3], vec![5]]);
    assert_eq!(walk(app, "orders", "pageSize=2&sort=-placed_at"), [vec![5, 4], vec![3, 2], vec![1]]);
    assert_eq!(walk(app, "orders", "pageSize=3&sort=customer.name"), [vec![1, 2, 5], vec![3, 4]]);
}

fn a_cursor_walks_in_both_directions_over_nulls(app: &Served) {
    for sort in ["category_id", "-category_id", "description", "-description", "category.name:desc"] {
        let whole = members(&get(app, &format!("/products?sort={sort}"))["data"], "id");
        let walked: Vec<Value> = walk(app, "products", &format!("pageSize=1&sort={sort}")).concat();
        assert_eq!(walked, whole, "{sort}");
    }
}

fn a_cursor_fits_its_own_request_only(app: &Served) {
    let cursor = get(app, "/orders?pageSize=2&cursor=")["next_cursor"].as_str().unwrap().to_owned();
    app.get(&format!("/orders?page=1&cursor={cursor}")).refused(400, "invalid_parameter");
    for path in ["orders?sort=-id", "orders?status=paid", "products?pageSize=2"] {
        app.get(&format!("/{path}&cursor={cursor}")).refused(400, "invalid_cursor");
    }
    app.get("/orders?cursor=abc").refused(400, "invalid_cursor");
    app.get("/logs?cursor=").refused(400, "invalid_cursor");
}

fn counts_agree_with_lists(app: &Served) {
    assert_eq!(get(app, "/orders/count"), json!({"count": 5}));
    assert_eq!(get(app, "/orders/count?status=paid"), json!({"count": 3}));
    app.get("/orders/count?stats=paid").refused(400, "invalid_parameter");
    let count = |body: &Value| post(app, "/orders/count", 200, body)["count"].clone();
    assert_eq!(count(&json!({})), 5);
    assert_eq!(count(&json!({"expressions": [field("total", "gt", 7)], "sort": [{"field": "id"}]})), 3);
    // Parents count once, however many children match.
    assert_eq!(count(&json!({"expressions": [{"relationship": "OrderItems"}]})), 4);
    assert_eq!(app.call(http::Method::POST, "/orders/count", &[], "").ok(200), json!({"count": 5}));
}

fn a_text_is_found_without_regard_to_case_by_ilike_only(app: &Served) {
    let found = |operator: &str| crate::shop::ids(app, "products", &field("name", operator, "ANVIL"));
    assert_eq!(found("eq"), Vec::<i64>::new());
    assert_eq!(found("ilike"), [1]);
}
