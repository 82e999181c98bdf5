//! Who may do what: the decision for every level and caller, roles as words, tenants.

use crate::support::{Build, catalog::catalog, members, words};
use portcullis_query::{
    Json,
    access::{
        AccessLevel, Action, Caller, EndUser, Grant, PermissionWords, Policy, Reason, Refusal, RefusalKind, Rights,
        RoleWords, RuleGround, RuleWords, TableAccess, TablePolicy, Tenancy, TenancyWords, compile, decide, decide_at,
    },
    plan::{Condition, Planner},
    render::{self, dialects::POSTGRES},
};
use portcullis_schema::{Database, Naming, Serve};
use std::sync::Arc;

const LEVELS: [AccessLevel; 5] =
    [AccessLevel::Public, AccessLevel::Authenticated, AccessLevel::Owner, AccessLevel::Role, AccessLevel::Admin];

pub fn json(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}

pub fn shop(level: AccessLevel, change: impl Fn(&str, &Database, &mut TablePolicy)) -> Build {
    let database = Database::build(&catalog(crate::support::SHOP), Naming::Table, &Serve::ALL);
    let access = TableAccess { read: level, create: level, update: level, delete: level };
    let policy = Policy::new(&database, |table| {
        let mut policy = TablePolicy::new(table, access, &[], &[]);
        change(&table.name, &database, &mut policy);
        policy
    });
    Build { database, policy }
}

pub fn user(change: impl FnOnce(&mut EndUser)) -> Caller {
    let mut user = EndUser { id: "1".into(), roles: vec!["clerk".into()], ..EndUser::default() };
    change(&mut user);
    Caller::User(Arc::new(user))
}

pub fn role(permissions: &[&str], rules: Vec<RuleWords>) -> RoleWords {
    let permissions = permissions.iter().map(|name| PermissionWords::from(*name)).collect();
    RoleWords { name: "clerk".into(), permissions, rules }
}

pub fn rights(build: &Build, roles: &[RoleWords]) -> Arc<Rights> {
    let (rights, problems) = compile(&build.database, build.database.by_name("users"), roles);
    assert_eq!(problems, []);
    Arc::new(rights)
}

pub fn ask(build: &Build, caller: &Caller, action: Action, table: &str) -> Result<Grant, Refusal> {
    decide(&build.policy, caller, action, build.table(table).id)
}

pub fn condition(build: &Build, caller: &Caller, table: &str) -> String {
    let planner = build.planner(caller, &POSTGRES);
    let plan = planner.list(build.table(table), &words("{}").unwrap()).unwrap();
    let text = render::select(&plan.select, &POSTGRES).text;
    let found = text.split_once(" WHERE ").map_or("", |(_, rest)| rest);
    found.rsplit_once(" ORDER BY ").map_or(found, |(condition, _)| condition).to_owned()
}

#[test]
fn sec_48_each_level_lets_in_whom_it_names() {
    for level in LEVELS {
        for rbac in [false, true] {
            for owner in [false, true] {
                let mut build = shop(level, |table, database, policy| {
                    let column = database.by_name(table).unwrap().column_by_name("user_id");
                    policy.owner = column.map(|column| column.id).filter(|_| owner);
                });
                build.policy.rbac = rbac;
                let granted = rights(&build, &[role(&["orders.read"], Vec::new())]);
                let plain = user(|_| {});
                let holder = user(|user| user.rights = Some(granted.clone()));
                let chief = user(|user| user.administrator = true);
                let check = |caller: &Caller, expected: Option<RefusalKind>| {
                    let found = ask(&build, caller, Action::Read, "orders").err().map(|refusal| refusal.kind);
                    assert_eq!(found, expected, "{level:?}, roles {rbac}, owner {owner}, {caller:?}");
                };
                let strangers = (level != AccessLevel::Public).then_some(RefusalKind::Unauthenticated);
                check(&Caller::Anonymous, strangers);
                check(&Caller::PublicKey, strangers);
                check(&Caller::Administrator, None);
                check(&chief, None);
                let by_level = match level {
                    AccessLevel::Public | AccessLevel::Authenticated => true,
                    AccessLevel::Owner => owner,
                    // Who brings rights is held to them also where roles are off.
                    AccessLevel::Role => true,
                    AccessLevel::Admin => false,
                };
                let forbidden = |allowed: bool| (!allowed).then_some(RefusalKind::Forbidden);
                check(&holder, forbidden(by_level));
                let roleless = !rbac && level != AccessLevel::Role;
                let without = by_level && (roleless || level == AccessLevel::Public);
                check(&plain, forbidden(without));
            }
        }
    }
}

