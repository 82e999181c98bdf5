//! Chinook, a well-known database, by its own scripts: one for each engine. They are no part of the repository, and
//! lie in `shared` beside it.

use crate::{Engine, TestDatabase};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the scripts are, as a test's name says it when they are not there.
pub const PLACE: &str = "../shared/data/chinook";

/// Whether the scripts are there.
pub fn is_there() -> bool {
    folder().is_some()
}

// A checkout beside the main one has the folder one level further up.
fn folder() -> Option<PathBuf> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = |folder: &PathBuf| {
        ["Sqlite", "PostgreSql", "MySql"].iter().all(|name| folder.join(format!("Chinook_{name}.sql")).is_file())
    };
    ["../../../shared/data/chinook", "../../../../shared/data/chinook"]
        .map(|way| crate_folder.join(way))
        .into_iter()
        .find(all)
}

/// Loads the database.
///
/// # Panics
///
/// Where the scripts are not there, or a statement fails.
pub fn load(database: &TestDatabase) {
    let name = match database.engine() {
        Engine::Sqlite => "Sqlite",
        Engine::Postgres => "PostgreSql",
        Engine::MariaDb => "MySql",
    };
    let folder = folder().unwrap_or_else(|| panic!("needs {PLACE}"));
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
}
