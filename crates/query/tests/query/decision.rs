//! What one decision gives: keys that are confined, SQL texts, columns, and the reason of a refusal.

use crate::access::{ask, json, rights, role, shop, tenants, user};
use crate::support::Build;
use portcullis_query::access::{
    AccessLevel, Action, Caller, EndUser, Grant, PermissionWords, Reason, Refusal, RefusalKind, RoleWords, RowScope,
    RuleWords, Scope, TableAccess, TenancyWords, compile, decide,
};
use std::sync::Arc;

fn columns(grant: &Grant, build: &Build, table: &str) -> String {
    let names: Vec<_> = grant.readable_columns(build.table(table)).map(|column| column.name.clone()).collect();
    names.join(",")
}

fn refusal(build: &Build, caller: &Caller, action: Action, table: &str) -> (RefusalKind, Reason) {
    let refusal = ask(build, caller, action, table).unwrap_err();
    (refusal.kind, refusal.reason)
}

#[test]
fn a_key_does_what_its_scopes_name_and_nothing_beside() {
    let build = shop(AccessLevel::Authenticated, |_, _, _| {});
    let (orders, users) = (build.table("orders").id, build.table("users").id);
    let may = |scopes: Option<Vec<Scope>>| {
        let caller = user(|user| user.scopes = scopes.clone());
        let all = [orders, users].into_iter().flat_map(|table| Action::ALL.map(|action| (table, action)));
        let of = |(table, action): (_, Action)| (build.database.table(table).name.clone(), action);
        let allowed = all.filter(|(table, action)| decide(&build.policy, &caller, *action, *table).is_ok());
        allowed.map(of).map(|(table, action)| format!("{table}.{}", action.word())).collect::<Vec<_>>()
    };
    let scope = |table, action| Scope { table, action };
    let every = |table: &str| ["read", "create", "update", "delete"].map(|action| format!("{table}.{action}"));
    assert_eq!(may(None), [every("orders"), every("users")].concat());
    assert_eq!(may(Some(Vec::new())), [] as [String; 0]);
    assert_eq!(may(Some(vec![scope(Some(orders), Some(Action::Read))])), ["orders.read"]);
    assert_eq!(may(Some(vec![scope(Some(orders), None)])), every("orders"));
    assert_eq!(may(Some(vec![scope(None, Some(Action::Update))])), ["orders.update", "users.update"]);
    assert_eq!(may(Some(vec![scope(None, None)])), [every("orders"), every("users")].concat());
    let two = vec![scope(Some(orders), Some(Action::Read)), scope(Some(users), Some(Action::Delete))];
    assert_eq!(may(Some(two)), ["orders.read", "users.delete"]);
}

