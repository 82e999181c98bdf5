//! What a request may not ask for: too much, too little, or what is hidden from its caller.

use crate::support::{Build, words};
use portcullis_query::{
    access::Caller,
    render::{self, dialects::POSTGRES},
    request::{ListRequest, Paging},
};

fn filter(expressions: &str) -> String {
    format!(r#"{{"expressions":{expressions}}}"#)
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
        r#"SELECT t0."id" FROM "users" AS t0 WHERE t0."id" = $1 ORDER BY t0."id" LIMIT 11 FOR UPDATE"#
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
fn a_pattern_is_at_most_as_long_as_every_engine_takes() {
    let shop = Build::shop();
    for (length, code) in [(49_999, "accepted"), (50_000, "invalid_filter")] {
        let text = "a".repeat(length);
        let expression = format!(r#"[{{"field":"email","operator":"startswith","value":"{text}"}}]"#);
        assert_eq!(shop.refused("users", &filter(&expression)), code, "{length}");
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
fn sec_40_functions_places_and_comparisons_reach_no_hidden_column() {
    let shop = Build::public_shop(&["note", "data", "email"]);
    let refused = |table: &str, body: &str| {
        let planner = shop.planner(&Caller::Anonymous, &render::dialects::POSTGRES);
        match planner.list(shop.table(table), &crate::support::words(body).unwrap()) {
            Ok(_) => "accepted",
            Err(error) => error.code(),
        }
    };
    for (table, body) in [
        ("orders", r#"{"expressions":[{"field":"text(note)","operator":"startswith","value":"a"}]}"#),
        ("orders", r#"{"expressions":[{"field":"status","operator":"eq","column":"note"}]}"#),
        ("orders", r#"{"expressions":[{"field":"note","operator":"eq","column":"note"}]}"#),
        ("orders", r#"{"sort":[{"field":"text(note)"}]}"#),
        ("orders", r#"{"aggregations":{"group_by":["text(note)"]}}"#),
        ("orders", r#"{"aggregations":{"group_by":["User.email"]}}"#),
        ("orders", r#"{"aggregations":{"functions":[{"type":"ARRAY_AGG","field":"note"}]}}"#),
        ("products", r#"{"expressions":[{"field":"data","path":["a"],"operator":"eq","value":1}]}"#),
        ("products", r#"{"expressions":[{"field":"data","operator":"jsoncontains","value":{}}]}"#),
    ] {
        assert_eq!(refused(table, body), "unknown_column", "{body}");
    }
}
