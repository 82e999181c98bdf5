//! `lower` and `upper` for all alphabets and `json_contains`, so that a filter means the same here as on the other
//! engines.

use rusqlite::{Connection, functions::FunctionFlags, types::ValueRef};
use serde_json::Value as Json;

/// What a text function is made of.
const FLAGS: FunctionFlags =
    FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC).union(FunctionFlags::SQLITE_INNOCUOUS);

/// Replaces SQLite's own two, which know A to Z only, on one connection.
pub fn register_case(sql: &Connection) -> rusqlite::Result<()> {
    sql.create_scalar_function("lower", 1, FLAGS, |context| Ok(text(context.get_raw(0)).map(|text| lower(&text))))?;
    sql.create_scalar_function("upper", 1, FLAGS, |context| Ok(text(context.get_raw(0)).map(|text| upper(&text))))
}

/// Adds what SQLite lacks to one connection.
pub fn register(sql: &Connection) -> rusqlite::Result<()> {
    sql.create_scalar_function("json_contains", 2, FLAGS, |context| {
        let document = |at| text(context.get_raw(at)).and_then(|text| serde_json::from_str::<Json>(&text).ok());
        Ok(document(0).zip(document(1)).map(|(whole, part)| contains(&whole, &part, true)))
    })
}

/// Whether a document contains another: each member of an object, each item of a list in any order.
/// Source: PostgreSQL, "jsonb Containment and Existence", with its exception for a list and a single value.
fn contains(whole: &Json, part: &Json, top: bool) -> bool {
    match (whole, part) {
        (Json::Object(whole), Json::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part, false)))
        }
        (Json::Array(whole), Json::Array(part)) => {
            part.iter().all(|part| whole.iter().any(|whole| contains(whole, part, false)))
        }
        (Json::Array(whole), part) if top && !part.is_object() => {
            whole.iter().any(|whole| contains(whole, part, false))
        }
        (Json::Number(whole), Json::Number(part)) => whole == part || whole.as_f64() == part.as_f64(),
        (whole, part) => whole == part,
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(value) => Some(value.to_string()),
        ValueRef::Real(value) => Some(format!("{value:?}")),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

// One character for one: no look at the neighbours (a final sigma), so that a part of a text folds like the whole.
fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(|c| only(c.to_lowercase(), c)).collect() }
}

fn upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { text.chars().map(|c| only(c.to_uppercase(), c)).collect() }
}

fn only(mut folded: impl ExactSizeIterator<Item = char>, unfolded: char) -> char {
    if folded.len() == 1 { folded.next().unwrap_or(unfolded) } else { unfolded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_contains_its_parts() {
        let conn = Connection::open_in_memory().unwrap();
        register(&conn).unwrap();
        let asked = |whole: &str, part: &str| -> Option<bool> {
            conn.query_row("SELECT json_contains(?1, ?2)", [whole, part], |row| row.get(0)).unwrap()
        };
        for (whole, part) in [
            (r#"{"a":1,"b":{"c":[1,2]}}"#, r#"{"b":{"c":[2]}}"#),
            (r#"[1,[2],{"x":"y"}]"#, r#"[{"x":"y"},1]"#),
            (r#"["a","b"]"#, r#""a""#),
            ("1", "1.0"),
        ] {
            assert_eq!(asked(whole, part), Some(true), "{whole} {part}");
        }
        for (whole, part) in [
            (r#"{"a":1}"#, r#"{"a":"1"}"#),
            (r#"{"a":[1]}"#, r#"{"a":1}"#),
            ("[1]", "[[1]]"),
            (r#"{"a":1}"#, r#"{"b":null}"#),
        ] {
            assert_eq!(asked(whole, part), Some(false), "{whole} {part}");
        }
        assert_eq!(asked("no json", "1"), None);
    }

    #[test]
    fn case_is_folded_in_all_alphabets() {
        assert_eq!(lower("ÄPFEL ΣΑΣ Жук"), "äpfel σασ жук");
        assert_eq!(upper("straße éa"), "STRAßE ÉA");
        let conn = Connection::open_in_memory().unwrap();
        register_case(&conn).unwrap();
        let found: (String, Option<String>, String) = conn
            .query_row("SELECT lower('ÖL'), lower(NULL), upper(12)", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert_eq!(found, ("öl".to_owned(), None, "12".to_owned()));
    }
}
