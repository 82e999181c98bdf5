//! Whole tables: pages, counts, cursors, exports.

use super::{
    super::{CrossingError, intruder::Intruder, tree::segment},
    count_is,
};
use crate::Asked;
use http::Method;
use portcullis_query::access::Caller;
use portcullis_schema::Table;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Rows that a walk passes at most.
const WALK: usize = 20_000;

pub(super) async fn try_all(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    own: &BTreeSet<String>,
    whole: bool,
) -> Result<(), CrossingError> {
    intruder.now("list");
    let list = intruder.send(table, Method::GET, &format!("/{name}?pageSize=1000"), None).await?;
    let shows = list.json["data"].as_array().is_some_and(|rows| !rows.is_empty());
    if intruder.tenant.is_none() && list.is_good() && shows && own.is_empty() {
        intruder.leak(&format!("GET /{name}"), "shows rows to a caller without a tenant".to_owned());
    }
    if list.is_good() && whole {
        intruder.report.controls += 1;
        count_is(intruder, &format!("GET /{name}"), &list.json["total"], own.len());
    }
    intruder.now("count");
    for (method, body) in [(Method::GET, None), (Method::POST, Some(json!({})))] {
        let got = intruder.send(table, method, &format!("/{name}/count"), body).await?;
        if got.is_good() && whole {
            count_is(intruder, &format!("count of /{name}"), &got.json["count"], own.len());
        }
    }
    cursors(intruder, table, name, own.len(), whole).await?;
    exports(intruder, table, name, own.len(), whole).await
}

/// Cursors go through all rows, also one that another was given.
async fn cursors(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    own: usize,
    whole: bool,
) -> Result<(), CrossingError> {
    intruder.now("cursor");
    let asked =
        Asked { method: Method::GET, path: format!("/{name}?pageSize=1&cursor="), body: None, media_type: None };
    let given = intruder.stand.rehearse(&Caller::Administrator, &asked).await?;
    let given: Value = serde_json::from_slice(&given.body).unwrap_or_default();
    let starts = [Some(String::new()), given["next_cursor"].as_str().map(str::to_owned)];
    for start in starts.into_iter().flatten() {
        let (mut cursor, mut seen) = (Some(start), 0);
        while let Some(after) = cursor.take().filter(|_| seen < WALK) {
            let path = format!("/{name}?pageSize=500&cursor={}", segment(&after));
            let page = intruder.send(table, Method::GET, &path, None).await?;
            if !page.is_good() {
                break;
            }
            seen += page.json["data"].as_array().map_or(0, Vec::len);
            cursor = page.json["next_cursor"].as_str().map(str::to_owned);
        }
        if whole && seen > own {
            intruder.leak(&format!("GET /{name}?cursor="), format!("walks over {seen} rows, of which {own} are own"));
        }
    }
    Ok(())
}

async fn exports(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    own: usize,
    whole: bool,
) -> Result<(), CrossingError> {
    intruder.now("export");
    for (method, path, body) in [
        (Method::GET, format!("/{name}?format="), None),
        (Method::POST, format!("/{name}/filter?format="), Some(json!({}))),
    ] {
        for format in ["ndjson", "csv"] {
            let path = format!("{path}{format}");
            let got = intruder.send(table, method.clone(), &path, body.clone()).await?;
            if !got.is_good() {
                continue;
            }
            let text = String::from_utf8_lossy(&got.bytes).into_owned();
            let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
            let exported = if format == "csv" { records(&text).saturating_sub(1) } else { lines.len() };
            if whole && exported > own {
                intruder.leak(&path, format!("exports {exported} rows, of which {own} are own"));
            }
            if format == "ndjson" {
                let rows: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
                intruder.look(table, &path, &Value::Array(rows));
            }
        }
    }
    Ok(())
}

/// Records of RFC 4180: line ends inside of quotes are text.
fn records(text: &str) -> usize {
    let mut quoted = false;
    let mut ends = 0;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '\r' if !quoted && text[at..].starts_with("\r\n") => ends += 1,
            _ => {}
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::records;

    #[test]
    fn records_are_counted_by_their_ends_and_not_by_lines() {
        assert_eq!(records("a,b\r\n1,2\r\n"), 2);
        assert_eq!(records("a\r\n\"x\r\n\"\"y\"\"\r\n\"\r\n"), 2);
    }
}
