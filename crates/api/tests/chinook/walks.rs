//! Whole tables: cursors, exports, and the state after all writes were taken back.

use crate::{answers::ask, database};
use portcullis_testkit::{TestApp, TestDatabase};
use serde_json::{Value, json};

/// Tables with their rows and the columns of their keys.
const TABLES: &[(&str, usize)] = &[
    ("Album", 347),
    ("Artist", 275),
    ("Customer", 59),
    ("Employee", 8),
    ("Genre", 25),
    ("Invoice", 412),
    ("InvoiceLine", 2240),
    ("MediaType", 5),
    ("Playlist", 18),
    ("PlaylistTrack", 8715),
    ("Track", 3503),
];

/// Follows cursors to their end, in key order and in an order with ties and nulls.
pub fn cursors(database: &TestDatabase) {
    let app = database::serve(database);
    for (table, rows, sort) in [
        ("Track", 3503, "TrackId"),
        ("Track", 3503, "Composer:desc,Milliseconds"),
        ("Track", 3503, "GenreId,UnitPrice:desc"),
        ("PlaylistTrack", 8715, "TrackId:desc"),
        ("Invoice", 412, "Total:desc"),
        ("Employee", 8, "HireDate"),
    ] {
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = app.get(&format!("/{table}?cursor={cursor}&pageSize=500&sort={sort}")).ok(200);
            seen.extend(page["data"].as_array().expect("rows").iter().map(Value::to_string));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(seen.len(), rows, "{table} by {sort}");
        let listed = pages(&app, table, sort);
        assert!(seen == listed, "{table} by {sort}: the cursor's order is not that of the pages");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), rows, "{table} by {sort}: a row came twice");
    }
}

fn pages(app: &TestApp, table: &str, sort: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for page in 1.. {
        let answer = app.get(&format!("/{table}?page={page}&pageSize=1000&sort={sort}")).ok(200);
        let rows = answer["data"].as_array().expect("rows");
        if rows.is_empty() {
            break;
        }
        seen.extend(rows.iter().map(Value::to_string));
    }
    seen
}

/// Both forms of an export hold every row; the counts are the database's own.
pub fn exports(database: &TestDatabase) {
    let app = database::serve(database);
    for (table, rows) in TABLES {
        assert_eq!(app.get(&format!("/{table}/count")).ok(200), json!({"count": rows}), "{table}");
        let lines = app.get(&format!("/{table}?format=ndjson"));
        assert_eq!(lines.status, 200);
        assert_eq!(lines.text().lines().count(), *rows, "{table}");
        let one: Value = serde_json::from_str(lines.text().lines().next().expect("a row")).expect("JSON");
        let table_csv = app.get(&format!("/{table}?format=csv"));
        let header = table_csv.text().lines().next().expect("a header").to_owned();
        let names: Vec<&String> = one.as_object().expect("a row").keys().collect();
        assert_eq!(header.split(',').collect::<Vec<_>>(), names, "{table}");
        assert_eq!(records(&table_csv.text()), rows + 1, "{table}");
    }
}

/// Records of a CSV text: a line break inside quotes ends none.
fn records(text: &str) -> usize {
    let (mut quoted, mut count) = (false, 0);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// All writes of a file, which takes back what it wrote; then every table is as before.
pub fn there_and_back(database: &TestDatabase, requests: &str) {
    let app = database::serve(database);
    let whole = || -> Vec<String> {
        TABLES.iter().map(|(table, _)| app.get(&format!("/{table}?format=ndjson")).text()).collect()
    };
    let before = whole();
    let Ok(Value::Object(requests)) = serde_json::from_str(requests) else { panic!("the requests are an object") };
    for request in requests.values() {
        let answer = ask(&app, request);
        assert!(answer.status.as_u16() < 500, "{request}: {}", answer.text());
    }
    for ((before, after), (table, _)) in before.iter().zip(whole()).zip(TABLES) {
        assert!(*before == after, "{table} is not as it was");
    }
}