#[test]
fn refusals_say_what_decided() {
    let build = shop(AccessLevel::Owner, |_, _, _| {});
    let reason = |build: &Build, caller: &Caller| ask(build, caller, Action::Read, "orders").unwrap_err().reason;
    assert_eq!(reason(&build, &Caller::Anonymous), Reason::Level(AccessLevel::Owner));
    assert_eq!(reason(&build, &user(|_| {})), Reason::NoOwner);
    let mut build = shop(AccessLevel::Authenticated, |_, _, _| {});
    build.policy.rbac = true;
    assert_eq!(reason(&build, &user(|_| {})), Reason::Permission);
    let confined = user(|user| user.scopes = Some(Vec::new()));
    assert_eq!(reason(&build, &confined), Reason::KeyScope);
    let build = shop(AccessLevel::Authenticated, |_, _, policy| policy.broken = true);
    assert_eq!(reason(&build, &user(|_| {})), Reason::BrokenRule);
    assert!(ask(&build, &Caller::Administrator, Action::Read, "orders").is_ok());
    // Outward nothing of it shows.
    let told = ask(&build, &user(|_| {}), Action::Read, "orders").unwrap_err();
    assert_eq!((told.to_string().as_str(), told.code()), ("the caller has no right to do this", "forbidden"));
}

#[test]
fn sec_44_permissions_are_named_as_the_contract_says() {
    let mut build = shop(AccessLevel::Authenticated, |_, _, _| {});
    build.policy.rbac = true;
    let may = |permission: PermissionWords| {
        let role = RoleWords { name: "r".into(), permissions: vec![permission], rules: Vec::new() };
        let caller = user(|user| user.rights = Some(rights(&build, &[role])));
        let mut found = Vec::new();
        for table in ["orders", "order_items", "users"] {
            for action in Action::ALL {
                if ask(&build, &caller, action, table).is_ok() {
                    found.push(format!("{table}.{}", action.word()));
                }
            }
        }
        found.join(" ")
    };
    let of = |table: &str| ["read", "create", "update", "delete"].map(|action| format!("{table}.{action}")).join(" ");
    let all = ["orders", "order_items", "users"].map(of).join(" ");
    for (name, expected) in [
        ("orders.read", "orders.read".to_owned()),
        ("ORDERS.Read", "orders.read".to_owned()),
        ("OrderItems.delete", "order_items.delete".to_owned()),
        ("order_items.create", "order_items.create".to_owned()),
        ("orders.*", of("orders")),
        ("*.read", "orders.read order_items.read users.read".to_owned()),
        ("*", all.clone()),
        ("*.*", all.clone()),
        ("orders.preview", String::new()),
        ("users.password", String::new()),
    ] {
        assert_eq!(may(PermissionWords::from(name)), expected, "{name}");
    }
    let row = |name: &str, entity: &str, actions: &str| PermissionWords {
        name: name.into(),
        entity_name: Some(entity.into()),
        allowed_actions: Some(actions.into()),
        scope_expression: None,
    };
    assert_eq!(may(row("Read the orders", "orders", "read,update")), "orders.read orders.update");
    assert_eq!(may(row("Everything", "*", "*")), all);
    assert_eq!(may(row("v1.orders", "Orders", "[\"read\", \"delete\"]")), "orders.read orders.delete");
    assert_eq!(may(row("users.read", "orders", "read")), "orders.read users.read");
}

