//! The settings document as text: TOML in files, JSON over the admin API, the same tree.

use crate::{ControlError, Faults, check::hint};
use portcullis_project::{
    Settings,
    settings::{SocialSettings, SurfaceSettings, TableSettings},
};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Stands for every table in the shape of the document.
const ANY: &str = "*";
/// Printed also where they have their default: what a reader looks for first.
const ALWAYS: &[&[&str]] =
    &[&["version"], &["naming"], &["auth", "enabled"], &["tables", ANY, "expose"], &["tables", ANY, "access"]];

/// Reads a document: JSON when it starts with a brace, TOML otherwise.
///
/// # Errors
///
/// [`ControlError::Settings`] with every fault found: unknown keys, wrong types, words that are not known.
pub fn parse(text: &str) -> Result<Settings, ControlError> {
    let tree: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| one(format!("the document is not JSON: {error}")))?
    } else {
        toml::from_str(text)
            .map_err(|error| one(format!("the document is not TOML: {}", error.to_string().trim_end())))?
    };
    from_tree(tree)
}

/// Takes a document that is a tree already.
///
/// # Errors
///
/// As [`parse`].
pub fn from_tree(tree: Value) -> Result<Settings, ControlError> {
    let mut faults = Vec::new();
    walk(&tree, &shape(), &mut Vec::new(), &mut faults);
    if !faults.is_empty() {
        return Err(ControlError::Settings(Faults(faults)));
    }
    let settings: Settings = serde_json::from_value(tree).map_err(|error| one(error.to_string()))?;
    match settings.version {
        1 => Ok(settings),
        other => Err(one(format!("`version`: {other} is not a format this version knows; write version = 1"))),
    }
}

/// Writes a document as TOML. Reading it back gives the same settings.
pub fn export(settings: &Settings) -> String {
    let mut tree = serde_json::to_value(settings).unwrap_or_default();
    leave_out_defaults(&mut tree, &shape(), &mut Vec::new());
    let mut out = String::new();
    if let Value::Object(tree) = &tree {
        write_table(&mut out, &mut Vec::new(), tree);
    }
    out.trim_start().to_owned()
}

/// The document with every key there is, each with its default; derived from the settings' own types.
fn shape() -> Value {
    let mut settings = Settings::default();
    settings.tables.insert(ANY.to_owned(), TableSettings::default());
    settings.surfaces.insert(ANY.to_owned(), SurfaceSettings::default());
    settings.social.insert(ANY.to_owned(), SocialSettings::default());
    serde_json::to_value(settings).unwrap_or_default()
}

/// Compares a document with the shape. An empty object in the shape takes any key, null anything.
fn walk(value: &Value, shape: &Value, path: &mut Vec<String>, faults: &mut Vec<String>) {
    match (value, shape) {
        (Value::Object(tree), Value::Object(known)) if !known.is_empty() => {
            for (key, value) in tree {
                path.push(key.clone());
                match known.get(key).or_else(|| known.get(ANY)) {
                    Some(shape) => walk(value, shape, path, faults),
                    None => faults.push(unknown(path, known)),
                }
                path.pop();
            }
        }
        (_, Value::Object(known)) if !known.is_empty() && !path.is_empty() => {
            faults.push(format!("`{}` is a section, not a value", path.join(".")));
        }
        (_, Value::Object(_)) if path.is_empty() && !value.is_object() => {
            faults.push("the document must be a table of settings".to_owned());
        }
        _ => {
            // Alone in an otherwise empty document, so that an error can only be about this place.
            let alone = path.iter().rev().fold(value.clone(), |inner, key| json!({ key: inner }));
            if let Err(error) = serde_json::from_value::<Settings>(alone) {
                faults.push(format!("`{}`: {error}", path.join(".")));
            }
        }
    }
}

fn unknown(path: &[String], known: &Map<String, Value>) -> String {
    let (place, section) = (path.join("."), &path[..path.len() - 1]);
    let key = path.last().map_or("", String::as_str);
    let in_section = |name: &str| section.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
    let names: Vec<String> = known.keys().map(|name| in_section(name)).collect();
    let near = hint(key, known.keys().map(String::as_str).filter(|name| *name != ANY));
    if near.is_empty() {
        return format!("`{place}` is not a setting; known here: {}", names.join(", "));
    }
    let near = near.replacen('`', &format!("`{}", in_section("")), 1);
    format!("`{place}` is not a setting{near}")
}

fn one(fault: String) -> ControlError {
    ControlError::Settings(Faults(vec![fault]))
}

fn leave_out_defaults(value: &mut Value, shape: &Value, path: &mut Vec<String>) {
    let (Value::Object(tree), Value::Object(known)) = (value, shape) else { return };
    tree.retain(|key, value| {
        let name = if known.contains_key(key) { key.as_str() } else { ANY };
        path.push(name.to_owned());
        let default = known.get(name);
        let inside =
            value.is_object() && !ALWAYS.contains(&path.iter().map(String::as_str).collect::<Vec<_>>().as_slice());
        if inside {
            leave_out_defaults(value, default.unwrap_or(&Value::Null), path);
        }
        let always = ALWAYS.iter().any(|always| *always == path.iter().map(String::as_str).collect::<Vec<_>>());
        let keep =
            if inside { value.as_object().is_some_and(|tree| !tree.is_empty()) } else { Some(&*value) != default };
        path.pop();
        keep || always
    });
}

/// Values first, then sections; what is deeper than `[tables.X]` stands on one line.
fn write_table(out: &mut String, path: &mut Vec<String>, tree: &Map<String, Value>) {
    let depth = path.len();
    let is_section = |value: &Value| value.is_object() && depth < 2;
    let plain: Vec<_> = tree.iter().filter(|(_, value)| !is_section(value)).collect();
    if !path.is_empty() && !plain.is_empty() {
        let _ = write!(out, "\n[{}]\n", path.iter().map(|key| key_text(key)).collect::<Vec<_>>().join("."));
    }
    for (key, value) in plain {
        let _ = writeln!(out, "{} = {}", key_text(key), value_text(value));
    }
    for (key, value) in tree.iter().filter(|(_, value)| is_section(value)) {
        if let Value::Object(inner) = value {
            path.push(key.clone());
            write_table(out, path, inner);
            path.pop();
        }
    }
}

fn key_text(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { quoted(key) }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Object(tree) => {
            let pairs: Vec<_> = tree
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| format!("{} = {}", key_text(key), value_text(value)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(value_text).collect::<Vec<_>>().join(", ")),
        Value::String(text) => quoted(text),
        // TOML has no null; an absent key is the same.
        Value::Null => "\"\"".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A basic string on one line. JSON's escapes are TOML's too; only DEL needs one more.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
