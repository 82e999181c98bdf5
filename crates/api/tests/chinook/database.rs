//! The database's own scripts, one for each engine.

use portcullis_testkit::{Engine, TestApp, TestDatabase};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/chinook")
}

/// Whether the scripts are there.
pub fn is_there() -> bool {
    ["Sqlite", "PostgreSql", "MySql"].iter().all(|name| folder().join(format!("Chinook_{name}.sql")).is_file())
        || in_main().is_some()
}

// A checkout beside the main one has the folder one level further up.
fn in_main() -> Option<PathBuf> {
    let further = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/chinook");
    further.join("Chinook_Sqlite.sql").is_file().then_some(further)
}

/// Loads the database and serves it.
pub fn serve(database: &TestDatabase) -> TestApp {
    let name = match database.engine() {
        Engine::Sqlite => "Sqlite",
        Engine::Postgres => "PostgreSql",
        Engine::MariaDb => "MySql",
    };
    let folder = Some(folder()).filter(|folder| folder.is_dir()).or_else(in_main).expect("the scripts");
    let script = fs::read_to_string(folder.join(format!("Chinook_{name}.sql"))).expect("the engine's script");
    // The test has a database of its own: the script must not make and choose another.
    let makes_its_own =
        |line: &str| ["DROP DATABASE", "CREATE DATABASE", "USE ", "\\c "].iter().any(|word| line.starts_with(word));
    let script: Vec<&str> = script.trim_start_matches('\u{feff}').lines().filter(|line| !makes_its_own(line)).collect();
    let script = script.join("\n");
    match database.engine() {
        // One transaction instead of one for each statement.
        Engine::Sqlite => database.run(&format!("BEGIN;{script}\nCOMMIT;")),
        _ => database.run(&script),
    }
    TestApp::start(database)
}
