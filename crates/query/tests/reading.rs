//! What filters, groups, orders and cursors mean, and what is refused.

mod support;

use portcullis_query::{
    Value,
    access::Caller,
    plan::{PagePlan, cursor_of, fingerprint, operators_of},
    render::{self, dialects::POSTGRES},
    request::{ListRequest, Operator, Paging},
};
use support::{Build, words};

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
fn sec_53_a_filter_that_would_touch_the_whole_table_is_refused_for_mass_writes() {
    let shop = Build::shop();
    let users = shop.table("users");
    let planner = shop.admin();
    let grant = planner.write_grant(portcullis_query::access::Action::Delete, users).unwrap();
    let include = r#"{"relationship":"Orders","scope":"filterChild","include":true}"#;
    let every = r#"{"field":"id","operator":"notin","value":[]}"#;
    let some = r#"{"field":"id","operator":"eq","value":1}"#;
    for expressions in [
        "[]".to_owned(),
        r#"[{"operator":"AND","expressions":[]}]"#.to_owned(),
        r#"[{"operator":"OR","expressions":[]}]"#.to_owned(),
        r#"[{"operator":"NOT","expressions":[]}]"#.to_owned(),
        r#"[{"operator":"NOT","expressions":[{"operator":"NOT","expressions":[]}]}]"#.to_owned(),
        r#"[{"operator":"NOT","expressions":[{"field":"id","operator":"in","value":[]}]}]"#.to_owned(),
        format!("[{include}]"),
        format!("[{every}]"),
        format!(r#"[{{"operator":"OR","expressions":[{every},{some}]}}]"#),
        format!(r#"[{{"operator":"OR","expressions":[{include}]}}]"#),
    ] {
        let filter = words(&filter(&expressions)).unwrap().filter;
        let refusal = planner.mass_keys(users, &grant, &filter, 10).map(|_| "planned").unwrap_or_else(|e| e.code());
        assert_eq!(refusal, "empty_filter", "{expressions}");
    }
    let filter = words(&filter(&format!(r#"[{{"operator":"OR","expressions":[{include},{some}]}}]"#))).unwrap().filter;
    let keys = planner.mass_keys(users, &grant, &filter, 10).unwrap();
    assert_eq!(
        render::select(&keys, &POSTGRES).text,
        r#"SELECT t0."id" FROM "users" AS t0 WHERE t0."id" = $1 ORDER BY t0."id" LIMIT $2 FOR UPDATE"#
    );
}

#[test]
fn sec_53_a_slip_is_refused_also_where_nothing_would_come_of_it() {
    let shop = Build::shop();
    for (table, body, code) in [
        (
            "users",
            r#"[{"relationship":"Orders","scope":"filterChild","expressions":[{"field":"no","operator":"eq","value":1}]}]"#,
            "unknown_column",
        ),
        (
            "users",
            r#"[{"relationship":"Orders","scope":"filterChild","expressions":[{"relationship":"No"}]}]"#,
            "unknown_relationship",
        ),
        ("users", r#"[{"relationship":"Orders","scope":"sideways"}]"#, "invalid_filter"),
        ("users", r#"[{"field":"password_hash","operator":"isnull"}]"#, "unknown_column"),
        ("users", r#"[{"field":"users.id","operator":"eq","value":1}]"#, "unknown_column"),
        ("users", r#"[{"field":"id","operator":"like","value":"1%"}]"#, "invalid_operator"),
        ("users", r#"[{"field":"is_active","operator":"gt","value":true}]"#, "invalid_operator"),
        ("products", r#"[{"field":"data","operator":"eq","value":{}}]"#, "invalid_operator"),
        ("users", r#"[{"field":"id","operator":"gt","value":null}]"#, "invalid_filter"),
        ("users", r#"[{"field":"id","operator":"eq","value":"x"}]"#, "invalid_value"),
        ("users", r#"[{"field":"id","operator":"eq","value":99999999999999999999}]"#, "invalid_value"),
        ("users", r#"[{"field":"id","operator":"in","value":1}]"#, "invalid_filter"),
        ("users", r#"[{"field":"id","operator":"between","value":[1]}]"#, "invalid_filter"),
        ("users", r#"[{"field":"id","operator":"between","value":[1,null]}]"#, "invalid_filter"),
        ("users", r#"[{"field":"id","operator":"isnull","value":"yes"}]"#, "invalid_filter"),
        ("users", r#"[{"field":"email","operator":"like","value":"a\\"}]"#, "invalid_filter"),
        ("users", r#"[{"field":"email","operator":"contains","value":5}]"#, "invalid_filter"),
        ("orders", r#"[{"field":"status","operator":"eq","value":"lost"}]"#, "invalid_value"),
        ("orders", r#"[{"field":"placed_at","operator":"gt","value":"yesterday"}]"#, "invalid_value"),
    ] {
        assert_eq!(shop.refused(table, &filter(body)), code, "{body}");
    }
}

#[test]
fn sec_50_more_than_the_limits_allow_is_refused_with_a_code_for_each() {
    let shop = Build::shop();
    let one = r#"{"field":"id","operator":"eq","value":1}"#;
    let nested = |levels: usize| {
        let open = r#"{"operator":"AND","expressions":["#.repeat(levels);
        format!("[{open}{one}{}]", "]}".repeat(levels))
    };
    let many = |item: &str, times: usize| format!("[{}]", vec![item; times].join(","));
    let list = |count: usize| format!(r#"{{"field":"id","operator":"in","value":{}}}"#, many("1", count));
    let chain = r#"[{"relationship":"Orders","expressions":[{"relationship":"OrderItems","expressions":[
        {"relationship":"Product","expressions":[{"relationship":"Tags"}]}]}]}]"#;
    for (expressions, code) in [
        (nested(7), "accepted"),
        (nested(8), "filter_too_deep"),
        (many(one, 100), "accepted"),
        (many(one, 101), "too_many_conditions"),
        (many(r#"{"operator":"NOT","expressions":[]}"#, 101), "too_many_conditions"),
        (format!("[{}]", list(1000)), "accepted"),
        (format!("[{}]", list(1001)), "too_many_values"),
        (many(&list(1000), 11), "too_many_values"),
        (chain.to_owned(), "too_many_relationships"),
    ] {
        assert_eq!(shop.refused("users", &filter(&expressions)), code);
    }
    let keys = many(r#"{"field":"id"}"#, 9);
    assert_eq!(shop.refused("users", &format!(r#"{{"sort":{keys}}}"#)), "too_many_sort_keys");
    let figures: Vec<_> = (0..101).map(|n| format!(r#"{{"type":"COUNT","alias":"a{n}"}}"#)).collect();
    let figures = format!(r#"{{"functions":[{}]}}"#, figures.join(","));
    assert_eq!(shop.refused("users", &format!(r#"{{"aggregations":{figures}}}"#)), "too_many_figures");
    let on_relation = filter(&format!(r#"[{{"relationship":"Orders","aggregations":{figures}}}]"#));
    assert_eq!(shop.refused("users", &on_relation), "too_many_figures");
}

#[test]
fn sec_40_a_hidden_column_is_an_unknown_one_everywhere() {
    let shop = Build::public_shop(&["note", "user_id", "city"]);
    let planner = shop.planner(&Caller::Anonymous, &POSTGRES);
    let refused = |table: &str, body: &str| match words(body).and_then(|words| planner.list(shop.table(table), &words))
    {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    };
    for (table, body) in [
        ("orders", r#"{"expressions":[{"field":"note","operator":"eq","value":"x"}]}"#),
        ("orders", r#"{"sort":[{"field":"note"}]}"#),
        ("orders", r#"{"sort":[{"field":"BillingAddress.city"}]}"#),
        ("orders", r#"{"projections":["note"]}"#),
        ("orders", r#"{"aggregations":{"functions":[{"type":"MAX","field":"note"}]}}"#),
        ("orders", r#"{"aggregations":{"group_by":["note"]}}"#),
        (
            "orders",
            r#"{"aggregations":{"functions":[{"type":"COUNT"}],"expressions":[{"field":"MAX(note)","operator":"eq","value":"x"}]}}"#,
        ),
        (
            "orders",
            r#"{"expressions":[{"relationship":"BillingAddress","expressions":[{"field":"city","operator":"eq","value":"x"}]}]}"#,
        ),
    ] {
        assert_eq!(refused(table, body), "unknown_column", "{body}");
    }
    // Through these the hidden key could be asked for, value by value.
    for (table, body) in [
        (
            "orders",
            r#"{"expressions":[{"relationship":"User","expressions":[{"field":"id","operator":"eq","value":1}]}]}"#,
        ),
        ("users", r#"{"expressions":[{"relationship":"Orders","include":true}]}"#),
        ("users", r#"{"expressions":[{"relationship":"Profile"}]}"#),
        ("orders", r#"{"sort":[{"field":"User.email"}]}"#),
    ] {
        assert_eq!(refused(table, body), "unknown_relationship", "{body}");
    }
    assert_eq!(refused("orders", r#"{"expressions":[{"relationship":"BillingAddress","include":true}]}"#), "accepted");
}

#[test]
fn sec_40_a_hidden_key_names_no_row_and_makes_no_cursor() {
    let shop = Build::public_shop(&["id"]);
    let planner = shop.planner(&Caller::Anonymous, &POSTGRES);
    let users = shop.table("users");
    assert_eq!(planner.get(users, "1").unwrap_err().code(), "no_primary_key");
    let request = ListRequest { paging: Paging::Cursor { after: None, size: None }, ..ListRequest::default() };
    assert_eq!(planner.list(users, &request).unwrap_err().code(), "invalid_cursor");
    let plain = planner.list(users, &ListRequest::default()).unwrap();
    assert!(!render::select(&plain.select, &POSTGRES).text.contains(r#""id""#));
}

#[test]
fn sec_38_every_hop_asks_for_the_right_to_read() {
    let shop = Build::shop();
    let planner = shop.planner(&Caller::PublicKey, &POSTGRES);
    let error = planner.list(shop.table("users"), &ListRequest::default()).unwrap_err();
    assert_eq!(error.code(), "unauthenticated");
}

#[test]
fn distinct_rows_that_show_their_key_are_not_sifted() {
    let shop = Build::shop();
    let text = |body: &str| shop.sql("products", body).unwrap().text;
    assert!(!text(r#"{"distinct":true}"#).contains("DISTINCT"));
    assert_eq!(
        text(r#"{"distinct":true,"projections":["stock","name"]}"#),
        r#"SELECT DISTINCT t0."stock", t0."name" FROM "products" AS t0 ORDER BY t0."stock", t0."name" LIMIT $1"#
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
fn groups_and_figures_have_one_name_each() {
    let shop = Build::shop();
    let names = |body: &str| -> Vec<String> {
        let plan = shop.list("orders", &format!(r#"{{"aggregations":{body}}}"#)).unwrap();
        plan.select.columns.iter().map(|selected| selected.output.shape.name.to_string()).collect()
    };
    let refused = |body: &str| shop.refused("orders", &format!(r#"{{"aggregations":{body}}}"#));
    assert_eq!(
        names(r#"{"functions":[{"type":"Count"},{"type":"sum","field":"Total"}],"group_by":["UserId","user_id"]}"#),
        ["user_id", "count", "sum"]
    );
    assert_eq!(
        names(
            r#"{"functions":[{"type":"MIN","field":"Total"},{"type":"MIN","field":"id"},{"type":"MAX","field":"id","alias":"top"}]}"#
        ),
        ["min_total", "min_id", "top"]
    );
    assert_eq!(
        names(r#"{"functions":[{"type":"COUNT"},{"type":"COUNT","field":"total"}]}"#),
        ["count_all", "count_total"]
    );
    for body in [
        r#"{"functions":[{"type":"SUM","field":"total","alias":"user_id"}],"group_by":["user_id"]}"#,
        r#"{"functions":[{"type":"SUM","field":"total","alias":"aggregations"}]}"#,
        r#"{"functions":[{"type":"SUM","field":"total"},{"type":"SUM","field":"total"}]}"#,
        r#"{"functions":[{"type":"SUM"}]}"#,
    ] {
        assert_eq!(refused(body), "invalid_filter", "{body}");
    }
    for body in [
        r#"{"functions":[{"type":"SUM","field":"note"}]}"#,
        r#"{"functions":[{"type":"MIN","field":"status"}],"group_by":["data"]}"#,
    ] {
        let table = if body.contains("data") { "products" } else { "orders" };
        let body = format!(r#"{{"aggregations":{}}}"#, body.replace("status", "name"));
        assert_eq!(shop.refused(table, &body), "invalid_operator", "{body}");
    }
}

#[test]
fn a_groups_own_name_may_be_that_of_a_function() {
    let catalog = support::catalog::catalog("t\n  id int key\n  count int\n");
    let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
    let plan = build.list("t", r#"{"aggregations":{"functions":[{"type":"COUNT"}],"group_by":["count"]}}"#).unwrap();
    let names: Vec<_> = plan.select.columns.iter().map(|selected| &*selected.output.shape.name).collect();
    assert_eq!(names, ["count", "count_all"]);
}

#[test]
fn conditions_on_groups_follow_the_rules_of_filters() {
    let shop = Build::shop();
    let having = |expressions: &str| {
        let body = format!(
            r#"{{"aggregations":{{"functions":[{{"type":"SUM","field":"total","alias":"worth"}},{{"type":"MAX","field":"note","alias":"last"}}],
                "group_by":["note"],"expressions":{expressions}}}}}"#
        );
        let text = shop.sql("orders", &body)?.text;
        let found = text.split_once(" HAVING ").map_or("", |(_, rest)| rest);
        Ok::<_, portcullis_query::plan::PlanError>(found.split(" ORDER BY ").next().unwrap_or("").to_owned())
    };
    for (expressions, sql) in [
        ("[]", ""),
        (r#"[{"operator":"NOT","expressions":[]}]"#, ""),
        (r#"[{"field":"Worth","operator":"gt","value":5}]"#, r#"sum(t0."total") > $1"#),
        (r#"[{"field":"SUM(total)","operator":"gt","value":5}]"#, r#"sum(t0."total") > $1"#),
        (r#"[{"field":"count(*)","operator":"in","value":[1,null]}]"#, "(count(*) = $1 OR count(*) IS NULL)"),
        (r#"[{"field":"worth","operator":"in","value":[]}]"#, "1 = 0"),
        (r#"[{"field":"worth","operator":"notin","value":[]}]"#, ""),
        (r#"[{"field":"note","operator":"contains","value":"a"}]"#, r#"t0."note" ILIKE $1"#),
        (
            r#"[{"operator":"OR","expressions":[{"field":"worth","operator":"isnull"},{"field":"note","operator":"eq","value":"a"}]}]"#,
            r#"(sum(t0."total") IS NULL OR t0."note" = $1)"#,
        ),
    ] {
        assert_eq!(having(expressions).unwrap(), sql, "{expressions}");
    }
    for (expressions, code) in [
        (r#"[{"field":"worth","operator":"between","value":[1,null]}]"#, "invalid_filter"),
        (r#"[{"field":"worth","operator":"like","value":"1%"}]"#, "invalid_operator"),
        (r#"[{"field":"status","operator":"eq","value":"open"}]"#, "unknown_column"),
        (r#"[{"field":"SUM(password)","operator":"eq","value":1}]"#, "unknown_column"),
        (r#"[{"relationship":"User"}]"#, "invalid_filter"),
    ] {
        assert_eq!(having(expressions).unwrap_err().code(), code, "{expressions}");
    }
}

#[test]
fn figures_of_moments_are_compared_in_the_columns_own_spelling() {
    let catalog = support::catalog::catalog("t\n  id int key\n  at datetime as:seconds\n");
    let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
    let planner = build.planner(&Caller::Administrator, &render::dialects::SQLITE);
    let body = r#"{"aggregations":{"functions":[{"type":"MAX","field":"at","alias":"last"}],
        "expressions":[{"field":"last","operator":"gt","value":"1970-01-01T00:01:00Z"}]}}"#;
    let plan = planner.list(build.table("t"), &words(body).unwrap()).unwrap();
    assert_eq!(render::select(&plan.select, planner.dialect).values[0], Value::Int(60));
}

#[test]
fn one_term_may_embed_rows_and_another_ask_for_their_figures() {
    let shop = Build::shop();
    let rows = r#"{"relationship":"Orders","include":true}"#;
    let figures = r#"{"relationship":"orders","aggregations":{"functions":[{"type":"COUNT"}]}}"#;
    for expressions in [format!("[{rows},{figures}]"), format!("[{figures},{rows}]")] {
        let plan = shop.list("users", &filter(&expressions)).unwrap();
        assert_eq!(plan.includes.len(), 1);
        assert!(plan.includes[0].rows.is_some() && plan.includes[0].figures.is_some());
    }
    assert_eq!(shop.refused("users", &filter(&format!("[{rows},{rows}]"))), "duplicate_include");
    assert_eq!(shop.refused("users", &filter(&format!("[{figures},{figures}]"))), "duplicate_include");
}

#[test]
fn figures_of_one_name_carry_their_relationship_in_front() {
    let shop = Build::shop();
    let figure = r#""aggregations":{"functions":[{"type":"COUNT","alias":"n"}]}"#;
    let body = filter(&format!(
        r#"[{{"relationship":"OrdersByBillingAddress",{figure}}},{{"relationship":"OrdersByShippingAddress",{figure}}}]"#
    ));
    let plan = shop.list("addresses", &body).unwrap();
    let keys: Vec<_> = plan
        .includes
        .iter()
        .flat_map(|include| &include.figures.as_ref().unwrap().names)
        .map(|name| &*name.key)
        .collect();
    assert_eq!(keys, ["orders_by_billing_address_n", "orders_by_shipping_address_n"]);
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
fn a_column_takes_the_operators_of_its_type() {
    let shop = Build::shop();
    let of = |table: &str, column: &str| -> Vec<&str> {
        operators_of(shop.table(table).column_by_name(column).unwrap()).map(Operator::name).collect()
    };
    let no_text =
        ["eq", "neq", "gt", "gte", "lt", "lte", "in", "notin", "between", "notbetween", "isnull", "isnotnull"];
    assert_eq!(of("users", "email").len(), 18);
    assert_eq!(of("users", "id"), no_text);
    assert_eq!(of("users", "created_at"), no_text);
    assert_eq!(of("users", "is_active"), ["eq", "neq", "in", "isnull", "isnotnull"]);
    assert_eq!(of("products", "data"), ["isnull", "isnotnull"]);
}

#[test]
fn a_uuid_kept_as_bytes_is_not_searched_as_text() {
    let catalog = support::catalog::catalog("t\n  id uuid key as:bytes\n");
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