#[test]
fn a_caller_is_named_by_the_id_alone() {
    let name = |change: fn(&mut EndUser)| format!("{:?}", user(change));
    assert_eq!(name(|_| {}), r#"User("1")"#);
    assert_eq!(name(|user| (user.tenant, user.session) = (Some("7".into()), Some("s".into()))), name(|_| {}));
    assert_ne!(name(|user| user.id = "2".into()), name(|_| {}));
}

#[test]
fn sec_48_strangers_are_asked_for_credentials_also_where_nobody_would_pass() {
    let build = shop(AccessLevel::Public, |_, _, policy| policy.broken = true);
    let broken = |caller: &Caller| refusal(&build, caller, Action::Read, "orders");
    for caller in [Caller::Anonymous, Caller::PublicKey] {
        assert_eq!(broken(&caller), (RefusalKind::Unauthenticated, Reason::BrokenRule));
    }
    assert_eq!(broken(&user(|_| {})), (RefusalKind::Forbidden, Reason::BrokenRule));
    let build = tenants(&TenancyWords { tenant_table: Some("accounts"), ..TenancyWords::default() });
    let undecided = |caller: &Caller| refusal(&build, caller, Action::Read, "orders");
    assert_eq!(undecided(&Caller::Anonymous), (RefusalKind::Unauthenticated, Reason::UndecidedTenancy));
    assert_eq!(undecided(&user(|_| {})), (RefusalKind::Forbidden, Reason::UndecidedTenancy));
}

#[test]
fn texts_of_statements_are_shown_to_whom_the_settings_name() {
    let mut build = shop(AccessLevel::Public, |_, _, _| {});
    let sees = |build: &Build, caller: &Caller| ask(build, caller, Action::Read, "orders").unwrap().sees_sql();
    let callers = [Caller::Anonymous, Caller::PublicKey, user(|_| {}), Caller::Administrator];
    let told = |build: &Build| callers.each_ref().map(|caller| sees(build, caller));
    assert_eq!(told(&build), [false, false, false, true]);
    build.policy.show_sql = true;
    assert_eq!(told(&build), [false, false, true, true]);
    build.policy.open = true;
    assert_eq!(told(&build), [false, false, true, true]);
    build.policy.show_sql = false;
    assert_eq!(told(&build), [false, false, false, true]);
}

#[test]
fn refusals_by_level_name_the_level() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    assert_eq!(
        refusal(&build, &user(|_| {}), Action::Read, "orders"),
        (RefusalKind::Forbidden, Reason::Level(AccessLevel::Role))
    );
    let told: Vec<String> = [
        Reason::Level(AccessLevel::Public),
        Reason::Level(AccessLevel::Authenticated),
        Reason::Level(AccessLevel::Owner),
        Reason::Level(AccessLevel::Role),
        Reason::Level(AccessLevel::Admin),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    let words = ["public", "authenticated", "owner", "role", "admin"];
    assert_eq!(told, words.map(|word| format!("the table's access level is `{word}`")));
    let codes = [RefusalKind::Unauthenticated, RefusalKind::Forbidden, RefusalKind::NoTenant]
        .map(|kind| Refusal { kind, reason: Reason::NoTenant }.code());
    assert_eq!(codes, ["unauthenticated", "forbidden", "no_tenant"]);
}

#[test]
fn each_action_has_a_level_of_its_own() {
    let mut build = shop(AccessLevel::Public, |_, _, _| {});
    for closed in Action::ALL {
        let level = |action| if action == closed { AccessLevel::Admin } else { AccessLevel::Public };
        let access = TableAccess {
            read: level(Action::Read),
            create: level(Action::Create),
            update: level(Action::Update),
            delete: level(Action::Delete),
        };
        build = shop(AccessLevel::Public, |_, _, policy| policy.access = access);
        for action in Action::ALL {
            assert_eq!(ask(&build, &Caller::Anonymous, action, "orders").is_err(), action == closed, "{closed:?}");
        }
    }
    assert!(ask(&build, &Caller::Administrator, Action::Delete, "orders").unwrap().is_unconfined());
    assert!(!ask(&build, &user(|user| user.administrator = true), Action::Read, "orders").unwrap().is_unconfined());
}

fn rule(actions: &[&str], fields: &[&str]) -> RuleWords {
    RuleWords {
        table: "orders".into(),
        actions: actions.iter().map(|&word| word.to_owned()).collect(),
        fields: fields.iter().map(|&word| word.to_owned()).collect(),
        ..RuleWords::default()
    }
}

#[test]
fn sec_45_an_answer_to_a_write_shows_what_its_caller_may_read() {
    let mut build = shop(AccessLevel::Role, |_, _, _| {});
    let granted = |build: &Build, role: RoleWords, action: Action| {
        let caller = user(|user| user.rights = Some(rights(build, std::slice::from_ref(&role))));
        let grant = ask(build, &caller, action, "orders").unwrap();
        let orders = build.table("orders");
        let written: Vec<_> =
            orders.columns.iter().filter(|column| grant.writes(column.id)).map(|column| &*column.name).collect();
        (columns(&grant, build, "orders"), written.join(","))
    };
    let every = "id,user_id,billing_address_id,shipping_address_id,status,total,note,placed_at";
    let both = role(&["orders.*"], vec![rule(&["read"], &["id", "status"]), rule(&["update"], &["note"])]);
    let blind = role(&["orders.update"], vec![rule(&[], &["note", "status"])]);
    assert_eq!(granted(&build, both.clone(), Action::Read).0, "id,status");
    assert_eq!(granted(&build, both.clone(), Action::Update), ("id,status".into(), "note".into()));
    assert_eq!(granted(&build, both.clone(), Action::Create), ("id,status".into(), every.into()));
    assert_eq!(granted(&build, blind.clone(), Action::Update), ("status,note".into(), "status,note".into()));
    // What anybody reads is read by the holders of roles too.
    build = shop(AccessLevel::Role, |_, _, policy| policy.access.read = AccessLevel::Public);
    assert_eq!(granted(&build, both, Action::Update), (every.into(), "note".into()));
    assert_eq!(granted(&build, blind, Action::Update), (every.into(), "status,note".into()));
    // Without roles nothing of them is left.
    let build = shop(AccessLevel::Authenticated, |_, _, _| {});
    let grant = ask(&build, &user(|_| {}), Action::Update, "orders").unwrap();
    assert_eq!(columns(&grant, &build, "orders"), every);
    // Administrators of the project write under no role.
    let chief = user(|user| (user.administrator, user.rights) = (true, Some(Arc::default())));
    assert_eq!(columns(&ask(&build, &chief, Action::Update, "orders").unwrap(), &build, "orders"), every);
}

#[test]
fn a_rule_without_columns_leaves_them_all_and_a_star_means_every_action() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    for fields in [&[][..], &["*"], &["id", "*"]] {
        let role = role(&["orders.*"], vec![rule(&["*"], fields)]);
        let caller = user(|user| user.rights = Some(rights(&build, std::slice::from_ref(&role))));
        for action in Action::ALL {
            let grant = ask(&build, &caller, action, "orders").unwrap();
            assert!(columns(&grant, &build, "orders").split(',').count() == 8, "{fields:?} {action:?}");
        }
    }
    let narrow = role(&["orders.*"], vec![rule(&["*"], &["id"])]);
    let caller = user(|user| user.rights = Some(rights(&build, std::slice::from_ref(&narrow))));
    for action in Action::ALL {
        let grant = ask(&build, &caller, action, "orders").unwrap();
        assert_eq!(columns(&grant, &build, "orders"), "id", "{action:?}");
    }
}

