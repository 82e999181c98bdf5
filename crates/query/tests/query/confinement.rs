//! Every table of every statement is confined to the caller's tenant, and what comes back is what is the tenant's.
//!
//! `PORTCULLIS_SCOPE_CASES` says how many random requests are planned; `make test` plans 100,000.

use crate::sqlite;
use crate::support::{
    Build, confined,
    naive::insert,
    random::{Filler, Shape, shape},
    tenants::{self, OTHER, TENANT},
};
use portcullis_query::{
    Json, Value,
    access::{Action, Caller},
    plan::{Include, Planner},
    render::{
        self,
        dialects::{MARIADB, POSTGRES, SQLITE},
    },
};
use portcullis_schema::Table;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rusqlite::Connection;
use std::collections::HashSet;

fn cases(default: usize) -> usize {
    std::env::var("PORTCULLIS_SCOPE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Plans everything that can come of a request; gives how many tables it all had.
fn plans(planner: &Planner<'_>, table: &Table, shape: &Shape) -> usize {
    let database = planner.database;
    let table = database.table(table.id);
    let filler = Filler { database, salt: 0 };
    let request = filler.list(shape, table);
    let mut tables = 0;
    if let Ok(plan) = planner.list(table, &request) {
        confined::select(&plan.select, &mut tables);
        plan.count.iter().for_each(|count| confined::select(count, &mut tables));
        confined::includes(&plan.includes, &mut tables);
    }
    if let Ok(count) = planner.count(table, &request) {
        confined::select(&count, &mut tables);
    }
    let key = |n: i64| table.primary_key.iter().map(|_| Value::Int(n)).collect::<Vec<_>>();
    let read = planner.grant(Action::Read, table).unwrap();
    confined::select(&planner.row(table, &read, &key(1)), &mut tables);
    confined::select(&planner.rows_by_key(table, &read, vec![key(1), key(2)]), &mut tables);
    let (update, delete) =
        (planner.grant(Action::Update, table).unwrap(), planner.grant(Action::Delete, table).unwrap());
    for grant in [&update, &delete] {
        if let Ok(keys) = planner.mass_keys(table, grant, &request.filter, 10) {
            confined::select(&keys, &mut tables);
            confined::update(&keys.clone().into_update(Vec::new()), &mut tables);
            confined::delete(&keys.into_delete(), &mut tables);
        }
    }
    let members = filler.row(shape, table);
    let fits: Vec<_> = members.into_iter().filter(|(name, _)| name != "account_id" && name != "secret").collect();
    if let Ok(set) = planner.write_row(table, &update, &fits, "") {
        confined::update(&planner.update(table, &update, vec![key(1)], set.clone(), true), &mut tables);
        if let Ok(Some(checks)) = planner.checks(table, &update, vec![key(1)], &set) {
            confined::select(&checks.all, &mut tables);
            checks.parents.iter().for_each(|(_, parent)| confined::ways(&parent.condition, &mut tables));
        }
    }
    confined::delete(&planner.delete(table, &delete, vec![key(1)], true), &mut tables);
    if let Ok(create) = planner.grant(Action::Create, table)
        && let Ok(row) = planner.write_row(table, &create, &fits, "")
        && let Ok(insert) = planner.insert(table, &create, row, None, "")
    {
        let tenant = insert.values.iter().find(|(column, _)| column.name == "account_id");
        assert!(tenant.is_none_or(|(_, value)| *value == Value::Int(TENANT)), "{:?}", insert.values);
        let owed = table.columns.iter().any(|column| column.name == "account_id");
        assert_eq!(tenant.is_some(), owed, "a row without its tenant");
    }
    tables
}

#[test]
fn sec_37_sec_38_every_table_of_every_random_plan_is_confined() {
    let catalog = tenants::shop();
    let build = tenants::build(&catalog, true);
    let caller = tenants::member();
    let mut runner = TestRunner::deterministic();
    let (shapes, count) = (shape(), cases(1_500));
    let mut tables = 0;
    for at in 0..count {
        let shape = shapes.new_tree(&mut runner).unwrap().current();
        let dialect: &'static dyn portcullis_query::render::Dialect = match at % 3 {
            0 => &POSTGRES,
            1 => &MARIADB,
            _ => &SQLITE,
        };
        let planner = build.planner(&caller, dialect);
        let own = build.database.tables();
        tables += plans(&planner, &own[shape.table % own.len()], &shape);
    }
    assert!(tables > count * 10, "{tables} tables in {count} requests: they are not worth asking");
}

/// A number that looks like chance and is the same each time.
fn chance(seed: &mut u64, below: i64) -> i64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    i64::try_from((*seed >> 33) % below.unsigned_abs()).unwrap()
}

