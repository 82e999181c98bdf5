//! The demo's shop with the demo's settings, also where its database is another.

use crate::stage::{Stage, every_path, names};
use crate::support::Place;
use portcullis_testkit::{Engine, TestDatabase};
use serde_json::json;

const SHOP: &str = include_str!("../../../../examples/shop/shop.sqlite.sql");

/// The shop in the engine's own SQL: its tables by their statements, its rows as SQLite holds them.
fn script(engine: Engine) -> String {
    let shop = rusqlite::Connection::open_in_memory().unwrap();
    shop.execute_batch(SHOP).unwrap();
    let rows = |sql: &str| -> Vec<Vec<String>> {
        let mut statement = shop.prepare(sql).unwrap();
        let width = statement.column_count();
        let read = statement.query_map((), |row| (0..width).map(|at| row.get::<_, String>(at)).collect());
        read.unwrap().collect::<Result<_, _>>().unwrap()
    };
    let mut out = String::new();
    if engine == Engine::MariaDb {
        out.push_str("SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ");
    }
    let tables =
        rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid");
    for table in &tables {
        let ddl = match engine {
            Engine::Postgres => table[1].replace("DATETIME", "TIMESTAMP"),
            _ => table[1].clone(),
        };
        out.push_str(&format!("{ddl}; "));
    }
    for view in rows("SELECT sql FROM sqlite_schema WHERE type = 'view'") {
        out.push_str(&format!("{}; ", view[0]));
    }
    for table in &tables {
        let columns = rows(&format!("SELECT name, type FROM pragma_table_info('{}')", table[0]));
        let value = |column: &Vec<String>| match column[1].as_str() {
            "BOOLEAN" => format!("CASE {0} WHEN 1 THEN 'TRUE' WHEN 0 THEN 'FALSE' ELSE 'NULL' END", column[0]),
            _ => format!("quote({})", column[0]),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        for row in rows(&format!("SELECT {} FROM {}", values.join(", "), table[0])) {
            out.push_str(&format!("INSERT INTO {} VALUES ({}); ", table[0], row.join(", ")));
        }
    }
    out
}

pub fn nothing_crosses_in_the_shop(database: &TestDatabase) {
    database.run(&script(database.engine()));
    let demo = Place::new();
    let mut node = demo.start(&["demo", "--listen", "127.0.0.1:0", "--data-dir", "portcullis-data"], &[]);
    assert_eq!(node.signal("INT"), 0);
    let settings = demo.run(&["settings", "export", "--project", "shop"]).ok();
    let stage = Stage::init(database, "");
    stage.settings(|document| *document = toml::from_str(&settings).unwrap());
    let crossing = stage.nothing_crosses("shop");
    for table in ["accounts", "users", "customers", "orders", "order_items"] {
        assert!(names(&crossing["tables"]).iter().any(|name| name == table), "{}", crossing["tables"]);
    }
    assert_eq!(crossing["skipped"], json!([]));
    assert_eq!(names(&crossing["shared"]).len(), 4, "{}", crossing["shared"]);
    every_path(&crossing, &[]);
}
