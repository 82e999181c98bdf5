//! What filters, orders, cursors and keys mean, and what is refused.

use crate::support::{Build, words};
use portcullis_query::{
    Value,
    access::Caller,
    plan::{PagePlan, cursor_of, fingerprint, operators_of},
    render::{self, dialects::POSTGRES},
    request::{ListRequest, Operator, Paging},
};

fn filter(expressions: &str) -> String {
    format!(r#"{{"expressions":{expressions}}}"#)
}

#[test]
fn a_term_that_restricts_nothing_is_left_out_of_its_group() {
    let shop = Build::shop();
    let x = r#"{"field":"id","operator":"eq","value":1}"#;
    let all = r#"{"relationship":"Orders","include":true}"#;
    for (expressions, condition) in [
        ("[]".to_owned(), ""),
        (r#"[{"operator":"AND","expressions":[]}]"#.to_owned(), ""),
        (r#"[{"operator":"OR","expressions":[]}]"#.to_owned(), ""),
        (r#"[{"operator":"NOT","expressions":[]}]"#.to_owned(), ""),
        (format!(r#"[{all}]"#), ""),
        (format!(r#"[{{"operator":"NOT","expressions":[{all}]}}]"#), ""),
        (format!(r#"[{{"operator":"OR","expressions":[{all},{x}]}}]"#), r#"t0."id" = $1"#),
        (format!(r#"[{{"operator":"NOT","expressions":[{all},{x}]}}]"#), r#"NOT (t0."id" = $1)"#),
        (
            format!(r#"[{{"operator":"OR","expressions":[{{"operator":"NOT","expressions":[]}},{x}]}}]"#),
            r#"t0."id" = $1"#,
        ),
    ] {
        assert_eq!(shop.condition("users", &filter(&expressions)).unwrap(), condition, "{expressions}");
    }
}

#[test]
fn lists_without_values_and_nulls_in_lists_mean_what_they_say() {
    let shop = Build::shop();
    for (operator, value, condition) in [
        ("in", "[]", "1 = 0"),
        ("notin", "[]", ""),
        ("in", "[null]", r#"t0."note" IS NULL"#),
        ("notin", "[null]", r#"t0."note" IS NOT NULL"#),
        ("in", r#"["a",null]"#, r#"(t0."note" = ANY($1) OR t0."note" IS NULL)"#),
        ("notin", r#"["a",null]"#, r#"(t0."note" <> ALL($1) AND t0."note" IS NOT NULL)"#),
        ("eq", "null", r#"t0."note" IS NULL"#),
        ("neq", "null", r#"t0."note" IS NOT NULL"#),
        ("isnull", "false", r#"t0."note" IS NOT NULL"#),
        ("isnull", "true", r#"t0."note" IS NULL"#),
        ("isnotnull", "null", r#"t0."note" IS NOT NULL"#),
    ] {
        let body = filter(&format!(r#"[{{"field":"note","operator":"{operator}","value":{value}}}]"#));
        assert_eq!(shop.condition("orders", &body).unwrap(), condition, "{operator} {value}");
    }
}

#[test]
fn an_empty_list_decides_its_group() {
    let shop = Build::shop();
    let none = r#"{"field":"id","operator":"in","value":[]}"#;
    let every = r#"{"field":"id","operator":"notin","value":[]}"#;
    let x = r#"{"field":"id","operator":"eq","value":1}"#;
    for (expressions, condition) in [
        (format!(r#"[{none},{x}]"#), "1 = 0"),
        (format!(r#"[{{"operator":"OR","expressions":[{every},{x}]}}]"#), ""),
        (format!(r#"[{{"operator":"OR","expressions":[{none},{x}]}}]"#), r#"t0."id" = $1"#),
        (format!(r#"[{{"operator":"NOT","expressions":[{none}]}}]"#), ""),
        (format!(r#"[{{"operator":"NOT","expressions":[{every}]}}]"#), "1 = 0"),
    ] {
        assert_eq!(shop.condition("users", &filter(&expressions)).unwrap(), condition, "{expressions}");
    }
}

#[test]
fn distinct_rows_that_show_their_key_are_not_sifted() {
    let shop = Build::shop();
    let text = |body: &str| shop.sql("products", body).unwrap().text;
    assert!(!text(r#"{"distinct":true}"#).contains("DISTINCT"));
    assert_eq!(
        text(r#"{"distinct":true,"projections":["stock","name"]}"#),
        r#"SELECT DISTINCT t0."stock", t0."name" FROM "products" AS t0 ORDER BY t0."stock", t0."name" LIMIT 10"#
    );
    for body in [
        r#"{"distinct":true,"projections":["data"]}"#,
        r#"{"distinct":true,"projections":["name"],"sort":[{"field":"id"}]}"#,
        r#"{"distinct":true,"projections":["name"],"expressions":[{"relationship":"Tags","include":true}]}"#,
    ] {
        assert_eq!(shop.refused("products", body), "invalid_distinct", "{body}");
    }
}

#[test]
fn a_cursor_fits_only_its_own_request_and_holds_only_what_can_be_bound() {
    let shop = Build::shop();
    let users = shop.table("users");
    let request = |after: Option<String>| ListRequest {
        paging: Paging::Cursor { after, size: Some(5) },
        ..words(r#"{"sort":[{"field":"first_name","direction":"desc"}]}"#).unwrap()
    };
    let mark = fingerprint(users, &request(None));
    let plan = shop.admin().list(users, &request(None)).unwrap();
    assert!(matches!(&plan.page, PagePlan::Cursor { size: 5, keys, .. } if keys.len() == 2));
    assert!(plan.count.is_none());
    let refused = |token: String| match shop.admin().list(users, &request(Some(token))) {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    };
    let good = [Value::Text("Ada".into()), Value::Int(5)];
    assert_eq!(refused(cursor_of(mark, good.iter())), "accepted");
    assert_eq!(refused(cursor_of(mark + 1, good.iter())), "invalid_cursor");
    assert_eq!(refused(cursor_of(mark, good[..1].iter())), "invalid_cursor");
    assert_eq!(refused(cursor_of(mark, [Value::List(vec![Value::Null]), Value::Int(5)].iter())), "invalid_cursor");
    assert_eq!(refused("x".to_owned()), "invalid_cursor");
    assert_eq!(shop.admin().list(shop.table("events"), &request(None)).unwrap_err().code(), "unknown_column");
    let plain = ListRequest { paging: Paging::Cursor { after: None, size: None }, ..ListRequest::default() };
    assert_eq!(shop.admin().list(shop.table("events"), &plain).unwrap_err().code(), "invalid_cursor");
}

#[test]
fn a_cursor_is_tied_to_table_filter_sort_columns_and_distinctness() {
    let shop = Build::shop();
    let mark = |table: &str, body: &str| fingerprint(shop.table(table), &words(body).unwrap());
    let bodies = [
        "{}",
        r#"{"sort":[{"field":"id"}]}"#,
        r#"{"sort":[{"field":"id","direction":"desc"}]}"#,
        r#"{"expressions":[{"field":"id","operator":"gt","value":1}]}"#,
        r#"{"expressions":[{"field":"id","operator":"gt","value":2}]}"#,
        r#"{"projections":["id"]}"#,
        r#"{"distinct":true}"#,
    ];
    let mut marks: Vec<u64> = bodies.iter().flat_map(|body| [mark("users", body), mark("orders", body)]).collect();
    assert_eq!(mark("users", "{}"), mark("users", "{}"));
    marks.sort_unstable();
    marks.dedup();
    assert_eq!(marks.len(), bodies.len() * 2);
}

#[test]
fn a_column_takes_the_operators_of_its_type() {
    let shop = Build::shop();
    let of = |table: &str, column: &str| -> Vec<&str> {
        operators_of(shop.table(table).column_by_name(column).unwrap()).map(Operator::name).collect()
    };
    let no_text =
        ["eq", "neq", "gt", "gte", "lt", "lte", "in", "notin", "between", "notbetween", "isnull", "isnotnull"];
    assert_eq!(of("users", "email").len(), 18);
    let catalog = crate::support::catalog::catalog("t\n  id int key\n  list text[]\n");
    let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
    let list: Vec<_> = operators_of(build.table("t").column_by_name("list").unwrap()).map(Operator::name).collect();
    assert_eq!(list, ["eq", "neq", "containsall", "containedby", "overlaps", "isnull", "isnotnull"]);
    assert_eq!(of("users", "id"), no_text);
    assert_eq!(of("users", "created_at"), no_text);
    assert_eq!(of("users", "is_active"), ["eq", "neq", "in", "isnull", "isnotnull"]);
    assert_eq!(of("products", "data"), ["jsoncontains", "jsoncontainedby", "isnull", "isnotnull"]);
}

#[test]
fn a_uuid_kept_as_bytes_is_not_searched_as_text() {
    let catalog = crate::support::catalog::catalog("t\n  id uuid key as:bytes\n");
    let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
    let body = filter(r#"[{"field":"id","operator":"startswith","value":"6f"}]"#);
    assert_eq!(build.refused("t", &body), "invalid_operator");
}

#[test]
fn keys_are_read_in_order_and_no_row_has_a_key_of_another_shape() {
    let shop = Build::shop();
    let planner = shop.admin();
    let get = |table: &str, key: &str| {
        planner.get(shop.table(table), key).map(|plan| render::select(&plan, &POSTGRES).values).map_err(|e| e.code())
    };
    assert_eq!(get("users", "5").unwrap(), [Value::Int(5)]);
    assert_eq!(get("order_items", "5,2").unwrap(), [Value::Int(5), Value::Int(2)]);
    for (table, key) in [
        ("users", "x"),
        ("users", ""),
        ("users", "1,2"),
        ("order_items", "5"),
        ("order_items", "5,2,1"),
        ("users", "1\0"),
    ] {
        assert_eq!(get(table, key), Err("not_found"), "{key:?}");
    }
    assert_eq!(get("events", "1"), Err("no_primary_key"));
    assert_eq!(get("active_users", "1"), Err("no_primary_key"));
}

#[test]
fn rows_from_a_place_on_are_counted_whole() {
    let shop = Build::shop();
    let planner = shop.planner(&Caller::Administrator, &render::dialects::POSTGRES);
    let request = ListRequest { paging: Paging::Rows { offset: 7, size: 3 }, total: true, ..ListRequest::default() };
    let plan = planner.list(shop.table("users"), &request).unwrap();
    assert!(plan.count.is_some());
    assert!(matches!(plan.page, PagePlan::Rows { offset: 7, size: 3 }));
    assert!(render::select(&plan.select, planner.dialect).text.ends_with("LIMIT 3 OFFSET $1"));
    let many = ListRequest { paging: Paging::Rows { offset: 0, size: 1_001 }, ..ListRequest::default() };
    assert_eq!(planner.list(shop.table("users"), &many).unwrap_err().code(), "invalid_page_size");
}
