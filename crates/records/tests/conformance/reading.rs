//! Pages, rows, operators, order.

use crate::shop::{Shop, code, expected};
use portcullis_query::{
    RowFormat,
    request::{ListRequest, Paging, SortKey},
};
use portcullis_records as records;
use portcullis_testkit::{TestDatabase, cases, conformance::Case};
use serde_json::Value;

pub const CASES: &[Case] = cases![
    a_page_is_counted_and_ordered_by_the_key,
    a_row_is_read_by_its_key,
    a_row_is_read_by_a_composite_key,
    every_operator_finds_the_same_rows,
    and_or_and_not_nest,
    times_are_compared_in_utc,
    an_order_has_several_keys_and_directions,
    a_cursor_walks_over_every_row_once,
    projections_and_distinct_narrow_a_row,
    a_view_is_read_and_not_written,
    a_table_without_a_key_is_listed,
    reserved_words_and_quotes_are_names_like_any_other,
    sec_49_a_value_is_never_sql,
    an_export_is_the_same_text,
];

fn a_page_is_counted_and_ordered_by_the_key(database: &TestDatabase) {
    let shop = Shop::open(database);
    let request =
        ListRequest { paging: Paging::Page { page: 2, size: Some(2) }, total: true, ..ListRequest::default() };
    let page = shop.wait(records::list(shop.session(), shop.table("orders"), &request)).unwrap();
    assert_eq!((page.len, page.total, page.page, page.size), (2, Some(5), 2, 2));
    let ids: Vec<i64> = shop.ids("orders", "");
    assert_eq!(ids, [1, 2, 3, 4, 5]);
}

fn a_row_is_read_by_its_key(database: &TestDatabase) {
    let shop = Shop::open(database);
    let order = r#"{"id":1,"customer_id":1,"status":"paid","total":120.55,"note":"urgent: call",
        "created_at":"2026-01-01T10:00:00Z"}"#;
    assert_eq!(shop.read("orders", "1").unwrap(), expected(order));
    let product = r#"{"sku":"B-2","name":"Bolt, 100%","price":0.05,"active":true}"#;
    assert_eq!(shop.read("products", "B-2").unwrap(), expected(product));
    assert_eq!(code(shop.read("orders", "99")), "not_found");
    assert_eq!(code(shop.read("orders", "one")), "not_found");
}

fn a_row_is_read_by_a_composite_key(database: &TestDatabase) {
    let shop = Shop::open(database);
    let item = r#"{"order_id":1,"line":2,"sku":"B-2","qty":10}"#;
    assert_eq!(shop.read("order_items", "1,2").unwrap(), expected(item));
    assert_eq!(code(shop.read("order_items", "1,3")), "not_found");
}

