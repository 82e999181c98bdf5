//! A stage made by the commands of an operator.

use crate::support::Place;
use portcullis_testkit::{Engine, TestDatabase};
use serde_json::Value;
use toml::Table;

/// The project of every test.
const PROJECT: &str = "old";

pub struct Stage {
    pub place: Place,
    pub engine: Engine,
    /// What `init` said.
    pub made: Value,
}

impl Stage {
    /// `portcullis init`; `more` is added to the URL.
    pub fn init(database: &TestDatabase, more: &str) -> Self {
        let place = Place::new();
        let url = format!("{}{more}", database.url());
        let made = place.run(&["init", &url, "--name", PROJECT, "--yes", "--json"]).json();
        Self { place, engine: database.engine(), made }
    }

    /// The names of tables of a kind, as the interface calls them.
    pub fn tables(&self, kind: &str) -> Vec<String> {
        let all = self.made["tables"].as_array().unwrap();
        let those = all.iter().filter(|table| table["kind"] == kind);
        those.map(|table| table["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Exports the settings, changes them, applies them.
    pub fn settings(&self, change: impl FnOnce(&mut Table)) {
        let mut document: Table =
            toml::from_str(&self.place.run(&["settings", "export", "--project", PROJECT]).ok()).unwrap();
        change(&mut document);
        std::fs::write(self.place.path("settings.toml"), toml::to_string(&document).unwrap()).unwrap();
        self.place.run(&["settings", "apply", "--project", PROJECT, "--file", "settings.toml", "--yes"]).ok();
    }

    /// Exposes every table and keeps tenants apart: `tenancy` are the members of that section.
    pub fn apart(&self, tenancy: Value) {
        self.settings(|document| {
            let tables = document.entry("tables").or_insert_with(|| Table::new().into()).as_table_mut().unwrap();
            for table in self.made["tables"].as_array().unwrap() {
                let name = table["name"].as_str().unwrap();
                let own = tables.entry(name).or_insert_with(|| Table::new().into()).as_table_mut().unwrap();
                own.insert("expose".to_owned(), true.into());
            }
            document.insert("tenancy".to_owned(), toml::Value::try_from(tenancy).unwrap());
        });
    }

    /// `portcullis tenancy column` with these words.
    pub fn column(&self, words: &[&str]) -> crate::support::Done {
        self.place.run(&[&["tenancy", "column", "--project", PROJECT][..], words].concat())
    }

    /// `portcullis doctor --tenants`: nothing crosses, everything of one's own works; says what was tried.
    #[track_caller]
    pub fn nothing_crosses(&self, schema: &str) -> Value {
        let done = self.place.run(&["doctor", "--tenants", "--project", PROJECT, "--json"]);
        let told: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
        let crossing = told["crossing"].clone();
        let count = |name: &str| crossing[name].as_array().map_or(0, Vec::len);
        eprintln!(
            "{} {schema}: {} requests, {} leaks, {} controls, {} tables ({} one-sided, {} without keys), {} shared, not tried: {}",
            self.engine,
            crossing["tried"],
            count("leaks"),
            crossing["controls"],
            count("tables"),
            count("one_sided"),
            count("keyless"),
            count("shared"),
            crossing["skipped"]
        );
        let told: Vec<String> = ["leaks", "broken"].into_iter().flat_map(|list| found(list, &crossing[list])).collect();
        assert!(told.is_empty(), "{} leaks, {} broken:\n{}", count("leaks"), count("broken"), told.join("\n"));
        assert_eq!(done.code, 0);
        crossing
    }
}

/// A line for each kind of path and table.
fn found(list: &str, all: &Value) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for one in all.as_array().into_iter().flatten() {
        let (path, request) = (one["path"].as_str().unwrap_or_default(), one["request"].as_str().unwrap_or_default());
        let table = request.split(['?', '{']).next().unwrap_or_default().to_owned();
        if seen.insert((path.to_owned(), table)) && lines.len() < 40 {
            lines.push(format!("{list}: {path}: {} | {request:.300} | {}", one["tenant"], one["why"]));
        }
    }
    lines
}

/// Names in an array.
pub fn names(array: &Value) -> Vec<String> {
    array.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// A quoted name.
pub fn quoted(engine: Engine, name: &str) -> String {
    match engine {
        Engine::MariaDb => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// Asserts that every kind of path was tried, but for these.
#[track_caller]
pub fn every_path(crossing: &Value, but: &[&str]) {
    for path in PATHS {
        let tried = crossing["paths"][path].as_u64().unwrap_or(0);
        assert!(tried > 0 || but.contains(path), "no request about `{path}`: {}", crossing["paths"]);
    }
}

/// Every kind of path there is.
pub const PATHS: &[&str] = &[
    "batch",
    "bulk",
    "count",
    "create",
    "cursor",
    "delete",
    "distinct",
    "etag",
    "export",
    "figure",
    "filter",
    "group",
    "import",
    "list",
    "mass",
    "move",
    "nested",
    "operator",
    "preview",
    "relation",
    "relation figure",
    "relation sort",
    "row",
    "schema",
    "sort",
    "switch",
    "update",
    "upsert",
];
