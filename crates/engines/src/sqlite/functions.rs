//! `lower` and `upper` for all alphabets, so that a filter means the same here as on the other engines.

use rusqlite::{Connection, functions::FunctionFlags, types::ValueRef};

/// Replaces SQLite's own two, which know A to Z only, on one connection.
pub fn register(sql: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    sql.create_scalar_function("lower", 1, flags, |context| Ok(text(context.get_raw(0)).map(|text| lower(&text))))?;
    sql.create_scalar_function("upper", 1, flags, |context| Ok(text(context.get_raw(0)).map(|text| upper(&text))))
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
    fn case_is_folded_in_all_alphabets() {
        assert_eq!(lower("ÄPFEL ΣΑΣ Жук"), "äpfel σασ жук");
        assert_eq!(upper("straße éa"), "STRAßE ÉA");
        let conn = Connection::open_in_memory().unwrap();
        register(&conn).unwrap();
        let found: (String, Option<String>, String) = conn
            .query_row("SELECT lower('ÖL'), lower(NULL), upper(12)", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert_eq!(found, ("öl".to_owned(), None, "12".to_owned()));
    }
}