fn every_operator_finds_the_same_rows(database: &TestDatabase) {
    let shop = Shop::open(database);
    let table: &[(&str, &str, &str, &[i64])] = &[
        ("status", "eq", r#""paid""#, &[1, 3, 5]),
        ("note", "eq", "null", &[2]),
        ("note", "eq", r#""""#, &[4]),
        ("status", "neq", r#""paid""#, &[2, 4]),
        ("note", "neq", "null", &[1, 3, 4, 5]),
        ("total", "gt", "99.99", &[1]),
        ("total", "gte", "99.99", &[1, 3]),
        ("total", "lt", "5.25", &[4]),
        ("total", "lte", r#""5.25""#, &[2, 4]),
        ("note", "like", r#""urgent%""#, &[1]),
        ("note", "like", r#""_rgent""#, &[5]),
        ("note", "ilike", r#""URGENT%""#, &[1, 5]),
        ("note", "notlike", r#""%urgent%""#, &[3, 4, 5]),
        ("note", "contains", r#""URGENT""#, &[1, 5]),
        ("note", "contains", r#""% off_""#, &[3]),
        ("note", "contains", r#""t_c""#, &[]),
        ("note", "startswith", r#""50%""#, &[3]),
        ("note", "endswith", r#""CALL""#, &[1]),
        ("id", "in", "[1, 4, 99]", &[1, 4]),
        ("id", "in", "[]", &[]),
        ("id", "notin", "[1, 4, 99]", &[2, 3, 5]),
        ("id", "notin", "[]", &[1, 2, 3, 4, 5]),
        ("status", "in", r#"["new", "void"]"#, &[2, 4]),
        ("total", "between", "[5.25, 99.99]", &[2, 3, 5]),
        ("total", "notbetween", "[5.25, 99.99]", &[1, 4]),
        ("note", "isnull", "true", &[2]),
        ("note", "isnull", "false", &[1, 3, 4, 5]),
        ("note", "isnotnull", "null", &[1, 3, 4, 5]),
    ];
    for (field, operator, value, ids) in table {
        let expression = format!(r#"{{"field":"{field}","operator":"{operator}","value":{value}}}"#);
        assert_eq!(shop.ids("orders", &expression), *ids, "{expression}");
    }
}

fn and_or_and_not_nest(database: &TestDatabase) {
    let shop = Shop::open(database);
    let paid = r#"{"field":"status","operator":"eq","value":"paid"}"#;
    let cheap = r#"{"field":"total","operator":"lt","value":10}"#;
    let or = format!(r#"{{"operator":"OR","expressions":[{paid},{cheap}]}}"#);
    let not = format!(r#"{{"operator":"NOT","expressions":[{paid},{cheap}]}}"#);
    assert_eq!(shop.ids("orders", &format!("{paid},{cheap}")), [5]);
    assert_eq!(shop.ids("orders", &or), [1, 2, 3, 4, 5]);
    assert_eq!(shop.ids("orders", &not), [1, 2, 3, 4]);
    let both =
        format!(r#"{{"operator":"and","expressions":[{or},{not}]}},{{"operator":"OR","expressions":[{cheap}]}}"#);
    assert_eq!(shop.ids("orders", &both), [2, 4]);
}

fn times_are_compared_in_utc(database: &TestDatabase) {
    let shop = Shop::open(database);
    for (value, ids) in [
        ("2026-01-04T10:00:00Z", [4, 5].as_slice()),
        ("2026-01-04T11:00:00+01:00", &[4, 5]),
        ("2026-01-04T10:00:00.000001Z", &[5]),
        ("2026-01-05", &[5]),
    ] {
        let expression = format!(r#"{{"field":"created_at","operator":"gte","value":"{value}"}}"#);
        assert_eq!(shop.ids("orders", &expression), ids, "{value}");
    }
    let wrong = r#"{"expressions":[{"field":"created_at","operator":"eq","value":"yesterday"}]}"#;
    assert_eq!(code(shop.page("orders", wrong)), "invalid_value");
}

fn an_order_has_several_keys_and_directions(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"sort":[{"field":"customer_id","direction":"desc"},{"field":"total"}],"projections":["id"]}"#;
    assert_eq!(shop.rows("orders", body), expected(r#"[{"id":4},{"id":3},{"id":2},{"id":5},{"id":1}]"#));
}

fn a_cursor_walks_over_every_row_once(database: &TestDatabase) {
    let shop = Shop::open(database);
    let mut request =
        ListRequest { sort: vec![SortKey { field: "status".to_owned(), descending: true }], ..Default::default() };
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        request.paging = Paging::Cursor { after, size: Some(2) };
        let page = shop.wait(records::list(shop.session(), shop.table("orders"), &request)).unwrap();
        assert_eq!(page.total, None);
        let rows: Value = serde_json::from_slice(&[b"[", &page.rows[..], b"]"].concat()).unwrap();
        seen.extend(rows.as_array().unwrap().iter().map(|row| row["id"].to_string()));
        after = page.next_cursor.expect("a keyset page");
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["4", "1", "3", "5", "2"]);
}

fn projections_and_distinct_narrow_a_row(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"projections":["status"],"distinct":true,"sort":[{"field":"status"}]}"#;
    assert_eq!(shop.rows("orders", body), expected(r#"[{"status":"new"},{"status":"paid"},{"status":"void"}]"#));
    assert_eq!(code(shop.page("orders", r#"{"projections":["totl"]}"#)), "unknown_column");
}

fn a_view_is_read_and_not_written(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"sort":[{"field":"id"}],"projections":["id"]}"#;
    assert_eq!(shop.rows("paid_orders", body), expected(r#"[{"id":1},{"id":3},{"id":5}]"#));
    assert_eq!(code(shop.create("paid_orders", r#"{"id":9,"total":1}"#)), "read_only");
}

fn a_table_without_a_key_is_listed(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"expressions":[{"field":"level","operator":"eq","value":"info"}],"sort":[{"field":"message"}]}"#;
    let rows = expected(r#"[{"level":"info","message":"one"},{"level":"info","message":"three"}]"#);
    assert_eq!(shop.rows("logs", body), rows);
    assert_eq!(code(shop.read("logs", "1")), "no_primary_key");
    shop.create("logs", r#"{"level":"info","message":"four"}"#).unwrap();
    assert_eq!(shop.count("logs"), 4);
}

fn reserved_words_and_quotes_are_names_like_any_other(database: &TestDatabase) {
    let shop = Shop::open(database);
    let quote = if database.engine().name() == "mariadb" { "qu`ote" } else { "qu\\\"ote" };
    let body = format!(r#"{{"group":2,"a b":"z","{quote}":"q"}}"#);
    assert_eq!(shop.create("select", &body).unwrap(), expected(&body));
    let filter =
        format!(r#"{{"expressions":[{{"field":"{quote}","operator":"eq","value":"y"}}],"sort":[{{"field":"a b"}}]}}"#);
    assert_eq!(shop.rows("select", &filter), expected(&format!(r#"[{{"group":1,"a b":"x","{quote}":"y"}}]"#)));
}

fn sec_49_a_value_is_never_sql(database: &TestDatabase) {
    let shop = Shop::open(database);
    for text in ["'; DROP TABLE orders; --", "\\'", "\" OR 1=1 --", "$1", "?", "%s", "\\", "ünï👍\u{1}"] {
        let body = format!(r#"{{"level":"x","message":{}}}"#, Value::from(text));
        let expression =
            format!(r#"{{"expressions":[{{"field":"message","operator":"eq","value":{}}}]}}"#, Value::from(text));
        assert_eq!(shop.create("logs", &body).unwrap()["message"], text);
        assert_eq!(shop.rows("logs", &expression)[0]["message"], text);
        let contains = expression.replace(r#""eq""#, r#""contains""#);
        assert_eq!(shop.rows("logs", &contains)[0]["message"], text, "{contains}");
    }
    assert_eq!(shop.count("orders"), 5);
}

fn an_export_is_the_same_text(database: &TestDatabase) {
    let shop = Shop::open(database);
    let body = r#"{"projections":["id","status","note"],"expressions":[{"field":"id","operator":"gt","value":1}]}"#;
    let csv = "id,status,note\r\n2,new,\r\n3,paid,50% off_now\r\n4,void,\"\"\r\n5,paid,Urgent\r\n";
    assert_eq!(shop.export("orders", body, RowFormat::Csv).unwrap(), csv);
    let body = r#"{"projections":["sku","name"],"expressions":[{"field":"sku","operator":"lte","value":"B-2"}]}"#;
    let csv = "sku,name\r\nA-1,Anvil\r\nB-2,\"Bolt, 100%\"\r\n";
    assert_eq!(shop.export("products", body, RowFormat::Csv).unwrap(), csv);
    let lines = "{\"sku\":\"A-1\",\"name\":\"Anvil\"}\n{\"sku\":\"B-2\",\"name\":\"Bolt, 100%\"}\n";
    assert_eq!(shop.export("products", body, RowFormat::Ndjson).unwrap(), lines);
}
