//! Tables with everything that a database allows, given a tenant column with a name of two words.

use crate::stage::{Stage, every_path, names, quoted};
use portcullis_testkit::{Engine, TestDatabase};
use serde_json::json;

const COLUMN: &str = "Tenant of";
const TENANTS: [&str; 2] = ["0b1e3b0a-5d27-4c36-a2ad-3d0c4d5a2c11", "6f1c0e5a-0000-4000-8000-000000000000"];

/// Tables that get no tenant: why, and which.
fn left_out(engine: Engine) -> Vec<&'static str> {
    match engine {
        // A trigger refuses or passes over every change; a foreign key to nowhere keeps SQLite from writing either table;
        // virtual tables get no columns.
        Engine::Sqlite => vec!["refusing", "ignoring", "broken_fk", "orphan_fk", "people", "search", "boxes"],
        Engine::Postgres => vec!["refusing"],
        // Tables with a history, in partitions or with days of zeros take no new column or no foreign key.
        Engine::MariaDb => vec!["refusing", "versioned", "parted", "zero_dates"],
    }
}

/// Tables of an id and a text, which are given a second row.
const PLAIN: &[&str] = &[
    "we\"ird; DROP TABLE x--",
    "100% tëst/täble",
    "models",
    "batch",
    "auth",
    "count",
    "api",
    "order",
    "orders",
    "embedded.dot",
    " leading blank",
];

/// Further tables with one row, and the key of another.
const SECOND: &[(&str, &str, &str)] = &[
    ("select", "from", "902"),
    ("our_words", "key", "902"),
    ("passports", "id", "902"),
    ("shared_key", "id", "2"),
    ("clubs", "id", "902"),
    ("generated", "id", "902"),
    ("checks", "id", "902"),
    ("part_unique", "id", "902"),
    ("same_spelling", "id", "902"),
    ("secrets", "id", "902"),
    ("secret_key", "reset_token", "'u'"),
    ("123", "1", "902"),
    ("uuid_key", "id", "'1b1e3b0a-5d27-4c36-a2ad-3d0c4d5a2c11'"),
    ("bytes_key", "b", "'y'"),
    ("parent_table", "id", "902"),
    ("unlogged", "id", "902"),
    ("dropped_columns", "id", "902"),
    ("deferred_key", "id", "902"),
    ("invisible", "id", "902"),
    ("commented", "id", "902"),
    ("bad_json", "id", "902"),
];

fn load(database: &TestDatabase) {
    let engine = database.engine();
    database.run(match engine {
        Engine::Sqlite => include_str!("../../../api/tests/nasty/sqlite.sql"),
        Engine::Postgres => include_str!("../../../api/tests/nasty/postgres.sql"),
        Engine::MariaDb => include_str!("../../../api/tests/nasty/mariadb.sql"),
    });
    let (keys, more) = match engine {
        Engine::Sqlite => ("TEXT", ""),
        Engine::Postgres => ("UUID", ""),
        // Another character set than every other table's.
        Engine::MariaDb => ("VARCHAR(36)", " CHARACTER SET ascii"),
    };
    let [one, other] = TENANTS;
    database.run(&format!(
        "CREATE TABLE tenants (id {keys} PRIMARY KEY, name VARCHAR(20)){more}; INSERT INTO tenants VALUES ('{one}', 'one'), ('{other}', 'two')"
    ));
    for table in PLAIN {
        let name = if engine == Engine::MariaDb && table.contains('"') { "we`ird; DROP TABLE x--" } else { table };
        database.run(&format!("INSERT INTO {} (id, v) VALUES (902, 'the second')", quoted(engine, name)));
    }
    if engine == Engine::MariaDb {
        // Nothing is written where a table knows no transactions.
        database.run("DROP TABLE isam; DROP TABLE aria; DROP TABLE in_memory");
    }
}

/// Gives half of a table's rows to the other tenant: of an odd number the larger half, of every other table.
fn share(database: &TestDatabase, table: &str, odd: usize) {
    let engine = database.engine();
    let (own, column, other) = (quoted(engine, table), quoted(engine, COLUMN), TENANTS[1]);
    let rows: usize = database.texts(&format!("SELECT count(*) FROM {own}"))[0].as_deref().unwrap().parse().unwrap();
    let half = (rows + odd % 2) / 2;
    if half == 0 {
        return;
    }
    let which = match engine {
        Engine::Postgres => format!("WHERE ctid = ANY (ARRAY(SELECT ctid FROM {own} LIMIT {half}))"),
        Engine::MariaDb => format!("LIMIT {half}"),
        // Two tables have no `rowid`.
        Engine::Sqlite if table == "without_rowid" => "WHERE a = ''".to_owned(),
        Engine::Sqlite if half == rows => String::new(),
        Engine::Sqlite if table == "rowid_named" => String::new(),
        Engine::Sqlite => format!("WHERE rowid IN (SELECT rowid FROM {own} LIMIT {half})"),
    };
    database.run(&format!("UPDATE {own} SET {column} = '{other}' {which}"));
}

pub fn nothing_crosses_in_nasty_schemas(database: &TestDatabase) {
    load(database);
    let engine = database.engine();
    let stage = Stage::init(database, "");
    let left_out = left_out(engine);
    let given: Vec<String> = stage
        .tables("table")
        .into_iter()
        .filter(|name| name != "tenants" && !left_out.contains(&name.as_str()))
        .collect();
    for (table, key, value) in SECOND.iter().filter(|(table, ..)| given.iter().any(|name| name == table)) {
        let (table, key) = (quoted(engine, table), quoted(engine, key));
        database.run(&format!("INSERT INTO {table} ({key}) VALUES ({value})"));
    }
    let mut words = vec!["--tenant-table", "tenants", "--column", COLUMN, "--fill", TENANTS[0], "--approve"];
    words.extend(given.iter().flat_map(|name| ["--table", name.as_str()]));
    stage.column(&words).ok();
    // Once more: everything is done already.
    assert!(stage.column(&words).ok().contains("Done; 0 rows"), "a second run finds something to do");
    for (at, table) in given.iter().enumerate() {
        share(database, table, at);
    }
    let all = stage.made["tables"].as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap().to_owned());
    let exclude: Vec<String> = all.filter(|name| name != "tenants" && !given.contains(name)).collect();
    stage.apart(json!({
        "enabled": true, "tenant_table": "tenants", "tenant_column": COLUMN, "exclude": exclude,
    }));
    let crossing = stage.nothing_crosses("nasty");
    // Every table is in one of the three lists.
    let listed = ["tables", "shared", "skipped"].map(|list| crossing[list].as_array().unwrap().len());
    assert_eq!(listed.iter().sum::<usize>(), stage.made["tables"].as_array().unwrap().len());
    assert!(listed[0] >= 60, "{listed:?}");
    assert!(crossing["tried"].as_u64().unwrap() > 20_000, "{}", crossing["tried"]);
    let keyless = names(&crossing["keyless"]);
    assert!(keyless.iter().any(|name| name == "no_key"), "{keyless:?}");
    let one_sided = names(&crossing["one_sided"]);
    assert!(one_sided.len() * 2 < listed[0], "most tables have rows of one tenant only: {one_sided:?}");
    every_path(&crossing, &["switch"]);
}
