//! Requests from a file, and their answers in a form in which engines can be compared.

use crate::{REFERENCE, database};
use http::Method;
use portcullis_testkit::{Answer, Engine, TestApp, TestDatabase};
use serde_json::{Map, Value, json};
use std::{env, fs, path::PathBuf};

/// An answer in which one engine differs, and why it may.
pub struct Difference {
    /// The request's name.
    pub name: &'static str,
    /// The engine that differs.
    pub engine: Engine,
    /// What in the engine makes the difference.
    #[expect(dead_code, reason = "read by people")]
    pub reason: &'static str,
}

/// A file of requests with the answers of one engine.
pub struct Asked {
    engine: Engine,
    answers: Vec<(String, Value)>,
}

impl Asked {
    /// Loads the database and asks every request in the order of the file.
    pub fn of(database: &TestDatabase, requests: &str) -> Self {
        let app = database::serve(database);
        let Ok(Value::Object(requests)) = serde_json::from_str(requests) else { panic!("the requests are an object") };
        let answers = requests.into_iter().map(|(name, request)| (name, normal(&ask(&app, &request))));
        Self { engine: database.engine(), answers: answers.collect() }
    }

    /// Compares the answers with the golden files; says all that differ at once.
    pub fn check(&self, differences: &[Difference]) {
        let update = env::var_os("UPDATE_GOLDEN").is_some();
        let mut wrong = Vec::new();
        for (name, found) in &self.answers {
            let own = differences.iter().any(|known| known.name == name && known.engine == self.engine);
            let path = golden(&if own { format!("{name}.{}", self.engine) } else { name.clone() });
            if update && (own || self.engine == REFERENCE) {
                let text = serde_json::to_string_pretty(found).expect("JSON can be written");
                fs::write(&path, text + "\n").expect("the golden file can be written");
            }
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let expected: Value = serde_json::from_str(&text).expect("a golden file is JSON");
            if let Err(place) = same(&expected, found, "") {
                wrong.push(format!("{name}: {place}"));
            }
        }
        assert!(wrong.is_empty(), "{} answers differ from the golden files:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/chinook/golden").join(format!("{name}.json"))
}

/// Sends `"GET /path"` or `["POST /path", body]`.
pub fn ask(app: &TestApp, request: &Value) -> Answer {
    let (line, body) = match request {
        Value::String(line) => (line.as_str(), None),
        Value::Array(parts) => (parts[0].as_str().expect("a method and a path"), Some(&parts[1])),
        _ => panic!("{request} is no request"),
    };
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let method: Method = method.parse().expect("a method");
    match body {
        Some(body) => app.json(method, path, body),
        None => app.call(method, path, &[], ""),
    }
}

/// Status and body without what belongs to the engine: the spelling of names, SQL, cursors, sentences of errors.
fn normal(answer: &Answer) -> Value {
    let status = answer.status.as_u16();
    let mut body = loose_keys(answer.json());
    if let Value::Object(members) = &mut body {
        for word in ["query", "params", "script", "sql"] {
            members.shift_remove(word);
        }
        if status >= 400 {
            body = problem(members);
        } else if let Some(Value::Array(failed)) = members.get_mut("failed") {
            for row in failed.iter_mut().filter_map(Value::as_object_mut) {
                let code = row.get("error").map(|error| error["code"].clone());
                row.insert("error".to_owned(), code.unwrap_or_default());
            }
        }
    }
    json!({"status": status, "body": body})
}

// What a foreign key is called is not told by SQLite, so those places are left out.
fn problem(members: &Map<String, Value>) -> Value {
    let code = members.get("code").cloned().unwrap_or_default();
    let errors = members.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors = errors.filter(|error| error["code"] != "foreign_key" || code != "foreign_key");
    let place = |error: &Value| error["pointer"].as_str().or(error["parameter"].as_str()).map(loose);
    let errors: Vec<Value> = errors.map(|error| json!([place(error), error["code"]])).collect();
    json!({"code": code, "errors": errors})
}

fn loose(name: &str) -> String {
    name.to_lowercase().replace('_', "")
}

fn loose_keys(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(key, value)| (loose(&key), loose_keys(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(loose_keys).collect()),
        other => other,
    }
}

/// Equal, where numbers may differ in their zeros and their last digits.
pub fn same(expected: &Value, found: &Value, place: &str) -> Result<(), String> {
    let differs = || Err(format!("{place} is {found}, expected {expected}"));
    match (expected, found) {
        (Value::Number(one), Value::Number(two)) => {
            let (Some(one), Some(two)) = (one.as_f64(), two.as_f64()) else { return differs() };
            if (one - two).abs() <= 1e-9 * one.abs().max(1.0) { Ok(()) } else { differs() }
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            one.iter().zip(two).enumerate().try_for_each(|(at, (one, two))| same(one, two, &format!("{place}/{at}")))
        }
        (Value::Object(one), Value::Object(two)) => {
            let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            if keys(one) != keys(two) {
                return Err(format!("{place} has {:?}, expected {:?}", keys(two), keys(one)));
            }
            one.iter().try_for_each(|(key, one)| same(one, &two[key], &format!("{place}/{key}")))
        }
        _ if expected == found => Ok(()),
        _ => differs(),
    }
}
