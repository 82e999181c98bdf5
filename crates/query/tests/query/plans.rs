//! What a plan says beside its text: figures and their readers, and bounds to the last value that is allowed.

use crate::access::{json, rights, role, user};
use crate::support::{Build, catalog::catalog, tenants, words};
use portcullis_query::{
    Value,
    access::{AccessLevel, Action, Caller, Grant, Policy, RuleGround, RuleWords, TableAccess, TablePolicy},
    plan::{
        Condition,
        internal::{Internal, is},
        parse_key,
    },
    render::{
        self, Dialect,
        dialects::{MARIADB, POSTGRES, SQLITE},
    },
    request::{ListRequest, Paging},
};
use portcullis_schema::{Database, Decode, Naming, Serve};
use std::sync::Arc;

fn filter(expressions: &str) -> String {
    format!(r#"{{"expressions":{expressions}}}"#)
}

fn many(item: &str, times: usize) -> String {
    format!("[{}]", vec![item; times].join(","))
}

#[test]
fn figures_over_relations_know_what_stands_for_no_rows() {
    let shop = Build::shop();
    let figures = |functions: &str, groups: &str| {
        let body =
            format!(r#"[{{"relationship":"Orders","aggregations":{{"functions":{functions},"group_by":{groups}}}}}]"#);
        let plan = shop.list("users", &filter(&body)).unwrap();
        let figures = plan.includes[0].figures.as_ref().unwrap();
        let names: Vec<_> = figures.names.iter().map(|name| format!("{} {}", name.key, name.counts)).collect();
        (names.join(","), figures.grouped)
    };
    let functions = r#"[{"type":"COUNT"},{"type":"COUNT_DISTINCT","field":"note"},{"type":"SUM","field":"total"}]"#;
    let names = "count true,count_distinct true,sum false".to_owned();
    assert_eq!(figures(functions, "[]"), (names.clone(), false));
    assert_eq!(figures(functions, r#"["status"]"#), (names.clone(), true));
    // The key that leads to the parent groups already.
    assert_eq!(figures(functions, r#"["user_id"]"#), (names, false));
}

#[test]
fn a_figure_is_asked_of_types_that_have_it() {
    let shop = Build::shop();
    let refused = |function: &str, field: &str| {
        let body = format!(r#"{{"aggregations":{{"functions":[{{"type":"{function}","field":"{field}"}}]}}}}"#);
        shop.refused("products", &body)
    };
    for (field, min, sum, distinct) in [
        ("price", true, true, true),
        ("name", true, false, true),
        ("released", true, false, true),
        ("guid", false, false, true),
        ("image", false, false, false),
        ("data", false, false, false),
    ] {
        let code = |allowed: bool| if allowed { "accepted" } else { "invalid_operator" };
        for (function, allowed) in
            [("MIN", min), ("MAX", min), ("SUM", sum), ("AVG", sum), ("COUNT_DISTINCT", distinct), ("COUNT", true)]
        {
            let found = refused(function, field);
            // Bytes may be told apart or not; what is ordered is what matters here.
            if (function, field) != ("COUNT_DISTINCT", "image") {
                assert_eq!(found, code(allowed), "{function} {field}");
            }
        }
    }
}

#[test]
fn sums_of_decimals_are_rounded_where_the_engine_keeps_floats() {
    let shop = Build::shop();
    let decode = |dialect: &'static dyn Dialect, field: &str| {
        let planner = shop.planner(&Caller::Administrator, dialect);
        let body = format!(r#"{{"aggregations":{{"functions":[{{"type":"SUM","field":"{field}"}}]}}}}"#);
        let plan = planner.list(shop.table("products"), &words(&body).unwrap()).unwrap();
        plan.select.columns[0].output.shape.decode.clone()
    };
    assert_eq!(decode(&SQLITE, "price"), Decode::DecimalScale(2));
    assert_eq!(decode(&POSTGRES, "price"), Decode::Decimal);
    assert_eq!(decode(&MARIADB, "price"), Decode::Decimal);
    assert_eq!(decode(&SQLITE, "stock"), Decode::Decimal);
}

#[test]
fn sec_50_a_request_may_go_to_its_limits_and_no_further() {
    let shop = Build::shop();
    let keys = |count: usize| format!(r#"{{"sort":{}}}"#, many(r#"{"field":"id"}"#, count));
    assert_eq!((shop.refused("users", &keys(8)), shop.refused("users", &keys(9))), ("accepted", "too_many_sort_keys"));
    let list = |count: usize| format!(r#"{{"field":"id","operator":"in","value":{}}}"#, many("1", count));
    let lists = |count: usize, times: usize| shop.refused("users", &filter(&many(&list(count), times)));
    assert_eq!((lists(1000, 1), lists(1001, 1)), ("accepted", "too_many_values"));
    assert_eq!((lists(1000, 10), lists(999, 11), lists(910, 11)), ("accepted", "too_many_values", "too_many_values"));
    let figures = |count: usize| {
        let all: Vec<_> = (1..count).map(|n| format!(r#"{{"type":"COUNT","alias":"a{n}"}}"#)).collect();
        format!(r#"{{"aggregations":{{"functions":[{}],"group_by":["status"]}}}}"#, all.join(","))
    };
    assert_eq!(shop.refused("orders", &figures(100)), "accepted");
    assert_eq!(shop.refused("orders", &figures(101)), "too_many_figures");
    let size = |size: u64| {
        let request = ListRequest { paging: Paging::Page { page: 1, size: Some(size) }, ..ListRequest::default() };
        shop.admin().list(shop.table("users"), &request).map_or_else(|error| error.code(), |_| "accepted")
    };
    assert_eq!(
        (size(0), size(1), size(1000), size(1001)),
        ("invalid_page_size", "accepted", "accepted", "invalid_page_size")
    );
    // Figures stand one level below the rows they are of.
    let inner = |relationship: &str| {
        format!(
            r#"[{{"relationship":"Orders","expressions":[{{"relationship":"OrderItems","expressions":[{{"relationship":"Product",
            "aggregations":{{"functions":[{{"type":"COUNT"}}],"expressions":[{relationship}]}}}}]}}]}}]"#
        )
    };
    assert_eq!(shop.refused("users", &filter(&inner(r#"{"relationship":"Tags"}"#))), "too_many_relationships");
}

#[test]
fn sorting_needs_values_that_can_be_compared() {
    let shop = Build::shop();
    assert_eq!(shop.refused("products", r#"{"sort":[{"field":"data"}]}"#), "invalid_operator");
    assert_eq!(shop.refused("products", r#"{"sort":[{"field":"price"}]}"#), "accepted");
    let text = "t\n  id int key\n  p.name text\n  up int null ->p.id\np\n  id int key\n  name text\n  data json null\n";
    let build = Build::new(&catalog(text), TableAccess::default(), &[]);
    let relation = build.table("t").relations[0].json_name.clone();
    let sort = |field: &str| build.sql("t", &format!(r#"{{"sort":[{{"field":"{field}"}}]}}"#)).map(|sql| sql.text);
    // A column's own name comes before a walk.
    assert!(sort("p.name").unwrap().contains(r#"ORDER BY t0."p.name""#));
    assert!(sort(&format!("{relation}.name")).unwrap().contains("ORDER BY (SELECT "));
    assert_eq!(sort(&format!("{relation}.data")).unwrap_err().code(), "invalid_operator");
}

#[test]
fn a_key_that_is_a_list_is_written_as_it_stands_in_the_row() {
    let build = Build::new(&catalog("t\n  path int[] key\n"), TableAccess::default(), &[]);
    let key = |text: &str| parse_key(&build.admin(), build.table("t"), text).map_err(|error| error.code());
    assert_eq!(key("[1,2]"), Ok(vec![Value::List(vec![Value::Int(1), Value::Int(2)])]));
    assert_eq!(key("1"), Err("not_found"));
    assert_eq!(key("["), Err("not_found"));
}

#[test]
fn statements_of_our_own_give_the_columns_they_name() {
    let shop = Build::shop();
    let users = shop.table("users");
    let column = |name: &str| users.column_by_name(name).unwrap();
    let grant = Grant::unrestricted(users, Action::Read, "a test");
    let internal = Internal::new(users, &POSTGRES, &grant);
    let statement = internal.select(
        &[column("id"), column("password_hash")],
        is(column("email"), Value::Text("a".into())),
        Some(column("id")),
        1,
    );
    assert_eq!(
        statement.text,
        r#"SELECT t0."id", t0."password_hash" FROM "users" AS t0 WHERE t0."email" = $1 ORDER BY t0."id" LIMIT 1"#
    );
    assert!(statement.outputs.iter().all(|output| output.visible) && statement.outputs.len() == 2);
}

/// A join table one of whose keys is hidden.
fn tagged(hidden: &str) -> &'static str {
    let shop = Build::public_shop(&[hidden]);
    let planner = shop.planner(&Caller::Anonymous, &POSTGRES);
    let body = words(r#"{"expressions":[{"relationship":"Tags"}]}"#).unwrap();
    planner.list(shop.table("products"), &body).map_or_else(|error| error.code(), |_| "accepted")
}

#[test]
fn sec_40_a_way_over_a_table_between_needs_both_of_its_keys() {
    assert_eq!((tagged("product_id"), tagged("tag_id")), ("unknown_relationship", "unknown_relationship"));
    assert_eq!(tagged("position"), "accepted");
}

#[test]
fn sec_40_another_column_of_the_order_stands_for_no_hidden_key() {
    let shop = Build::public_shop(&["id"]);
    let planner = shop.planner(&Caller::Anonymous, &POSTGRES);
    let sorted = ListRequest {
        paging: Paging::Cursor { after: None, size: None },
        ..words(r#"{"sort":[{"field":"email"}]}"#).unwrap()
    };
    assert_eq!(planner.list(shop.table("users"), &sorted).unwrap_err().code(), "invalid_cursor");
}

#[test]
fn sec_53_a_mass_write_touches_what_may_be_both_read_and_written() {
    let mut build = Build::shop();
    let database = Database::build(&catalog(crate::support::SHOP), Naming::Table, &Serve::ALL);
    let level = AccessLevel::Role;
    let access = TableAccess { read: level, create: level, update: level, delete: level };
    build.policy = Policy::new(&database, |table| TablePolicy::new(table, access, &[], &[]));
    let rule = |action: &str, note: &str| RuleWords {
        table: "orders".into(),
        actions: vec![action.into()],
        condition: Some(json(&format!(r#"{{"field":"note","operator":"eq","value":"{note}"}}"#))),
        ..RuleWords::default()
    };
    let keys = |permissions: &[&str], rules: Vec<RuleWords>| {
        let granted = rights(&build, &[role(permissions, rules)]);
        let caller = user(|user| user.rights = Some(granted));
        let planner = build.planner(&caller, &POSTGRES);
        let orders = build.table("orders");
        let grant = planner.write_grant(Action::Delete, orders).unwrap();
        let body = words(&filter(r#"[{"field":"id","operator":"gt","value":5}]"#)).unwrap();
        let plan = planner.mass_keys(orders, &grant, &body.filter, 10).map_err(|error| error.code())?;
        assert_eq!((plan.limit, plan.lock), (Some(11), true));
        let statement = render::select(&plan, &POSTGRES);
        let text = statement.text.split(" ORDER BY ").next().unwrap().to_owned();
        Ok::<_, &str>(text.split_once(" WHERE ").unwrap().1.to_owned())
    };
    let asked = r#"t0."id" > "#;
    assert_eq!(keys(&["orders.*"], Vec::new()), Ok(format!("{asked}$1")));
    assert_eq!(keys(&["orders.*"], vec![rule("*", "x")]), Ok(format!(r#"t0."note" = 'x' AND {asked}$1"#)));
    assert_eq!(
        keys(&["orders.*"], vec![rule("read", "x"), rule("delete", "y")]),
        Ok(format!(r#"(t0."note" = 'y' AND t0."note" = 'x') AND {asked}$1"#))
    );
    assert_eq!(keys(&["orders.*"], vec![rule("read", "x")]), Ok(format!(r#"t0."note" = 'x' AND {asked}$1"#)));
    assert_eq!(keys(&["orders.*"], vec![rule("delete", "x")]), Ok(format!(r#"t0."note" = 'x' AND {asked}$1"#)));
    assert_eq!(keys(&["orders.delete"], Vec::new()), Err("forbidden"));
}

#[test]
fn sec_37_both_rules_of_a_table_and_of_its_owner_confine() {
    let catalog = tenants::shop();
    let mut build = tenants::build(&catalog, true);
    let tenancy = build.policy.tenancy.take();
    let ground = RuleGround { database: &build.database, users: None };
    let orders = build.table("orders").id;
    let rule = Arc::new(ground.read(orders, &json(r#"{"field":"status","operator":"eq","value":"open"}"#)).unwrap());
    let owner = AccessLevel::Owner;
    let access = TableAccess { read: owner, create: owner, update: owner, delete: owner };
    build.policy = Policy::new(&build.database, |table| {
        let mut policy = TablePolicy::new(table, access, &[], &[]);
        policy.owner = table.column_by_name("user_id").map(|column| column.id);
        policy.row_rule = Some(rule.clone()).filter(|_| table.id == orders);
        policy
    });
    build.policy.tenancy = tenancy;
    let caller = user(|user| (user.tenant, user.id) = (Some("7".into()), "1".into()));
    let planner = build.planner(&caller, &POSTGRES);
    let table = build.table("orders");
    let scope = r#"(t0."account_id" = $1 AND t0."user_id" = $2 AND t0."status" = 'open')"#;
    let key = || vec![vec![Value::Int(5)]];
    let read = planner.get(table, "5").unwrap();
    let update = planner.grant(Action::Update, table).unwrap();
    let set = planner.write_row(table, &update, &crate::support::members(r#"{"total":1}"#), "").unwrap();
    let delete = planner.grant(Action::Delete, table).unwrap();
    let texts = [
        render::select(&read, &POSTGRES).text,
        render::delete(&planner.delete(table, &delete, key(), false), &POSTGRES).text,
        render::update(&planner.update(table, &update, key(), set, false), &POSTGRES).text,
    ];
    assert!(texts[0].contains(scope) && texts[1].contains(scope), "{texts:?}");
    assert!(texts[2].contains(r#"(t0."account_id" = $2 AND t0."user_id" = $3 AND t0."status" = 'open')"#), "{texts:?}");
    // Whose values fit no column is nobody, and an owner who is nobody has no rows.
    let nobody = user(|user| (user.tenant, user.id) = (Some("7".into()), "x".into()));
    let plan = build.planner(&nobody, &POSTGRES).get(table, "5").unwrap();
    assert!(matches!(&plan.scope, Condition::Any(parts) if parts.is_empty()));
}

#[test]
fn an_upsert_changes_neither_the_key_it_found_nor_the_rows_own() {
    let shop = Build::shop();
    let planner = shop.admin();
    let users = shop.table("users");
    let grant = planner.write_grant(Action::Create, users).unwrap();
    let body = crate::support::members(r#"{"id":5,"email":"a@b","first_name":"A","is_active":true}"#);
    let changed = |key: &[&str]| {
        let row = planner.write_row(users, &grant, &body, "").unwrap();
        let words: Vec<String> = key.iter().map(|&word| word.to_owned()).collect();
        let conflict = planner.insert(users, &grant, row, Some(&words), "").unwrap().on_conflict.unwrap();
        let names = |columns: &[&portcullis_schema::Column]| {
            columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(",")
        };
        (names(&conflict.key), names(&conflict.update))
    };
    assert_eq!(changed(&["email"]), ("email".into(), "first_name,is_active".into()));
    assert_eq!(changed(&["id"]), ("id".into(), "email,first_name,is_active".into()));
}