type Row = (&'static str, Vec<(String, Json)>);

/// Rows of two tenants and of none, with foreign keys across them: as a careless application leaves them.
fn rows(seed: &mut u64) -> Vec<Row> {
    let number = |n: i64| Json::Number(n.to_string());
    let text = |text: &str| Json::String(text.to_owned());
    let row = |members: Vec<(&str, Json)>| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut rows: Vec<Row> = Vec::new();
    for id in [TENANT, OTHER] {
        rows.push(("accounts", row(vec![("id", number(id)), ("name", text("a"))])));
    }
    let tenant = |seed: &mut u64| [number(TENANT), number(OTHER), Json::Null][chance(seed, 3) as usize].clone();
    for id in 0..8 {
        let (own, n) = (tenant(seed), chance(seed, 8));
        rows.push(("users", row(vec![("id", number(id)), ("account_id", own), ("team", text("x"))])));
        let status = ["open", "archived", "paid"][chance(seed, 3) as usize];
        let own = tenant(seed);
        rows.push((
            "orders",
            row(vec![
                ("id", number(id)),
                ("account_id", own),
                ("user_id", number(n)),
                ("status", text(status)),
                ("total", Json::Number(format!("{n}.25"))),
                ("secret", text("hidden")),
            ]),
        ));
        let own = tenant(seed);
        rows.push(("products", row(vec![("id", number(id)), ("account_id", own), ("price", number(n))])));
        let own = tenant(seed);
        rows.push(("tags", row(vec![("id", number(id)), ("account_id", own), ("name", text("t"))])));
        let own = tenant(seed);
        rows.push(("employees", row(vec![("id", number(id)), ("account_id", own), ("boss_id", number(n))])));
        let (order, product, tag) = (chance(seed, 8), chance(seed, 8), chance(seed, 8));
        rows.push((
            "order_items",
            row(vec![("order_id", number(order)), ("line", number(id)), ("product_id", number(product))]),
        ));
        rows.push(("product_tags", row(vec![("product_id", number(id)), ("tag_id", number(tag))])));
        let item = rows.iter().filter(|(table, _)| *table == "order_items").nth(chance(seed, id + 1) as usize).unwrap();
        let (order, line) = (item.1[0].1.clone(), item.1[1].1.clone());
        rows.push(("shipments", row(vec![("id", number(id)), ("item_order", order), ("item_line", line)])));
    }
    rows
}

fn value<'r>(row: &'r Row, name: &str) -> &'r Json {
    row.1.iter().find(|(own, _)| own == name).map_or(&Json::Null, |(_, value)| value)
}

/// Whose a row is, as the settings say, followed over the data by hand.
fn is_ours(rows: &[Row], row: &Row) -> bool {
    let tenant = Json::Number(TENANT.to_string());
    let parent = |table: &str, keys: &[(&str, &str)]| {
        rows.iter().any(|other| {
            other.0 == table
                && keys.iter().all(|(own, theirs)| value(row, own) == value(other, theirs))
                && is_ours(rows, other)
        })
    };
    match row.0 {
        "accounts" => *value(row, "id") == tenant,
        "order_items" => parent("orders", &[("order_id", "id")]),
        "shipments" => parent("order_items", &[("item_order", "order_id"), ("item_line", "line")]),
        "product_tags" => parent("products", &[("product_id", "id")]),
        _ => *value(row, "account_id") == tenant,
    }
}

fn is_seen(rows: &[Row], row: &Row) -> bool {
    is_ours(rows, row) && !(row.0 == "orders" && *value(row, "status") == Json::String("archived".into()))
}

