//! Looks at a few rows where the declared type leaves open how values lie in the table.

use super::super::connect::Conn;
use super::super::moments;
use portcullis_schema::Storage;
use rusqlite::types::Value;
use std::time::Duration;

/// Values that are looked at.
const ROWS: usize = 50;
/// How long looking may take; a slow view is judged by its declaration alone.
const LIMIT: Duration = Duration::from_millis(100);
/// From here on a number is milliseconds since 1970 (March 1973), below it is seconds (until the year 5138).
const MILLIS_FROM: f64 = 1e11;

/// A quoted name.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// For each of these columns up to [`ROWS`] values that are not NULL, the newest where that is cheap.
pub fn take(conn: &Conn, table: &str, columns: &[&str], rowid: Option<&str>) -> Vec<Vec<Value>> {
    let mut samples = vec![Vec::new(); columns.len()];
    if columns.is_empty() {
        return samples;
    }
    let list = columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ");
    let order = rowid.map_or_else(String::new, |rowid| format!(" ORDER BY {rowid} DESC"));
    let text = format!("SELECT {list} FROM {}{order} LIMIT {ROWS}", quoted(table));
    let rows = read(conn, &text, columns.len());
    let more = rows.len() == ROWS;
    for row in rows {
        for (sample, value) in samples.iter_mut().zip(row) {
            if value != Value::Null {
                sample.push(value);
            }
        }
    }
    for (sample, column) in samples.iter_mut().zip(columns) {
        if sample.is_empty() && more {
            let column = quoted(column);
            let text = format!("SELECT {column} FROM {} WHERE {column} IS NOT NULL LIMIT {ROWS}", quoted(table));
            sample.extend(read(conn, &text, 1).into_iter().flatten());
        }
    }
    samples
}

// Not cached: each text is used once.
fn read(conn: &Conn, text: &str, width: usize) -> Vec<Vec<Value>> {
    conn.limited(Some(LIMIT), || {
        let mut select = conn.sql.prepare(text)?;
        let rows = select.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
        rows.collect::<rusqlite::Result<Vec<Vec<Value>>>>()
    })
    .unwrap_or_default()
}

/// Whether all of them, one at least, are date-times in text.
pub fn are_date_times(sample: &[Value]) -> bool {
    let is = |value: &Value| match value {
        Value::Text(text) => text.len() >= 19 && moments::date_time(text.as_bytes()).is_some(),
        _ => false,
    };
    !sample.is_empty() && sample.iter().all(is)
}

/// Whether none of them is anything but 0 or 1.
pub fn are_booleans(sample: &[Value]) -> bool {
    sample.iter().all(|value| matches!(value, Value::Integer(0 | 1)))
}

/// How most of them spell a date-time; without any, what the default makes.
pub fn date_time_storage(sample: &[Value], default: Option<&str>) -> Storage {
    let mut votes =
        [(Storage::TextSpace, 0), (Storage::TextIso, 0), (Storage::EpochSeconds, 0), (Storage::EpochMillis, 0)];
    for value in sample {
        let at = match value {
            Value::Text(text) => usize::from(text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b't'))),
            Value::Integer(number) => 2 + usize::from((*number as f64).abs() >= MILLIS_FROM),
            Value::Real(number) => 2 + usize::from(number.abs() >= MILLIS_FROM),
            Value::Blob(_) | Value::Null => continue,
        };
        votes[at].1 += 1;
    }
    let mut best = (default.map_or(Storage::TextSpace, default_storage), 0);
    for vote in votes {
        if vote.1 > best.1 {
            best = vote;
        }
    }
    best.0
}

/// How a default such as `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')` spells a moment.
fn default_storage(default: &str) -> Storage {
    let default = default.to_ascii_lowercase();
    if default.contains("unixepoch") || default.contains("'%s'") {
        return if default.contains("1000") { Storage::EpochMillis } else { Storage::EpochSeconds };
    }
    if default.contains("dt%h") { Storage::TextIso } else { Storage::TextSpace }
}

/// Whether a default makes a date-time in text.
pub fn default_is_date_time(default: &str) -> bool {
    let default = default.to_ascii_lowercase();
    default.contains("current_timestamp")
        || default.contains("datetime(")
        || (default.contains("strftime(") && default.contains("%y-%m-%d") && default.contains("%h"))
}

/// Whether UUIDs are kept as 16 bytes.
pub fn uuid_storage(sample: &[Value]) -> Storage {
    let bytes = sample.iter().filter(|value| matches!(value, Value::Blob(bytes) if bytes.len() == 16)).count();
    if bytes * 2 > sample.len() { Storage::UuidBytes } else { Storage::UuidText }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_values_decide_and_without_values_the_default() {
        let text = |text: &str| Value::Text(text.to_owned());
        let mixed = [text("2024-01-01T00:00:00Z"), text("2024-01-01T00:00:00Z"), text("2024-01-01 00:00:00")];
        assert_eq!(date_time_storage(&mixed, None), Storage::TextIso);
        assert_eq!(date_time_storage(&[Value::Integer(1_700_000_000)], None), Storage::EpochSeconds);
        assert_eq!(date_time_storage(&[Value::Integer(1_700_000_000_000)], None), Storage::EpochMillis);
        assert_eq!(date_time_storage(&[], None), Storage::TextSpace);
        assert_eq!(date_time_storage(&[], Some("unixepoch()")), Storage::EpochSeconds);
        assert_eq!(date_time_storage(&[], Some("strftime('%Y-%m-%dT%H:%M:%fZ','now')")), Storage::TextIso);
        assert_eq!(date_time_storage(&[], Some("CURRENT_TIMESTAMP")), Storage::TextSpace);
        assert_eq!(uuid_storage(&[Value::Blob(vec![0; 16])]), Storage::UuidBytes);
        assert!(!are_date_times(&[text("2024-01-01")]) && !are_date_times(&[]) && are_date_times(&mixed));
    }
}
