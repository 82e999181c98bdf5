//! Guards that nothing else meets: each of them alone stands between a caller and a row, a column or a table.

use crate::access::{condition, json, rights, role, shop, user};
use crate::support::{Build, catalog::catalog, members, tenants};
use portcullis_query::{
    access::{AccessLevel, Action, PermissionWords, Policy, RoleWords, RuleGround, TableAccess, TablePolicy},
    render::dialects::POSTGRES,
};
use std::sync::Arc;

#[test]
fn sec_39_a_tenant_that_its_column_cannot_hold_makes_no_row() {
    let build = tenants::build(&tenants::shop(), true);
    let code = |tenant: &str| {
        let caller = user(|user| user.tenant = Some(tenant.to_owned()));
        let planner = build.planner(&caller, &POSTGRES);
        let tags = build.table("tags");
        let grant = planner.write_grant(Action::Create, tags).unwrap();
        let row = planner.write_row(tags, &grant, &members(r#"{"id":1}"#), "").unwrap();
        planner.insert(tags, &grant, row, None, "").map_or_else(|error| error.code(), |_| "planned")
    };
    assert_eq!((code("7"), code("x")), ("planned", "no_tenant"));
}

#[test]
fn sec_44_the_condition_of_a_permission_confines_its_rows() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    let scoped = PermissionWords {
        scope_expression: Some(json(r#"{"field":"note","operator":"eq","value":"x"}"#)),
        ..PermissionWords::from("orders.read")
    };
    let role = RoleWords { name: "clerk".into(), permissions: vec![scoped], rules: Vec::new() };
    let caller = user(|user| user.rights = Some(rights(&build, std::slice::from_ref(&role))));
    assert_eq!(condition(&build, &caller, "orders"), r#"t0."note" = 'x'"#);
    let rule = portcullis_query::access::RuleWords {
        table: "orders".into(),
        condition: Some(json(r#"{"field":"id","operator":"eq","value":1}"#)),
        ..Default::default()
    };
    let both = RoleWords { rules: vec![rule], ..role };
    let caller = user(|user| user.rights = Some(rights(&build, &[both])));
    assert_eq!(condition(&build, &caller, "orders"), r#"(t0."note" = 'x' AND t0."id" = 1)"#);
}

#[test]
fn sec_40_a_read_only_column_is_read_and_not_written() {
    let mut build = Build::shop();
    let names = ["note".to_owned()];
    build.policy = Policy::new(&build.database, |table| TablePolicy::new(table, TableAccess::default(), &[], &names));
    let orders = build.table("orders");
    let caller = user(|_| {});
    let planner = build.planner(&caller, &POSTGRES);
    let grant = planner.write_grant(Action::Update, orders).unwrap();
    let code = |body: &str| {
        planner.write_row(orders, &grant, &members(body), "").map_or_else(|error| error.code(), |_| "planned")
    };
    assert_eq!((code(r#"{"total":1}"#), code(r#"{"note":"x"}"#)), ("planned", "not_writable"));
    assert!(grant.reads(orders.column_by_name("note").unwrap().id));
}

#[test]
fn under_a_rule_a_row_without_a_key_is_refused_before_it_is_written() {
    let mut build = Build::new(&catalog("logs\n  text text null\n"), TableAccess::default(), &[]);
    let ground = RuleGround { database: &build.database, users: None };
    let words = json(r#"{"field":"text","operator":"eq","value":"x"}"#);
    let rule = Arc::new(ground.read(build.table("logs").id, &words).unwrap());
    build.policy = Policy::new(&build.database, |table| {
        let mut policy = TablePolicy::new(table, TableAccess::default(), &[], &[]);
        policy.row_rule = Some(rule.clone());
        policy
    });
    let logs = build.table("logs");
    let caller = user(|_| {});
    let planner = build.planner(&caller, &POSTGRES);
    let grant = planner.write_grant(Action::Create, logs).unwrap();
    let row = planner.write_row(logs, &grant, &members(r#"{"text":"x"}"#), "").unwrap();
    assert_eq!(planner.insert(logs, &grant, row, None, "").unwrap_err().code(), "unsupported");
}

#[test]
fn an_upsert_needs_the_right_to_update() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    let code = |permissions: &[&str]| {
        let granted = rights(&build, &[role(permissions, Vec::new())]);
        let caller = user(|user| user.rights = Some(granted));
        let planner = build.planner(&caller, &POSTGRES);
        let users = build.table("users");
        let grant = planner.write_grant(Action::Create, users).unwrap();
        let row = planner.write_row(users, &grant, &members(r#"{"email":"a@b"}"#), "").unwrap();
        let key = ["email".to_owned()];
        planner.insert(users, &grant, row, Some(&key), "").map_or_else(|error| error.code(), |_| "planned")
    };
    assert_eq!(code(&["users.read", "users.create", "users.update"]), "planned");
    assert_eq!(code(&["users.read", "users.create"]), "forbidden");
}