#[test]
fn what_a_role_says_wrongly_allows_nothing_and_is_told() {
    let build = shop(AccessLevel::Authenticated, |_, _, _| {});
    let told = |role: RoleWords| {
        let (rights, problems) = compile(&build.database, None, &[role]);
        let orders = build.table("orders").id;
        assert!(Action::ALL.iter().all(|action| rights.right(*action, orders).is_none()), "{problems:?}");
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
    };
    assert!(told(role(&["ordrs.read"], Vec::new())).contains("did you mean `orders`?"));
    assert!(told(role(&["orders"], Vec::new())).contains("names no right"));
    assert!(told(role(&["orders.write"], Vec::new())).contains("no action `write`"));
    let rule = |condition: &str, actions: &[&str]| RuleWords {
        table: "orders".into(),
        actions: actions.iter().map(|&word| word.to_owned()).collect(),
        condition: Some(json(condition)),
        ..RuleWords::default()
    };
    for condition in [
        r#"{"field":"no","operator":"eq","value":1}"#,
        r#"{"field":"id","operator":"is","value":1}"#,
        r#"{"field":"id","operator":"eq","value":"$me"}"#,
        r#"{"field":"id","operator":"eq","value":"$user.team"}"#,
        r#"{"relationship":"Nobody","expressions":[]}"#,
        r#"{"operator":"OR","expressions":[]}"#,
        "[]",
        "false",
    ] {
        assert!(!told(role(&["orders.*"], vec![rule(condition, &[])])).is_empty(), "{condition}");
    }
    assert!(
        !told(role(&["orders.*"], vec![rule(r#"{"field":"id","operator":"eq","value":1}"#, &["reed"])])).is_empty()
    );
    let mut permission = PermissionWords::from("orders.*");
    permission.scope_expression = Some(json(r#"{"field":"no","operator":"eq","value":1}"#));
    assert!(!told(RoleWords { permissions: vec![permission], ..RoleWords::default() }).is_empty());
    // A rule alone refines nothing.
    let alone = rule(r#"{"field":"id","operator":"eq","value":1}"#, &["read"]);
    assert!(told(role(&["users.read"], vec![alone])).contains("refines nothing"));
}

#[test]
fn roles_are_united_and_rules_refine() {
    let mut build = shop(AccessLevel::Authenticated, |_, _, _| {});
    build.policy.rbac = true;
    let rule = |field: &str, status: &str| RuleWords {
        table: "orders".into(),
        actions: vec!["read".into()],
        fields: vec!["id".into(), field.into()],
        condition: Some(json(&format!(r#"{{"field":"status","operator":"eq","value":"{status}"}}"#))),
        ..RuleWords::default()
    };
    let open = role(&["orders.*"], vec![rule("status", "open")]);
    let paid = role(&["orders.read"], vec![rule("total", "paid")]);
    let all = role(&["orders.read"], Vec::new());
    let see = |roles: &[RoleWords]| {
        let caller = user(|user| user.rights = Some(rights(&build, roles)));
        let grant = ask(&build, &caller, Action::Read, "orders").unwrap();
        let columns: Vec<_> = grant.readable_columns(build.table("orders")).map(|column| column.name.clone()).collect();
        (condition(&build, &caller, "orders"), columns.join(","))
    };
    assert_eq!(see(std::slice::from_ref(&open)), (r#"t0."status" = 'open'"#.to_owned(), "id,status".to_owned()));
    let both = see(&[open.clone(), paid]);
    assert_eq!(both, (r#"(t0."status" = 'open' OR t0."status" = 'paid')"#.to_owned(), "id,status,total".to_owned()));
    let (rows, columns) = see(&[open.clone(), all]);
    assert_eq!((rows.as_str(), columns.split(',').count()), ("", 8));
    // An update is not refined, its answer shows what may be read.
    let caller = user(|user| user.rights = Some(rights(&build, &[open])));
    let grant = ask(&build, &caller, Action::Update, "orders").unwrap();
    let orders = build.table("orders");
    let (note, total) = (orders.column_by_name("note").unwrap().id, orders.column_by_name("total").unwrap().id);
    assert!(grant.writes(note) && grant.scope().is_all() && !grant.reads(total));
    // Rights of another schema are none.
    let other = shop(AccessLevel::Authenticated, |_, _, _| {});
    let mut smaller = Build {
        database: Database::build(&catalog("orders\n  id int key\n"), Naming::Table, &Serve::ALL),
        policy: other.policy,
    };
    smaller.policy = Policy::new(&smaller.database, |table| TablePolicy::new(table, TableAccess::default(), &[], &[]));
    smaller.policy.rbac = true;
    assert_eq!(ask(&smaller, &caller, Action::Read, "orders").unwrap_err().reason, Reason::Permission);
}

#[test]
fn previews_and_passwords_are_rights_of_their_own() {
    let mut build = shop(AccessLevel::Authenticated, |table, database, policy| {
        policy.password = database.by_name(table).unwrap().column_by_name("password_hash").map(|column| column.id);
    });
    build.policy.rbac = true;
    let sees = |permissions: &[&str]| {
        let caller = user(|user| user.rights = Some(rights(&build, &[role(permissions, Vec::new())])));
        let grant = ask(&build, &caller, Action::Update, "users").unwrap();
        (grant.sees_sql(), grant.writes_password().is_some())
    };
    assert_eq!(sees(&["users.update"]), (false, false));
    assert_eq!(sees(&["users.update", "users.preview"]), (true, false));
    assert_eq!(sees(&["users.update", "users.password"]), (false, true));
    assert_eq!(sees(&["*", "*.password"]), (true, false));
    let key = ask(&build, &Caller::Administrator, Action::Update, "users").unwrap();
    let users = build.table("users").column_by_name("password_hash").unwrap().id;
    assert_eq!(key.writes_password(), Some(users));
    assert!(
        ask(&build, &user(|user| user.administrator = true), Action::Update, "users")
            .unwrap()
            .writes_password()
            .is_none()
    );
}

pub fn ruled(rule: &str) -> Build {
    shop(AccessLevel::Authenticated, |table, database, policy| {
        if table == "orders" {
            let table = database.by_name("orders").unwrap();
            let ground = RuleGround { database, users: database.by_name("users") };
            policy.row_rule = Some(Arc::new(ground.read(table.id, &json(rule)).unwrap()));
        }
    })
}

#[test]
fn sec_39_a_variable_without_a_value_matches_nothing() {
    let users = |build: &Build| build.table("users").column_by_name("account_id").unwrap().id;
    let with = |build: &Build, value: Json| {
        let column = users(build);
        user(|user| user.columns = Arc::from([(column, value)]))
    };
    let mine = r#"{"field":"user_id","operator":"eq","value":"$user.id"}"#;
    let team = r#"{"field":"user_id","operator":"eq","value":"$user.account_id"}"#;
    let build = ruled(mine);
    assert_eq!(condition(&build, &user(|_| {}), "orders"), r#"t0."user_id" = $1"#);
    // An id that the column cannot hold is nobody's.
    assert_eq!(condition(&build, &user(|user| user.id = "x".into()), "orders"), "1 = 0");
    let build = ruled(team);
    assert_eq!(condition(&build, &with(&build, Json::Number("5".into())), "orders"), r#"t0."user_id" = $1"#);
    for nobody in [with(&build, Json::Null), user(|_| {})] {
        assert_eq!(condition(&build, &nobody, "orders"), "1 = 0");
    }
    for (rule, expected) in [
        (format!(r#"{{"operator":"NOT","expressions":[{team}]}}"#), "1 = 0"),
        (format!(r#"{{"operator":"NOT","expressions":[{{"operator":"NOT","expressions":[{team}]}}]}}"#), "1 = 0"),
        (format!(r#"{{"operator":"OR","expressions":[{team},{mine}]}}"#), r#"t0."user_id" = $1"#),
        (format!(r#"{{"operator":"NOT","expressions":[{{"operator":"OR","expressions":[{team},{mine}]}}]}}"#), "1 = 0"),
        (
            format!(r#"{{"operator":"NOT","expressions":[{{"operator":"AND","expressions":[{team},{mine}]}}]}}"#),
            r#"NOT (t0."user_id" = $1)"#,
        ),
        (r#"{"field":"id","operator":"notin","value":[1,"$user.account_id"]}"#.to_owned(), "1 = 0"),
        (r#"{"field":"user_id","operator":"eq","value":"$tenant"}"#.to_owned(), "1 = 0"),
    ] {
        assert_eq!(condition(&ruled(&rule), &user(|_| {}), "orders"), expected, "{rule}");
    }
    // Strangers on a public table have no values either, and no error.
    let mut build = ruled(mine);
    build.policy.open = false;
    let planner = Planner { opened: Some(build.table("orders").id), ..build.planner(&Caller::Anonymous, &POSTGRES) };
    let plan = planner.list(build.table("orders"), &words("{}").unwrap()).unwrap();
    assert!(matches!(&plan.select.scope, Condition::Any(parts) if parts.is_empty()));
}

#[test]
fn rules_name_roles_moments_and_relations() {
    let roles = |names: &[&str]| user(|user| user.roles = names.iter().map(|&name| name.to_owned()).collect());
    let build = ruled(r#"{"field":"note","operator":"eq","value":"$role"}"#);
    assert_eq!(condition(&build, &roles(&["a", "b"]), "orders"), r#"t0."note" = ANY($1)"#);
    assert_eq!(condition(&build, &roles(&[]), "orders"), "1 = 0");
    let build = ruled(r#"{"field":"note","operator":"neq","value":"$role"}"#);
    assert_eq!(condition(&build, &roles(&["a"]), "orders"), r#"t0."note" <> ALL($1)"#);
    let build = ruled(r#"{"field":"placed_at","operator":"lte","value":"$now"}"#);
    let planner = build.planner(&Caller::Anonymous, &POSTGRES);
    let caller = roles(&[]);
    let plan = Planner { caller: &caller, ..planner }.list(build.table("orders"), &words("{}").unwrap()).unwrap();
    let statement = render::select(&plan.select, &POSTGRES);
    assert_eq!(format!("{:?}", statement.values), r#"[Text("2026-01-01 00:00:00")]"#);
    for (word, moment) in
        [("$now-7d", "2025-12-25 00:00:00"), ("$now+90m", "2026-01-01 01:30:00"), ("$now-1w", "2025-12-25 00:00:00")]
    {
        let build = ruled(&format!(r#"{{"field":"placed_at","operator":"gt","value":"{word}"}}"#));
        let planner = Planner { caller: &caller, ..build.planner(&Caller::Anonymous, &POSTGRES) };
        let plan = planner.list(build.table("orders"), &words("{}").unwrap()).unwrap();
        let values = render::select(&plan.select, &POSTGRES).values;
        assert_eq!(values, [portcullis_query::Value::Text(moment.to_owned())], "{word}");
    }
    let ground = RuleGround { database: &build.database, users: None };
    for word in ["$now7d", "$now-", "$now-7", "$now-7y", "$now-d", "$now-999999999999d"] {
        assert!(ground.value(&Json::String(word.to_owned())).is_err(), "{word}");
    }
    let build = ruled(r#"{"relationship":"User","expressions":[{"field":"email","operator":"eq","value":"$$x"}]}"#);
    assert_eq!(
        condition(&build, &caller, "orders"),
        r#"EXISTS (SELECT 1 FROM "users" AS t1 WHERE t1."id" = t0."user_id" AND t1."email" = $1)"#
    );
}

#[test]
fn the_text_of_a_statement_does_not_follow_its_caller() {
    let build = ruled(
        r#"{"operator":"OR","expressions":[{"field":"user_id","operator":"eq","value":"$user.id"},{"field":"note","operator":"in","value":["x","$role"]}]}"#,
    );
    let one = condition(&build, &user(|user| user.id = "1".into()), "orders");
    let two = condition(&build, &user(|user| (user.id, user.roles) = ("22".into(), vec!["other".into()])), "orders");
    assert_eq!(one, two);
}

#[test]
fn sec_36_the_owner_is_set_on_insert_and_kept_on_update() {
    let mut build = shop(AccessLevel::Owner, |table, database, policy| {
        policy.owner = database.by_name(table).unwrap().column_by_name("user_id").map(|column| column.id);
    });
    let orders = build.table("orders");
    let write = |caller: &Caller, action: Action, body: &str| {
        let planner = build.planner(caller, &POSTGRES);
        let grant = planner.write_grant(action, orders).map_err(|error| error.code())?;
        let row = planner.write_row(orders, &grant, &members(body), "").map_err(|error| error.code())?;
        let row = match action {
            Action::Create => planner.insert(orders, &grant, row, None, "").map_err(|error| error.code())?.values,
            _ => row,
        };
        Ok::<_, &str>(
            row.iter().map(|(column, value)| format!("{}={value:?}", column.name)).collect::<Vec<_>>().join(" "),
        )
    };
    let order = r#""status":"open","total":1,"placed_at":"2026-01-01T00:00:00Z""#;
    let (mine, chief) = (user(|_| {}), user(|user| user.administrator = true));
    assert!(write(&mine, Action::Create, &format!("{{{order}}}")).unwrap().ends_with("user_id=Int(1)"));
    assert!(
        write(&mine, Action::Create, &format!(r#"{{{order},"user_id":"1"}}"#)).unwrap().ends_with("user_id=Int(1)")
    );
    assert_eq!(write(&mine, Action::Create, &format!(r#"{{{order},"user_id":2}}"#)), Err("forbidden_value"));
    assert_eq!(write(&mine, Action::Create, &format!(r#"{{{order},"userId":null}}"#)), Err("forbidden_value"));
    assert_eq!(write(&mine, Action::Update, r#"{"user_id":2}"#), Err("forbidden_value"));
    assert_eq!(write(&mine, Action::Update, r#"{"user_id":1,"note":"x"}"#).unwrap(), r#"note=Text("x")"#);
    assert!(write(&chief, Action::Create, &format!(r#"{{{order},"user_id":2}}"#)).unwrap().contains("user_id=Int(2)"));
    assert!(write(&chief, Action::Create, &format!("{{{order}}}")).unwrap().ends_with("user_id=Int(1)"));
    assert_eq!(condition(&build, &mine, "orders"), r#"t0."user_id" = $1"#);
    assert_eq!(condition(&build, &chief, "orders"), "");
    assert_eq!(condition(&build, &Caller::Administrator, "orders"), "");
    build.policy.open = true;
    assert_eq!(condition(&build, &Caller::Anonymous, "orders"), "");
}

#[test]
fn roles_give_new_rows_their_defaults() {
    let mut build = shop(AccessLevel::Authenticated, |_, _, _| {});
    build.policy.rbac = true;
    let rule = RuleWords {
        table: "orders".into(),
        fields: vec!["status".into(), "placed_at".into(), "total".into()],
        defaults: vec![("user_id".into(), json("\"$user.id\"")), ("note".into(), json("\"new\""))],
        ..RuleWords::default()
    };
    let caller = user(|user| user.rights = Some(rights(&build, &[role(&["orders.*"], vec![rule])])));
    let planner = build.planner(&caller, &POSTGRES);
    let orders = build.table("orders");
    let grant = planner.write_grant(Action::Create, orders).unwrap();
    let body = members(r#"{"status":"open","total":1,"placed_at":"2026-01-01T00:00:00Z"}"#);
    let row = planner.write_row(orders, &grant, &body, "").unwrap();
    let insert = planner.insert(orders, &grant, row, None, "").unwrap();
    let shown: Vec<_> = insert.values.iter().map(|(column, value)| format!("{}={value:?}", column.name)).collect();
    assert_eq!(shown[3..], ["user_id=Int(1)", r#"note=Text("new")"#]);
    // What a role does not name cannot be written by its holder.
    let error = planner.write_row(orders, &grant, &members(r#"{"note":"mine"}"#), "").unwrap_err();
    assert_eq!(error.code(), "unknown_column");
}

pub fn tenants(words: &TenancyWords<'_>) -> Build {
    let mut build = shop(AccessLevel::Public, |_, _, _| {});
    let whole = Database::build(&catalog(crate::support::SHOP), Naming::Table, &Serve::ALL);
    build.policy.tenancy = Some(Arc::new(Tenancy::build(whole, &build.database, words)));
    build
}

#[test]
fn sec_39_without_a_tenant_nobody_comes_to_tenants_rows() {
    let build = tenants(&TenancyWords {
        tenant_table: Some("accounts"),
        tenant_column: Some("account_id"),
        exclude: ["products"].into(),
        through: [("orders", "users"), ("order_items", "orders")].into(),
        users: Some(("users", "id")),
        ..TenancyWords::default()
    });
    let kind =
        |caller: &Caller, table: &str| ask(&build, caller, Action::Read, table).err().map(|refusal| refusal.kind);
    let member = user(|user| user.tenant = Some("7".into()));
    for table in ["accounts", "users", "orders", "order_items"] {
        assert_eq!(kind(&Caller::Anonymous, table), Some(RefusalKind::Unauthenticated), "{table}");
        assert_eq!(kind(&user(|_| {}), table), Some(RefusalKind::NoTenant), "{table}");
        assert_eq!(
            kind(&user(|user| user.tenant = Some(String::new())), table),
            Some(RefusalKind::NoTenant),
            "{table}"
        );
        assert_eq!(kind(&user(|user| user.administrator = true), table), Some(RefusalKind::NoTenant), "{table}");
        assert_eq!(kind(&member, table), None, "{table}");
        assert_eq!(kind(&Caller::Administrator, table), None, "{table}");
        assert_eq!(condition(&build, &user(|user| user.tenant = Some("x".into())), table).replace("(", ""), "1 = 0");
    }
    assert_eq!(kind(&Caller::Anonymous, "products"), None);
    assert_eq!(kind(&user(|_| {}), "products"), None);
    // Nobody decided about tags.
    let undecided = ask(&build, &member, Action::Read, "tags").unwrap_err();
    assert_eq!((undecided.kind, undecided.reason), (RefusalKind::Forbidden, Reason::UndecidedTenancy));
    assert!(ask(&build, &Caller::Administrator, Action::Read, "tags").is_ok());
    // An administrator of a tenant stays in it.
    let chief = user(|user| (user.administrator, user.tenant) = (true, Some("7".into())));
    assert_eq!(condition(&build, &chief, "users"), r#"t0."account_id" = $1"#);
}

#[test]
fn each_user_may_be_a_tenant_and_users_may_have_several() {
    let single = tenants(&TenancyWords {
        tenant_table: Some("users"),
        tenant_column: Some("user_id"),
        users: Some(("users", "id")),
        ..TenancyWords::default()
    });
    assert_eq!(condition(&single, &user(|_| {}), "orders"), r#"t0."user_id" = $1"#);
    assert_eq!(condition(&single, &user(|_| {}), "users"), r#"t0."id" = $1"#);
    // Without a column of their own users are seen by themselves, or by those of their tenant.
    let alone = tenants(&TenancyWords {
        tenant_table: Some("accounts"),
        tenant_column: Some("tenant_id"),
        users: Some(("users", "id")),
        ..TenancyWords::default()
    });
    assert_eq!(condition(&alone, &user(|_| {}), "users"), r#"t0."id" = $1"#);
    let several = tenants(&TenancyWords {
        tenant_table: Some("accounts"),
        tenant_column: Some("tenant_id"),
        users: Some(("users", "id")),
        membership: Some(("orders", "user_id", "billing_address_id")),
        ..TenancyWords::default()
    });
    let member = user(|user| user.tenant = Some("7".into()));
    assert_eq!(
        condition(&several, &member, "users"),
        r#"EXISTS (SELECT 1 FROM "orders" AS t1 WHERE t1."user_id" = t0."id" AND t1."billing_address_id" = $1)"#
    );
    assert_eq!(condition(&several, &member, "orders"), r#"t0."billing_address_id" = $1"#);
    assert_eq!(ask(&several, &member, Action::Create, "users").unwrap_err().reason, Reason::MadeElsewhere);
}

#[test]
fn a_public_route_opens_its_table_and_no_rule() {
    let mut build = ruled(r#"{"field":"status","operator":"eq","value":"open"}"#);
    build.policy.rbac = true;
    build.policy.public_routes = Arc::from([vec!["orders".to_owned()]]);
    let orders = build.table("orders").id;
    assert!(build.policy.is_public(&["orders"]));
    for other in
        [&["Orders"][..], &["orders", "5"], &["orders", ""], &["", "orders"], &[], &["orders/"], &["orders", "count"]]
    {
        assert!(!build.policy.is_public(other), "{other:?}");
    }
    for caller in [Caller::Anonymous, user(|_| {})] {
        let grant = decide_at(&build.policy, &caller, Action::Read, orders, true).unwrap();
        assert!(grant.scope().rule.is_some());
        assert!(decide_at(&build.policy, &caller, Action::Read, orders, false).is_err());
    }
}
