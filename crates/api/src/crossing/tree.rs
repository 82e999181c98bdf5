//! Rows in answers, wherever they stand: on the page, embedded, in groups.

use super::truth::{Row, key_of};
use portcullis_schema::{Database, Table};
use serde_json::Value;

/// A path segment or parameter with everything unusual escaped.
pub fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// First segments of paths that are no tables.
const ROUTES: &[&str] = &[
    "",
    ".",
    "..",
    "api",
    "auth",
    "batch",
    "dynamic_swagger",
    "models",
    "openapi.json",
    "swagger",
    "swagger.json",
    "v1",
    ".well-known",
];
/// Segments behind a table that are no keys.
const OF_TABLES: &[&str] = &["", "filter", "query", "count", "bulk", "import", "schema"];

/// What a table is called in paths: one that is named like a route goes by its model.
pub fn called(table: &Table) -> String {
    segment(if ROUTES.contains(&table.name.as_str()) { &table.model } else { &table.name })
}

/// Whether a key can stand in a path.
pub fn is_path(key: &str) -> bool {
    !OF_TABLES.contains(&key)
}

/// Every row of an answer with its table: those of `table` in `data` or at the top, and the embedded ones.
pub fn rows<'a>(database: &'a Database, table: &'a Table, answer: &Value) -> Vec<(&'a Table, Row)> {
    let mut found = Vec::new();
    let top: Vec<&Value> = match answer {
        Value::Object(body) if body.get("data").is_some_and(Value::is_array) => {
            body["data"].as_array().into_iter().flatten().collect()
        }
        Value::Object(body) if body.contains_key("succeeded") => {
            body["succeeded"].as_array().into_iter().flatten().collect()
        }
        Value::Object(body) if body.contains_key("code") && body.contains_key("status") => {
            body.get("current").into_iter().collect()
        }
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    for one in top {
        walk(database, table, one, &mut found);
    }
    found
}

fn walk<'a>(database: &'a Database, table: &'a Table, value: &Value, found: &mut Vec<(&'a Table, Row)>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| walk(database, table, one, found)),
        Value::Object(row) => {
            for relation in &table.relations {
                // A column may have a relationship's name only where it is no row.
                if let Some(below) = row.get(&relation.json_name).filter(|value| value.is_array() || value.is_object())
                {
                    walk(database, database.table(relation.target), below, found);
                }
            }
            if key_of(table, row).is_some() {
                found.push((table, row.clone()));
            }
        }
        _ => {}
    }
}
