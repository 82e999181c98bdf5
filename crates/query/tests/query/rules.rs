//! Rules as words: what they may say, how deep, and which columns of the caller's own row they ask for.

use crate::access::{ask, condition, json, rights, role, ruled, shop, user};
use crate::support::{Build, tenants, words};
use portcullis_query::{
    Value,
    access::{
        AccessLevel, Action, Caller, EndUser, Policy, Reason, RefusalKind, RuleGround, RuleWords, TableAccess,
        TablePolicy, compile,
    },
    plan::Planner,
    render::{self, dialects::POSTGRES},
};
use portcullis_schema::{Database, Naming, Serve};
use std::sync::Arc;

fn read(build: &Build, table: &str, rule: &str) -> Result<(), String> {
    let ground = RuleGround { database: &build.database, users: build.database.by_name("users") };
    ground.read(build.table(table).id, &json(rule)).map(|_| ())
}

fn values(build: &Build, caller: &Caller) -> Vec<Value> {
    let plan = build.planner(caller, &POSTGRES).list(build.table("orders"), &words("{}").unwrap()).unwrap();
    render::select(&plan.select, &POSTGRES).values
}

#[test]
fn a_rule_is_one_condition_a_list_of_them_or_a_body() {
    let one = r#"{"field":"id","operator":"eq","value":1}"#;
    let two = r#"{"field":"note","operator":"eq","value":"x"}"#;
    let expected = r#"(t0."id" = 1 AND t0."note" = 'x')"#;
    for rule in [format!("[{one},{two}]"), format!(r#"{{"expressions":[{one},{two}]}}"#)] {
        assert_eq!(condition(&ruled(&rule), &user(|_| {}), "orders"), expected, "{rule}");
    }
    assert_eq!(condition(&ruled(one), &user(|_| {}), "orders"), r#"t0."id" = 1"#);
}

#[test]
fn sec_49_a_constant_of_a_rule_stands_in_the_text_only_where_it_is_plain() {
    let long = "x".repeat(65);
    for (word, plain) in [
        ("in-work 2.0_b", true),
        ("", true),
        ("it's", false),
        (r"a\\b", false),
        ("ä", false),
        ("a;b", false),
        (&long, false),
    ] {
        let build = ruled(&format!(r#"{{"field":"note","operator":"eq","value":"{word}"}}"#));
        let expected = if plain { format!(r#"t0."note" = '{word}'"#) } else { r#"t0."note" = $1"#.to_owned() };
        assert_eq!(condition(&build, &user(|_| {}), "orders"), expected, "{word}");
    }
    // The caller's values never do.
    let build = ruled(r#"{"field":"note","operator":"eq","value":"$user.id"}"#);
    assert_eq!(condition(&build, &user(|_| {}), "orders"), r#"t0."note" = $1"#);
}

#[test]
fn a_list_of_a_rule_may_hold_variables() {
    let build = ruled(r#"{"field":"note","operator":"in","value":["x","$role","$$y","$user.id"]}"#);
    let caller = user(|user| user.roles = vec!["a".into(), "b".into()]);
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(values(&build, &caller), [Value::List(["x", "a", "b", "$y", "1"].map(text).to_vec())]);
    let build = ruled(r#"{"field":"id","operator":"between","value":[3,"$user.id"]}"#);
    assert_eq!(values(&build, &caller), [Value::Int(3), Value::Int(1)]);
    // A value that the caller lacks takes the whole list with it.
    let nobody = user(|user| user.roles = Vec::new());
    let build = ruled(r#"{"field":"note","operator":"in","value":["x","$role"]}"#);
    assert_eq!(condition(&build, &nobody, "orders"), "1 = 0");
}

#[test]
fn one_role_is_compared_as_it_is_and_several_only_as_a_list() {
    let roles = |names: &[&str]| user(|user| user.roles = names.iter().map(|&name| name.to_owned()).collect());
    for (operator, one, several) in [
        ("eq", r#"t0."note" = ANY($1)"#, r#"t0."note" = ANY($1)"#),
        ("in", r#"t0."note" = ANY($1)"#, r#"t0."note" = ANY($1)"#),
        ("neq", r#"t0."note" <> ALL($1)"#, r#"t0."note" <> ALL($1)"#),
        ("notin", r#"t0."note" <> ALL($1)"#, r#"t0."note" <> ALL($1)"#),
        ("startswith", r#"t0."note" ILIKE $1"#, "1 = 0"),
        ("gt", r#"t0."note" > $1"#, "1 = 0"),
    ] {
        let build = ruled(&format!(r#"{{"field":"note","operator":"{operator}","value":"$role"}}"#));
        assert_eq!(condition(&build, &roles(&["a"]), "orders"), one, "{operator}");
        assert_eq!(condition(&build, &roles(&["a", "b"]), "orders"), several, "{operator}");
        assert_eq!(condition(&build, &roles(&[]), "orders"), "1 = 0", "{operator}");
    }
}

#[test]
fn sec_39_a_guest_without_an_id_owns_nothing() {
    let guest = user(|user| user.id = String::new());
    let build = ruled(r#"{"field":"note","operator":"eq","value":"$user.id"}"#);
    assert_eq!(condition(&build, &guest, "orders"), "1 = 0");
    assert_eq!(values(&build, &user(|user| user.id = "7".into())), [Value::Text("7".into())]);
}

#[test]
fn a_rule_nests_eight_levels_deep() {
    let build = shop(AccessLevel::Public, |_, _, _| {});
    let inner = r#"{"field":"EmployeeId","operator":"eq","value":1}"#;
    let nested = |open: &str, levels: usize| format!("{}{inner}{}", open.repeat(levels), "]}".repeat(levels));
    let not = r#"{"operator":"NOT","expressions":["#;
    let walk = r#"{"relationship":"ReportsTo","expressions":["#;
    let walks: Vec<_> = build.table("employees").relations.iter().map(|relation| relation.json_name.clone()).collect();
    let walk = walk.replace("ReportsTo", &walks[0]);
    for open in [not, &walk] {
        assert_eq!(read(&build, "employees", &nested(open, 7)), Ok(()), "{open}");
        assert_eq!(read(&build, "employees", &nested(open, 8)), Ok(()), "{open}");
        assert_eq!(read(&build, "employees", &nested(open, 9)), Err("the condition nests too deep".into()), "{open}");
    }
}

#[test]
fn a_rule_filters_by_relationships_and_embeds_nothing() {
    let build = shop(AccessLevel::Public, |_, _, _| {});
    for (members, accepted) in [
        ("", true),
        (r#","include":true"#, false),
        (r#","include":true,"scope":"both""#, false),
        (r#","aggregations":{"functions":[{"type":"COUNT"}]},"scope":"both""#, false),
        (r#","scope":"filterChild""#, false),
        (r#","aggregations":{"functions":[{"type":"COUNT"}]}"#, false),
    ] {
        let rule = format!(r#"{{"relationship":"User"{members}}}"#);
        assert_eq!(read(&build, "orders", &rule).is_ok(), accepted, "{rule}");
    }
}

#[test]
fn the_columns_of_the_callers_own_row_that_rules_ask_for_are_known() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    let users = build.table("users");
    let id = |name: &str| users.column_by_name(name).unwrap().id;
    let asks = |condition: &str| {
        let rule = RuleWords { table: "orders".into(), condition: Some(json(condition)), ..RuleWords::default() };
        rights(&build, &[role(&["orders.*"], vec![rule])]).user_columns().to_vec()
    };
    let own = |name: &str| format!(r#"{{"field":"note","operator":"eq","value":"$user.{name}"}}"#);
    let (email, first) = (own("email"), own("first_name"));
    assert_eq!(asks(r#"{"field":"id","operator":"eq","value":1}"#), []);
    assert_eq!(asks(&email), [id("email")]);
    assert_eq!(asks(&format!("[{email},{email}]")), [id("email")]);
    assert_eq!(asks(&format!("[{email},{first}]")), [id("email"), id("first_name")]);
    for join in ["OR", "NOT", "AND"] {
        assert_eq!(asks(&format!(r#"{{"operator":"{join}","expressions":[{email}]}}"#)), [id("email")], "{join}");
    }
    assert_eq!(
        asks(&format!(r#"{{"relationship":"User","expressions":[{}]}}"#, email.replace("note", "email"))),
        [id("email")]
    );
    assert_eq!(asks(r#"{"field":"note","operator":"in","value":["x","$user.email"]}"#), [id("email")]);
    // Defaults ask too, and so do the rules of tables.
    let rule = RuleWords {
        table: "orders".into(),
        defaults: vec![("note".into(), json("\"$user.email\""))],
        ..RuleWords::default()
    };
    assert_eq!(rights(&build, &[role(&["orders.*"], vec![rule])]).user_columns(), [id("email")]);
    assert_eq!(ruled(&email).policy.user_columns(), [id("email")]);
    assert_eq!(shop(AccessLevel::Public, |_, _, _| {}).policy.user_columns(), []);
}

#[test]
fn sec_44_rights_over_another_schema_are_none() {
    let build = |text: &str| {
        let database = Database::build(&crate::support::catalog::catalog(text), Naming::Table, &Serve::ALL);
        let access = TableAccess { read: AccessLevel::Role, ..TableAccess::default() };
        let policy = Policy::new(&database, |table| TablePolicy::new(table, access, &[], &[]));
        Build { database, policy }
    };
    let known = build("things\n  id int key\n  name text\n");
    let (granted, problems) = compile(&known.database, None, &[role(&["things.read"], Vec::new())]);
    assert_eq!(problems, []);
    let caller = user(|user| user.rights = Some(Arc::new(granted)));
    assert!(ask(&known, &caller, Action::Read, "things").is_ok());
    for (changed, table) in [
        ("others\n  id int key\n  name text\n", "others"),
        ("things\n  id int key\n  secret_name text\n", "things"),
        ("things\n  id int key\n  name text\nmore\n  id int key\n", "things"),
        ("thingsid\n  name text key\n", "thingsid"),
    ] {
        let refusal = ask(&build(changed), &caller, Action::Read, table).unwrap_err();
        assert_eq!((refusal.kind, refusal.reason), (RefusalKind::Forbidden, Reason::Permission), "{changed}");
    }
}

#[test]
fn sec_37_a_rule_walks_only_over_rows_of_the_callers_tenant() {
    let catalog = tenants::shop();
    let with = |table: &str, rule: &str| {
        let mut build = tenants::build(&catalog, true);
        let ground = RuleGround { database: &build.database, users: None };
        let id = build.table(table).id;
        let rule = Arc::new(ground.read(id, &json(rule)).unwrap());
        let tenancy = build.policy.tenancy.take();
        build.policy = Policy::new(&build.database, |own| {
            let mut policy = TablePolicy::new(own, TableAccess::default(), &[], &[]);
            policy.row_rule = Some(rule.clone()).filter(|_| own.id == id);
            policy
        });
        build.policy.tenancy = tenancy;
        build
    };
    let mine = tenants::member();
    assert_eq!(
        condition(&with("employees", r#"{"relationship":"Boss"}"#), &mine, "employees"),
        r#"(t0."account_id" = $1 AND EXISTS (SELECT 1 FROM "employees" AS t1 WHERE t1."id" = t0."boss_id" AND t1."account_id" = $2))"#
    );
    let several = condition(&with("tags", r#"{"relationship":"Products"}"#), &mine, "tags");
    assert!(several.contains(r#""account_id" = $2"#), "{several}");
    assert!(several.matches("EXISTS (").count() == 2 && several.matches(r#""products" AS "#).count() == 2, "{several}");
}

#[test]
fn defaults_of_roles_may_name_the_caller_and_are_left_out_where_there_is_nothing() {
    let build = shop(AccessLevel::Role, |_, _, _| {});
    let users = build.table("users").column_by_name("email").unwrap().id;
    let given = |default: &str, change: &dyn Fn(&mut EndUser)| {
        let rule = RuleWords {
            table: "orders".into(),
            defaults: vec![("note".into(), json(default))],
            ..RuleWords::default()
        };
        let granted = rights(&build, &[role(&["orders.*"], vec![rule])]);
        let caller = user(|user| {
            user.rights = Some(granted);
            change(user);
        });
        let planner: Planner<'_> = build.planner(&caller, &POSTGRES);
        let orders = build.table("orders");
        let grant = planner.write_grant(Action::Create, orders).unwrap();
        let body = crate::support::members(r#"{"user_id":1,"status":"open","placed_at":"2026-01-01T00:00:00Z"}"#);
        let row = planner.write_row(orders, &grant, &body, "").unwrap();
        let values = planner.insert(orders, &grant, row, None, "").unwrap().values;
        values.iter().find(|(column, _)| column.name == "note").map(|(_, value)| value.clone())
    };
    let text = |text: &str| Some(Value::Text(text.into()));
    assert_eq!(given("\"$role\"", &|_| {}), text("clerk"));
    assert_eq!(given("\"$role\"", &|user| user.roles.push("chief".into())), None);
    assert_eq!(given("\"$role\"", &|user| user.roles.clear()), None);
    assert_eq!(given("\"$tenant\"", &|user| user.tenant = Some("7".into())), text("7"));
    assert_eq!(given("\"$tenant\"", &|_| {}), None);
    assert_eq!(given("\"$user.id\"", &|_| {}), text("1"));
    assert_eq!(given("\"$user.id\"", &|user| user.id.clear()), None);
    let email = |user: &mut EndUser| user.columns = Arc::from([(users, json("\"a@b\""))]);
    assert_eq!(given("\"$user.email\"", &email), text("a@b"));
    assert_eq!(given("\"$user.email\"", &|_| {}), None);
    assert_eq!(given("null", &|_| {}), Some(Value::Null));
}
