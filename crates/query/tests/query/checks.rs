//! What must hold of rows after a write, on SQLite: no change carries a row out of its writer's reach, and no foreign
//! key points at a row its writer could not read.

use crate::access::{json, rights, role, user};
use crate::sqlite;
use crate::support::{
    Build,
    catalog::catalog,
    members,
    naive::insert,
    tenants::{self, OTHER, TENANT},
};
use portcullis_query::{
    Json, Value,
    access::{
        AccessLevel, Action, Caller, EndUser, Policy, RuleWords, TableAccess, TablePolicy, Tenancy, TenancyWords,
    },
    plan::{OnConflict, Planner},
    render::{self, dialects::SQLITE},
};
use portcullis_schema::{Catalog, Database, Naming, Serve};
use rusqlite::Connection;
use std::sync::Arc;

/// Rows of two tenants and of none.
const ROWS: &[(&str, &str)] = &[
    ("accounts", r#"{"id":7}"#),
    ("accounts", r#"{"id":8}"#),
    ("users", r#"{"id":1,"account_id":7}"#),
    ("users", r#"{"id":2,"account_id":8}"#),
    ("users", r#"{"id":3,"account_id":null}"#),
    ("orders", r#"{"id":10,"account_id":7,"status":"open","total":1}"#),
    ("orders", r#"{"id":11,"account_id":7,"status":"archived","total":1}"#),
    ("orders", r#"{"id":20,"account_id":8,"status":"open","total":1}"#),
    ("products", r#"{"id":50,"account_id":7}"#),
    ("products", r#"{"id":60,"account_id":8}"#),
    ("order_items", r#"{"order_id":10,"line":1,"product_id":50}"#),
    ("order_items", r#"{"order_id":20,"line":1,"product_id":60}"#),
    ("shipments", r#"{"id":100,"item_order":10,"item_line":1}"#),
    ("shipments", r#"{"id":200,"item_order":20,"item_line":1}"#),
    ("tags", r#"{"id":70,"account_id":7}"#),
    ("tags", r#"{"id":80,"account_id":8}"#),
    ("product_tags", r#"{"product_id":50,"tag_id":70}"#),
    ("employees", r#"{"id":90,"account_id":7,"boss_id":null}"#),
    ("employees", r#"{"id":91,"account_id":8,"boss_id":null}"#),
];

/// A database and the build over it.
struct World {
    build: Build,
    connection: Connection,
}

impl World {
    fn new(catalog: &Catalog, build: Build, rows: &[(&str, &str)]) -> Self {
        let connection = sqlite::database(catalog);
        let free = Build::new(catalog, TableAccess::default(), &[]);
        for (table, row) in rows {
            sqlite::fetch(&connection, &insert(&free, &SQLITE, table, &members(row))).unwrap();
        }
        Self { build, connection }
    }

    fn shop() -> Self {
        let catalog = tenants::shop();
        Self::new(&catalog, tenants::build(&catalog, true), ROWS)
    }

    /// Writes, asks what must hold, and takes it back.
    fn write(&self, caller: &Caller, action: Action, table: &str, key: &[i64], body: &str) -> String {
        self.connection.execute_batch("SAVEPOINT s").unwrap();
        let verdict = self.verdict(caller, action, table, key, body);
        self.connection.execute_batch("ROLLBACK TO s; RELEASE s").unwrap();
        verdict
    }

    fn verdict(&self, caller: &Caller, action: Action, table: &str, key: &[i64], body: &str) -> String {
        let planner = self.build.planner(caller, &SQLITE);
        let table = self.build.table(table);
        let keys = vec![key.iter().map(|&part| Value::Int(part)).collect::<Vec<_>>()];
        let run = |statement| sqlite::fetch(&self.connection, &statement).unwrap();
        let planned = (|| {
            let grant = planner.write_grant(action, table)?;
            let mut row = planner.write_row(table, &grant, &members(body), "")?;
            if action == Action::Create {
                let plan = planner.insert(table, &grant, row, None, "")?;
                row = plan.values.clone();
                run(render::insert(&plan, &SQLITE));
            } else {
                run(render::update(&planner.update(table, &grant, keys.clone(), row.clone(), false), &SQLITE));
            }
            let needed = planner.needs_checks(table, &grant, &row);
            let checks = planner.checks(table, &grant, keys, &row)?;
            assert_eq!(needed, checks.is_some(), "{body}");
            Ok::<_, portcullis_query::plan::PlanError>(checks)
        })();
        let checks = match planned {
            Ok(None) => return "unchecked".to_owned(),
            Ok(Some(checks)) => checks,
            Err(error) => return error.code().to_owned(),
        };
        if run(render::select(&checks.all, &SQLITE)).len() == 1 {
            return "kept".to_owned();
        }
        for (columns, parent) in &checks.parents {
            if run(render::select(parent, &SQLITE)).is_empty() {
                let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
                return format!("parent of {}", names.join(","));
            }
        }
        "out of scope".to_owned()
    }

    fn count(&self, condition: &str) -> i64 {
        self.connection.query_row(&format!("SELECT count(*) FROM {condition}"), [], |row| row.get(0)).unwrap()
    }
}

#[test]
fn sec_35_no_change_carries_a_row_out_of_its_writers_reach() {
    let world = World::shop();
    let mine = tenants::member();
    for (table, key, body, verdict) in [
        ("orders", &[10][..], r#"{"status":"paid"}"#, "kept"),
        ("orders", &[10], r#"{"status":"archived"}"#, "out of scope"),
        ("orders", &[10], r#"{"status":"archived","user_id":1}"#, "out of scope"),
        ("orders", &[10], r#"{"total":2}"#, "kept"),
        // Where nothing of the scope and no foreign key is written nothing is asked.
        ("tags", &[70], r#"{"name":"x"}"#, "unchecked"),
        ("order_items", &[10, 1], r#"{"quantity":5}"#, "unchecked"),
        ("order_items", &[10, 1], r#"{"order_id":10}"#, "kept"),
        ("order_items", &[10, 1], r#"{"line":1}"#, "unchecked"),
        ("shipments", &[100], r#"{"note":"x"}"#, "unchecked"),
        ("shipments", &[100], r#"{"item_line":null}"#, "out of scope"),
        ("shipments", &[100], r#"{"item_order":null}"#, "out of scope"),
        // Writing nothing is checked where a rule could be broken by others.
        ("orders", &[10], r#"{"account_id":7,"total":1}"#, "kept"),
    ] {
        assert_eq!(world.write(&mine, Action::Update, table, key, body), verdict, "{table} {body}");
    }
    for (table, key, body, verdict) in [
        ("orders", &[30][..], r#"{"id":30,"status":"open"}"#, "kept"),
        ("orders", &[30], r#"{"id":30,"status":"archived"}"#, "out of scope"),
        ("tags", &[71], r#"{"id":71,"name":"x"}"#, "unchecked"),
        ("order_items", &[10, 2], r#"{"order_id":10,"line":2}"#, "kept"),
        ("shipments", &[300], r#"{"id":300,"item_order":null,"item_line":1}"#, "out of scope"),
        ("shipments", &[300], r#"{"id":300,"note":"x"}"#, "out of scope"),
    ] {
        assert_eq!(world.write(&mine, Action::Create, table, key, body), verdict, "{table} {body}");
    }
    // Whom nothing confines is asked nothing.
    for (table, key, body) in
        [("orders", &[10][..], r#"{"user_id":2}"#), ("order_items", &[10, 1], r#"{"product_id":60}"#)]
    {
        assert_eq!(world.write(&Caller::Administrator, Action::Update, table, key, body), "unchecked", "{body}");
    }
}

#[test]
fn sec_38_a_foreign_key_points_at_a_row_its_writer_could_read() {
    let world = World::shop();
    let mine = tenants::member();
    for (table, key, body, verdict) in [
        ("orders", &[10][..], r#"{"user_id":1}"#, "kept"),
        ("orders", &[10], r#"{"user_id":2}"#, "parent of user_id"),
        ("orders", &[10], r#"{"user_id":3}"#, "parent of user_id"),
        ("orders", &[10], r#"{"user_id":99}"#, "parent of user_id"),
        ("orders", &[10], r#"{"user_id":null}"#, "kept"),
        ("orders", &[10], r#"{"user_id":2,"status":"archived"}"#, "parent of user_id"),
        ("employees", &[90], r#"{"boss_id":90}"#, "kept"),
        ("employees", &[90], r#"{"boss_id":91}"#, "parent of boss_id"),
        ("employees", &[90], r#"{"boss_id":null}"#, "unchecked"),
        ("employees", &[90], r#"{"boss_id":null,"name":"x"}"#, "unchecked"),
        ("order_items", &[10, 1], r#"{"product_id":50}"#, "kept"),
        ("order_items", &[10, 1], r#"{"product_id":60}"#, "parent of product_id"),
        ("order_items", &[10, 1], r#"{"product_id":60,"quantity":5}"#, "parent of product_id"),
        ("shipments", &[100], r#"{"item_order":10,"item_line":1}"#, "kept"),
        ("shipments", &[100], r#"{"item_order":20}"#, "parent of item_order,item_line"),
    ] {
        assert_eq!(world.write(&mine, Action::Update, table, key, body), verdict, "{table} {body}");
    }
    for (table, key, body, verdict) in [
        ("orders", &[30][..], r#"{"id":30,"status":"open","user_id":1}"#, "kept"),
        ("orders", &[30], r#"{"id":30,"status":"open","user_id":2}"#, "parent of user_id"),
        ("order_items", &[20, 2], r#"{"order_id":20,"line":2}"#, "parent of order_id"),
        // The caller's tenant has the order, but a rule hides it.
        ("order_items", &[11, 1], r#"{"order_id":11,"line":1}"#, "parent of order_id"),
        ("product_tags", &[50, 80], r#"{"product_id":50,"tag_id":80}"#, "parent of tag_id"),
        ("product_tags", &[60, 70], r#"{"product_id":60,"tag_id":70}"#, "parent of product_id"),
    ] {
        assert_eq!(world.write(&mine, Action::Create, table, key, body), verdict, "{table} {body}");
    }
}

#[test]
fn sec_38_a_parent_in_a_table_that_may_not_be_read_is_out_of_reach() {
    let catalog = tenants::shop();
    let with = |read: AccessLevel| {
        let database = Database::build(&catalog, Naming::Table, &Serve::ALL);
        let policy = Policy::new(&database, |table| {
            let read = if table.name == "users" { read } else { AccessLevel::Authenticated };
            TablePolicy::new(table, TableAccess { read, ..TableAccess::default() }, &[], &[])
        });
        World::new(&catalog, Build { database, policy }, ROWS)
    };
    let write = |world: &World, body: &str| world.write(&user(|_| {}), Action::Update, "orders", &[10], body);
    let closed = with(AccessLevel::Admin);
    assert_eq!(write(&closed, r#"{"user_id":1}"#), "parent of user_id");
    assert_eq!(write(&closed, r#"{"user_id":null}"#), "unchecked");
    assert_eq!(write(&closed, r#"{"account_id":8}"#), "unchecked", "all accounts may be read");
    assert_eq!(write(&with(AccessLevel::Authenticated), r#"{"user_id":2}"#), "unchecked");
    let mut open = with(AccessLevel::Admin);
    open.build.policy.open = true;
    assert_eq!(open.write(&Caller::Anonymous, Action::Update, "orders", &[10], r#"{"user_id":1}"#), "unchecked");
}

#[test]
fn sec_38_a_parent_in_a_table_that_is_not_served_is_a_tenants_too() {
    let catalog = tenants::shop();
    let serve = |hidden: &'static [&'static str], column: Option<&'static str>| {
        let table = move |name: &str| !hidden.contains(&name);
        let column = move |_: &str, name: &str| Some(name) != column;
        let database = Database::build(&catalog, Naming::Table, &Serve { table: &table, column: &column });
        let mut policy = Policy::new(&database, |table| TablePolicy::new(table, TableAccess::default(), &[], &[]));
        let words = TenancyWords {
            tenant_table: Some("accounts"),
            tenant_column: Some("account_id"),
            through: tenants::THROUGH.into_iter().collect(),
            users: Some(("users", "id")),
            exclude: ["tags"].into(),
            ..TenancyWords::default()
        };
        let whole = Database::build(&catalog, Naming::Table, &Serve::ALL);
        policy.tenancy = Some(Arc::new(Tenancy::build(whole, &database, &words)));
        World::new(&catalog, Build { database, policy }, ROWS)
    };
    let mine = tenants::member();
    let world = serve(&["users", "orders", "products"], None);
    let write = |table: &str, key: &[i64], body: &str| world.write(&mine, Action::Update, table, key, body);
    assert_eq!(write("order_items", &[10, 1], r#"{"product_id":50}"#), "kept");
    assert_eq!(write("order_items", &[10, 1], r#"{"product_id":60}"#), "parent of product_id");
    assert_eq!(write("order_items", &[10, 1], r#"{"product_id":null}"#), "unchecked");
    let create = |key: &[i64], body: &str| world.write(&mine, Action::Create, "order_items", key, body);
    assert_eq!(create(&[11, 3], r#"{"order_id":11,"line":3}"#), "kept", "no rule over a table that is not served");
    assert_eq!(create(&[20, 3], r#"{"order_id":20,"line":3}"#), "parent of order_id");
    let free = world.write(&Caller::Administrator, Action::Update, "order_items", &[10, 1], r#"{"product_id":60}"#);
    assert_eq!(free, "unchecked");
    // Everybody's rows are within everybody's reach, served or not.
    let world = serve(&["tags"], None);
    let write = |body: &str| world.write(&mine, Action::Create, "product_tags", &[50, 80], body);
    assert_eq!(write(r#"{"product_id":50,"tag_id":80}"#), "kept");
    assert_eq!(
        world
            .build
            .policy
            .tenancy
            .as_ref()
            .unwrap()
            .hidden_parents(world.build.table("product_tags").id, &world.build.database)
            .count(),
        0
    );
    // A key over a column that is not served is nobody's to write.
    let world = serve(&["products"], Some("product_id"));
    assert_eq!(world.write(&mine, Action::Update, "order_items", &[10, 1], r#"{"quantity":1}"#), "unchecked");
}

#[test]
fn sec_35_a_row_scoped_over_no_foreign_key_is_checked_all_the_same() {
    let catalog = catalog(&format!("{}notes\n  id int key\n  user_id int\n  text text null\n", tenants::TABLES));
    let database = Database::build(&catalog, Naming::Table, &Serve::ALL);
    let mut policy = Policy::new(&database, |table| TablePolicy::new(table, TableAccess::default(), &[], &[]));
    let words = TenancyWords {
        tenant_table: Some("accounts"),
        tenant_column: Some("account_id"),
        users: Some(("users", "id")),
        of_users: vec![("notes", "user_id")],
        ..TenancyWords::default()
    };
    let whole = Database::build(&catalog, Naming::Table, &Serve::ALL);
    policy.tenancy = Some(Arc::new(Tenancy::build(whole, &database, &words)));
    let world =
        World::new(&catalog, Build { database, policy }, &[ROWS, &[("notes", r#"{"id":1,"user_id":1}"#)]].concat());
    let mine = tenants::member();
    for (body, verdict) in
        [(r#"{"user_id":1}"#, "kept"), (r#"{"user_id":2}"#, "out of scope"), (r#"{"text":"x"}"#, "unchecked")]
    {
        assert_eq!(world.write(&mine, Action::Update, "notes", &[1], body), verdict, "{body}");
    }
    for (body, verdict) in [(r#"{"id":2,"user_id":1}"#, "kept"), (r#"{"id":2,"user_id":3}"#, "out of scope")] {
        assert_eq!(world.write(&mine, Action::Create, "notes", &[2], body), verdict, "{body}");
    }
}

#[test]
fn triggers_may_move_any_row_that_is_confined() {
    let text = tenants::TABLES.replace("tags\n  id ", "tags triggers\n  id ");
    let catalog = catalog(&text);
    let confined = World::new(&catalog, tenants::build(&catalog, true), ROWS);
    let write = |world: &World, body: &str| world.write(&tenants::member(), Action::Update, "tags", &[70], body);
    assert_eq!(write(&confined, r#"{"name":"x"}"#), "kept");
    let free = World::new(&catalog, tenants::build(&catalog, false), ROWS);
    assert_eq!(write(&free, r#"{"name":"x"}"#), "unchecked");
    // It need not be the tenant that confines.
    let mut owned = tenants::build(&catalog, false);
    let database = Database::build(&catalog, Naming::Table, &Serve::ALL);
    owned.policy = Policy::new(&database, |table| {
        let access = TableAccess { update: AccessLevel::Owner, ..TableAccess::default() };
        let mut policy = TablePolicy::new(table, access, &[], &[]);
        policy.owner = table.column_by_name("account_id").map(|column| column.id);
        policy
    });
    let owned = World::new(&catalog, owned, ROWS);
    let seven = user(|user| user.id = TENANT.to_string());
    assert_eq!(owned.write(&seven, Action::Update, "tags", &[70], r#"{"name":"x"}"#), "kept");
    assert_eq!(owned.write(&seven, Action::Update, "products", &[50], r#"{"name":"x"}"#), "unchecked");
}

fn ruled(rule: RuleWords, permissions: &[&str]) -> (World, Caller) {
    let catalog = tenants::shop();
    let mut build = tenants::build(&catalog, true);
    build.policy.rbac = true;
    let granted = rights(&build, &[role(permissions, vec![rule])]);
    let caller = user(|user| (user.tenant, user.rights) = (Some(TENANT.to_string()), Some(granted)));
    (World::new(&catalog, build, ROWS), caller)
}

#[test]
fn sec_35_the_condition_of_a_role_holds_after_a_write_too() {
    let rule = RuleWords {
        table: "products".into(),
        condition: Some(json(r#"{"field":"name","operator":"neq","value":"gone"}"#)),
        ..RuleWords::default()
    };
    let (world, caller) = ruled(rule, &["products.*"]);
    let write = |body: &str| world.write(&caller, Action::Create, "products", &[51], body);
    assert_eq!(write(r#"{"id":51,"name":"here"}"#), "kept");
    assert_eq!(write(r#"{"id":51,"name":"gone"}"#), "out of scope");
}

#[test]
fn what_a_role_gives_new_rows_is_not_asked_back() {
    let rule = |user: &str| RuleWords {
        table: "employees".into(),
        defaults: vec![("boss_id".into(), json(user))],
        ..RuleWords::default()
    };
    let (world, caller) = ruled(rule("91"), &["employees.*"]);
    let write = |action: Action, body: &str| world.write(&caller, action, "employees", &[92], body);
    // The operator chose the boss of another tenant; a caller may not.
    assert_eq!(write(Action::Create, r#"{"id":92}"#), "unchecked");
    assert_eq!(write(Action::Create, r#"{"id":92,"boss_id":91}"#), "unchecked");
    assert_eq!(write(Action::Create, r#"{"id":92,"boss_id":90}"#), "kept");
    let (world, caller) = ruled(rule("90"), &["employees.*", "accounts.read"]);
    assert_eq!(
        world.write(&caller, Action::Create, "employees", &[92], r#"{"id":92,"boss_id":91}"#),
        "parent of boss_id"
    );
    assert_eq!(world.write(&caller, Action::Update, "employees", &[90], r#"{"boss_id":91}"#), "parent of boss_id");
}

#[test]
fn under_rules_a_table_needs_a_key_to_be_written() {
    let catalog = catalog("logs\n  account_id int null\n  text text null\n");
    let database = Database::build(&catalog, Naming::Table, &Serve::ALL);
    let rule = |build: &Build| {
        let words = json(r#"{"field":"text","operator":"eq","value":"x"}"#);
        let ground = portcullis_query::access::RuleGround { database: &build.database, users: None };
        Arc::new(ground.read(build.table("logs").id, &words).unwrap())
    };
    let policy = Policy::new(&database, |table| TablePolicy::new(table, TableAccess::default(), &[], &[]));
    let free = Build { database, policy };
    let own = Some(rule(&free));
    let world = World::new(&catalog, free, &[]);
    let write = |world: &World, caller: &Caller| world.write(caller, Action::Create, "logs", &[], r#"{"text":"x"}"#);
    assert_eq!(write(&world, &user(|_| {})), "unchecked");
    let policy = Policy::new(&world.build.database, |table| {
        let mut policy = TablePolicy::new(table, TableAccess::default(), &[], &[]);
        policy.row_rule.clone_from(&own);
        policy
    });
    let mut world = world;
    world.build.policy = policy;
    assert_eq!(write(&world, &user(|_| {})), "unsupported");
    assert_eq!(world.write(&user(|_| {}), Action::Update, "logs", &[], r#"{"text":"x"}"#), "unsupported");
    assert_eq!(write(&world, &Caller::Administrator), "unchecked");
    assert_eq!(world.count("logs"), 0);
}

#[test]
fn what_is_checked_is_found_also_where_nothing_of_the_row_may_be_read() {
    let catalog = tenants::shop();
    let mut build = tenants::build(&catalog, true);
    let tenancy = build.policy.tenancy.take();
    let names: Vec<String> = ["order_id", "line", "product_id", "quantity"].map(ToOwned::to_owned).to_vec();
    build.policy = Policy::new(&build.database, |table| TablePolicy::new(table, TableAccess::default(), &names, &[]));
    build.policy.tenancy = tenancy;
    let world = World::new(&catalog, build, ROWS);
    let (planner_caller, items) = (tenants::member(), world.build.table("order_items"));
    let planner = world.build.planner(&planner_caller, &SQLITE);
    let grant = planner.grant(Action::Update, items).unwrap();
    assert_eq!(grant.readable_columns(items).count(), 0);
    let product = items.column_by_name("product_id").unwrap();
    let found = |order: i64, parent: i64| {
        let written = vec![(product, Value::Int(parent))];
        let keys = vec![vec![Value::Int(order), Value::Int(1)]];
        let checks = planner.checks(items, &grant, keys, &written).unwrap().unwrap();
        assert_eq!(checks.parents.len(), 1);
        let rows = |select| sqlite::fetch(&world.connection, &render::select(select, &SQLITE)).unwrap();
        (rows(&checks.all), rows(&checks.parents[0].1))
    };
    let key = |order: i64| vec![vec![Value::Int(order), Value::Int(1)]];
    assert_eq!(found(10, 50), (key(10), key(10)));
    assert_eq!(found(20, 60), (vec![], vec![]));
}

/// The upsert of a row by its key: whether the row of that key is found, and which columns are changed.
fn upsert(
    world: &World,
    caller: &Caller,
    table: &str,
    body: &str,
    also: &[(&str, Value)],
) -> (bool, Option<Vec<String>>) {
    let planner: Planner<'_> = world.build.planner(caller, &SQLITE);
    let table = world.build.table(table);
    let create = planner.write_grant(Action::Create, table).unwrap();
    let update = planner.write_grant(Action::Update, table).unwrap();
    let mut row = planner.write_row(table, &create, &members(body), "").unwrap();
    row.extend(also.iter().map(|(name, value)| (table.column_by_name(name).unwrap(), value.clone())));
    let insert = planner.insert(table, &create, row, Some(&["id".to_owned()]), "").unwrap();
    let conflict: &OnConflict<'_> = insert.on_conflict.as_ref().unwrap();
    let found = planner.conflicting(table, &update, &insert, conflict);
    let found = sqlite::fetch(&world.connection, &render::select(&found, &SQLITE)).unwrap();
    let change = planner.update_conflicting(table, &update, &insert, conflict);
    if let Some(change) = &change {
        sqlite::fetch(&world.connection, &render::update(change, &SQLITE)).unwrap();
    }
    (!found.is_empty(), change.map(|change| change.set.iter().map(|(column, _)| column.name.clone()).collect()))
}

#[test]
fn sec_35_an_upsert_neither_finds_nor_changes_a_row_out_of_reach() {
    let world = World::shop();
    let mine = tenants::member();
    let total = |id: i64| world.count(&format!("orders WHERE id = {id} AND total = 99"));
    let put = |id: i64| upsert(&world, &mine, "orders", &format!(r#"{{"id":{id},"status":"open","total":99}}"#), &[]);
    let set = || Some(vec!["status".to_owned(), "total".to_owned()]);
    assert_eq!((put(10), total(10)), ((true, set()), 1));
    assert_eq!((put(20), total(20)), ((false, set()), 0), "another tenant's");
    assert_eq!((put(11), total(11)), ((false, set()), 0), "hidden by the table's rule");
    // The key alone changes nothing, and neither does what the server sets.
    assert_eq!(upsert(&world, &mine, "orders", r#"{"id":10}"#, &[]), (true, None));
    let own = [("account_id", Value::Int(OTHER))];
    assert_eq!(upsert(&world, &mine, "orders", r#"{"id":10}"#, &own), (true, None));
    assert_eq!(world.count("orders WHERE id = 10 AND account_id = 7"), 1);
}

#[test]
fn an_upsert_changes_what_the_caller_may_change() {
    let rules = vec![RuleWords {
        table: "orders".into(),
        actions: vec!["update".into()],
        fields: vec!["status".into(), "id".into()],
        ..RuleWords::default()
    }];
    let catalog = tenants::shop();
    let put = |permissions: &[&str], also: &[(&str, Value)]| {
        let mut build = tenants::build(&catalog, false);
        build.policy = Policy::new(&build.database, |table| {
            let mut policy = TablePolicy::new(table, TableAccess::default(), &["secret".to_owned()], &[]);
            policy.password = table.column_by_name("secret").map(|column| column.id);
            policy
        });
        build.policy.rbac = true;
        let granted = rights(&build, &[role(permissions, rules.clone())]);
        let caller = user(|user: &mut EndUser| user.rights = Some(granted));
        let world = World::new(&catalog, build, ROWS);
        upsert(&world, &caller, "orders", r#"{"id":10,"status":"open","total":99}"#, also).1
    };
    let names = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    let hash = [("secret", Value::Text("hash".into()))];
    assert_eq!(put(&["orders.*"], &[]), names(&["status"]));
    assert_eq!(put(&["orders.*"], &hash), names(&["status"]));
    assert_eq!(put(&["orders.*", "orders.password"], &hash), names(&["status", "secret"]));
    assert_eq!(put(&["orders.*", "orders.password"], &[]), names(&["status"]));
}

#[test]
fn sec_36_who_has_no_id_owns_nothing_they_write() {
    let catalog = tenants::shop();
    let database = Database::build(&catalog, Naming::Table, &Serve::ALL);
    let policy = Policy::new(&database, |table| {
        let mut policy = TablePolicy::new(table, TableAccess::default(), &[], &[]);
        policy.owner = table.column_by_name("team").map(|column| column.id);
        policy
    });
    let build = Build { database, policy };
    let users = build.table("users");
    let owner = |id: &str| {
        let caller = user(|user| user.id = id.to_owned());
        let planner = build.planner(&caller, &SQLITE);
        let grant = planner.write_grant(Action::Create, users).unwrap();
        let row = planner.write_row(users, &grant, &[("id".to_owned(), Json::Number("5".into()))], "").unwrap();
        let values = planner.insert(users, &grant, row, None, "").unwrap().values;
        values.into_iter().find(|(column, _)| column.name == "team").map(|(_, value)| value)
    };
    assert_eq!(owner("5"), Some(Value::Text("5".into())));
    assert_eq!(owner(""), None);
}

#[test]
fn the_owner_that_the_server_sets_is_not_asked_back_and_one_that_is_named_is() {
    let catalog = tenants::shop();
    let database = Database::build(&catalog, Naming::Table, &Serve::ALL);
    let policy = Policy::new(&database, |table| {
        let read = if table.name == "users" { AccessLevel::Admin } else { AccessLevel::Authenticated };
        let mut policy = TablePolicy::new(table, TableAccess { read, ..TableAccess::default() }, &[], &[]);
        policy.owner = table.column_by_name("user_id").map(|column| column.id);
        policy
    });
    let world = World::new(&catalog, Build { database, policy }, ROWS);
    let own = user(|_| {});
    assert_eq!(world.write(&own, Action::Create, "orders", &[30], r#"{"id":30}"#), "unchecked");
    assert_eq!(world.write(&own, Action::Create, "orders", &[30], r#"{"id":30,"user_id":2}"#), "forbidden_value");
    // An administrator of the project may name another owner: one of a tenant's only within the tenant.
    let world = World::shop();
    let table = |name: &str| world.build.policy.table(world.build.table(name).id).clone();
    let mut confined = Policy::new(&world.build.database, |own| {
        let owner = own.column_by_name("user_id").map(|column| column.id);
        TablePolicy { owner, ..table(&own.name) }
    });
    confined.tenancy.clone_from(&world.build.policy.tenancy);
    let world = World { build: Build { policy: confined, ..world.build }, ..world };
    let chief = user(|user| (user.administrator, user.tenant) = (true, Some(TENANT.to_string())));
    for (owner, verdict) in [(1, "kept"), (2, "parent of user_id")] {
        let body = format!(r#"{{"id":30,"user_id":{owner}}}"#);
        assert_eq!(world.write(&chief, Action::Create, "orders", &[30], &body), verdict);
    }
}

#[test]
fn a_required_column_is_told_also_to_whom_may_only_read_it() {
    let catalog = catalog("things\n  id int key\n  kind text\n");
    let mut build = Build::new(&catalog, TableAccess::default(), &[]);
    build.policy.rbac = true;
    let rule = RuleWords {
        table: "things".into(),
        actions: vec!["create".into()],
        fields: vec!["id".into()],
        ..RuleWords::default()
    };
    let granted = rights(&build, &[role(&["things.*"], vec![rule])]);
    let caller = user(|user| user.rights = Some(granted));
    let planner = build.planner(&caller, &SQLITE);
    let things = build.table("things");
    let grant = planner.write_grant(Action::Create, things).unwrap();
    let row = planner.write_row(things, &grant, &members(r#"{"id":1}"#), "").unwrap();
    let error = planner.insert(things, &grant, row, None, "").unwrap_err();
    assert_eq!((error.code(), error.place()), ("missing_column", Some("/kind")));
}