#[test]
fn roles_that_say_the_same_are_one() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    let named = |status: &str, default: &str| RuleWords {
        condition: Some(json(&format!(r#"{{"field":"status","operator":"eq","value":"{status}"}}"#))),
        defaults: vec![("note".into(), json(&format!("\"{default}\""))), (status.into(), json("1"))],
        ..rule(&[], &[])
    };
    let status = |word: &str, default: &str| RuleWords {
        defaults: vec![("note".into(), json(&format!("\"{default}\"")))],
        ..named(word, default)
    };
    let roles = [
        role(&["orders.*"], vec![status("open", "one")]),
        role(&["orders.*"], vec![status("open", "two")]),
        role(&["orders.*"], vec![RuleWords { defaults: vec![("total".into(), json("5"))], ..status("paid", "") }]),
    ];
    let granted = rights(&build, &roles);
    let right = granted.right(Action::Create, build.table("orders").id).unwrap();
    assert_eq!(right.rows.as_ref().unwrap().len(), 2, "{right:?}");
    let orders = build.table("orders");
    let given: Vec<_> =
        right.defaults.iter().map(|(id, value)| format!("{} {value:?}", orders.column(*id).name)).collect();
    assert_eq!(given, [r#"note Literal(String("one"))"#, r#"total Literal(Number("5"))"#]);
    assert_eq!(granted.words(), ["orders.*"]);
    let more = rights(&build, &[role(&["orders.read", "users.read", "orders.read"], Vec::new())]);
    assert_eq!(more.words(), ["orders.read", "users.read"]);
    assert!(granted.right(Action::Update, orders.id).unwrap().defaults.is_empty(), "defaults are for new rows");
}

#[test]
fn beside_an_entity_a_name_may_be_anything() {
    let mut build = shop(AccessLevel::Authenticated, |_, _, _| {});
    build.policy.rbac = true;
    let may = |name: &str, entity: &str, actions: &str| {
        let permission = PermissionWords {
            name: name.into(),
            entity_name: Some(entity.into()),
            allowed_actions: Some(actions.into()),
            scope_expression: None,
        };
        let role = RoleWords { name: "r".into(), permissions: vec![permission], rules: Vec::new() };
        let (rights, problems) = compile(&build.database, None, &[role]);
        let caller = user(|user| user.rights = Some(Arc::new(rights)));
        let tables = ["orders", "users"];
        let pairs = tables.into_iter().flat_map(|table| Action::ALL.map(|action| (table, action)));
        let allowed = pairs.filter(|(table, action)| ask(&build, &caller, *action, table).is_ok());
        let words: Vec<_> = allowed.map(|(table, action)| format!("{table}.{}", action.word())).collect();
        (words.join(" "), problems.len())
    };
    assert_eq!(may("orders.report", "users", "read"), ("users.read".into(), 0));
    assert_eq!(may("*.read", "users", "update"), ("orders.read users.read users.update".into(), 0));
    assert_eq!(may("orders.*", "users", "read"), (format!("{} users.read", of("orders")), 0));
    assert_eq!(may("orders.Preview", "users", "read"), ("users.read".into(), 0));
    assert_eq!(may("v1.read", "users", "read"), ("users.read".into(), 0));
    // An entity or actions that are empty say nothing: the name counts.
    assert_eq!(may("orders.read", " ", "read"), ("orders.read".into(), 0));
    assert_eq!(may("orders.read", "users", ""), ("orders.read".into(), 0));
}

fn of(table: &str) -> String {
    ["read", "create", "update", "delete"].map(|action| format!("{table}.{action}")).join(" ")
}

#[test]
fn what_is_wrong_is_told_once() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    let told = |role: RoleWords| {
        let (_, problems) = compile(&build.database, None, &[role]);
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>()
    };
    let wrong = RuleWords { condition: Some(json(r#"{"field":"no","operator":"eq","value":1}"#)), ..rule(&[], &[]) };
    assert_eq!(told(role(&["orders.*"], vec![wrong.clone()])).len(), 1);
    assert_eq!(told(role(&["orders.*"], vec![RuleWords { fields: vec!["no".into()], ..wrong }])).len(), 1);
    let two = RuleWords { fields: vec!["no".into(), "neither".into()], ..rule(&[], &[]) };
    assert_eq!(told(role(&["orders.*"], vec![two])).len(), 2);
}

#[test]
fn a_grant_may_be_confined_further() {
    let build = shop(AccessLevel::Public, |_, _, _| {});
    let grant = ask(&build, &Caller::Anonymous, Action::Read, "orders").unwrap();
    assert!(grant.scope().is_all());
    let scope = RowScope { tenant: true, ..RowScope::default() };
    let other = grant.confined_to(scope.clone(), "a test");
    assert_eq!((other.scope(), other.table(), other.action()), (&scope, grant.table(), Action::Read));
}