/// The rows of the statements of what hangs on a list, for all parents at once.
fn children(connection: &Connection, all: &[Include<'_>], found: &mut Vec<Vec<Vec<Value>>>) {
    for include in all {
        if let Some(rows) = &include.rows {
            found.push(sqlite::fetch(connection, &render::select(&rows.select, &SQLITE)).unwrap());
            children(connection, &rows.includes, found);
        }
        if let Some(figures) = &include.figures {
            found.push(sqlite::fetch(connection, &render::select(&figures.select, &SQLITE)).unwrap());
        }
    }
}

/// All that a request brings; `None` where it is refused.
fn brought(connection: &Connection, build: &Build, caller: &Caller, shape: &Shape) -> Option<Vec<Vec<Vec<Value>>>> {
    let planner = build.planner(caller, &SQLITE);
    let tables = build.database.tables();
    let table = &tables[shape.table % tables.len()];
    let request = Filler { database: &build.database, salt: 0 }.list(shape, table);
    let plan = planner.list(table, &request).ok()?;
    let mut found = vec![sqlite::fetch(connection, &render::select(&plan.select, &SQLITE)).unwrap()];
    if let Some(count) = &plan.count {
        found.push(sqlite::fetch(connection, &render::count(count, &SQLITE)).unwrap());
    }
    children(connection, &plan.includes, &mut found);
    let delete = planner.grant(Action::Delete, table).unwrap();
    if let Ok(keys) = planner.mass_keys(table, &delete, &request.filter, 100) {
        found.push(sqlite::fetch(connection, &render::select(&keys, &SQLITE)).unwrap());
    }
    Some(found)
}

#[test]
fn sec_35_sec_40_a_caller_gets_what_a_database_of_its_own_rows_would_give() {
    let catalog = tenants::shop();
    let (confined, free) = (tenants::build(&catalog, true), tenants::build(&catalog, false));
    let caller = tenants::member();
    let mut runner = TestRunner::deterministic();
    let shapes = shape();
    let (mut seed, mut answered, mut values) = (1, 0, 0);
    for _ in 0..10 {
        let rows = rows(&mut seed);
        let (whole, own) = (sqlite::database(&catalog), sqlite::database(&catalog));
        for row in &rows {
            let statement = insert(&free, &SQLITE, row.0, &row.1);
            sqlite::fetch(&whole, &statement).unwrap();
            if is_seen(&rows, row) {
                sqlite::fetch(&own, &statement).unwrap();
            }
        }
        for _ in 0..cases(1_500).min(20_000) / 10 {
            let shape = shapes.new_tree(&mut runner).unwrap().current();
            let (one, two) = (brought(&whole, &confined, &caller, &shape), brought(&own, &free, &caller, &shape));
            assert_eq!(one, two, "{shape:?}");
            let Some(found) = one else { continue };
            answered += 1;
            let hidden = Value::Text("hidden".into());
            values += found.iter().flatten().flatten().inspect(|value| assert_ne!(**value, hidden)).count();
        }
    }
    assert!(answered > 500 && values > answered * 3, "{answered} requests brought {values} values");
}

#[test]
fn sec_35_writes_over_all_keys_leave_foreign_rows_as_they_were() {
    let catalog = tenants::shop();
    let (confined, free) = (tenants::build(&catalog, true), tenants::build(&catalog, false));
    let caller = tenants::member();
    let mut seed = 99;
    let rows = rows(&mut seed);
    let connection = sqlite::database(&catalog);
    for row in &rows {
        sqlite::fetch(&connection, &insert(&free, &SQLITE, row.0, &row.1)).unwrap();
    }
    let planner = confined.planner(&caller, &SQLITE);
    let dump = |table: &str| -> Vec<Vec<Value>> {
        let statement = portcullis_query::Statement {
            text: format!("SELECT * FROM {table}"),
            values: Vec::new(),
            ..render::select(&portcullis_query::plan::Select::from(confined.table(table)), &SQLITE)
        };
        sqlite::fetch(&connection, &statement).unwrap()
    };
    for (table, column, word) in [
        ("users", "team", Json::String("changed".into())),
        ("orders", "total", Json::Number("99.5".into())),
        ("order_items", "quantity", Json::Number("77".into())),
        ("shipments", "note", Json::String("changed".into())),
        ("products", "name", Json::String("changed".into())),
        ("tags", "name", Json::String("changed".into())),
        ("employees", "name", Json::String("changed".into())),
        ("accounts", "name", Json::String("changed".into())),
    ] {
        let before: HashSet<String> = dump(table).iter().map(|row| format!("{row:?}")).collect();
        let own = confined.table(table);
        let grant = planner.grant(Action::Update, own).unwrap();
        let keys: Vec<Vec<Value>> = match own.primary_key.len() {
            1 => (0..10).map(|n| vec![Value::Int(n)]).collect(),
            _ => (0..10).flat_map(|a| (0..10).map(move |b| vec![Value::Int(a), Value::Int(b)])).collect(),
        };
        let set = planner.write_row(own, &grant, &[(column.to_owned(), word)], "").unwrap();
        let update = planner.update(own, &grant, keys.clone(), set, false);
        sqlite::fetch(&connection, &render::update(&update, &SQLITE)).unwrap();
        let changed = dump(table).iter().filter(|row| !before.contains(&format!("{row:?}"))).count();
        let seen = rows.iter().filter(|row| row.0 == table && is_seen(&rows, row)).count();
        assert_eq!(changed, seen, "{table}");
        let count = dump(table).len();
        let grant = planner.grant(Action::Delete, own).unwrap();
        let delete = planner.delete(own, &grant, keys, false);
        if table == "shipments" {
            sqlite::fetch(&connection, &render::delete(&delete, &SQLITE)).unwrap();
            assert_eq!(dump(table).len(), count - seen, "{table}");
        }
    }
}
