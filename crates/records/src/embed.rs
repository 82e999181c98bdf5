//! Children and figures into their parents: one statement per relationship, then bytes put together.

use crate::{RecordsError, Session, groups::members};
use futures_util::future::BoxFuture;
use portcullis_query::{
    Rows, Value,
    plan::{Include, IncludeFigures, IncludeRows},
    render, write_json_string,
};
use portcullis_schema::Table;
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};
use xxhash_rust::xxh3::Xxh3Builder;

/// Rows of one table after embedding.
pub(crate) struct Embedded {
    /// The rows with commas between them.
    pub bytes: Vec<u8>,
    /// Where each row lies in `bytes`.
    pub spans: Vec<Range<usize>>,
}

/// What one relationship brought: the rows, and which of them belong to which parent key.
struct Brought {
    embedded: Embedded,
    by_key: ByKey,
}

/// The rows of each key.
type ByKey = HashMap<Vec<u8>, Range<usize>, Xxh3Builder>;

/// Fetches what hangs on `rows` and writes it into them.
pub(crate) fn embed<'a>(
    session: Session<'a>,
    rows: Rows,
    captured: usize,
    includes: &'a [Include<'a>],
) -> BoxFuture<'a, Result<Embedded, RecordsError>> {
    Box::pin(async move {
        let mut children = Vec::with_capacity(includes.len());
        let mut figures = Vec::with_capacity(includes.len());
        for include in includes {
            let keys = parent_keys(&rows, captured, include);
            children.push(match &include.rows {
                Some(plan) => Some(bring_rows(session, include.target, plan, keys.clone()).await?),
                None => None,
            });
            figures.push(match &include.figures {
                Some(plan) => Some(bring_figures(session, include.target, plan, keys).await?),
                None => None,
            });
        }
        let fold = session.folds_keys();
        let mut out =
            Embedded { bytes: Vec::with_capacity(rows.bytes.len() * 2), spans: Vec::with_capacity(rows.len()) };
        let mut key = Vec::new();
        for index in 0..rows.len() {
            if index > 0 {
                out.bytes.push(b',');
            }
            let start = out.bytes.len();
            let row = rows.row(index);
            out.bytes.extend_from_slice(row.strip_suffix(b"}").unwrap_or(row));
            let mut separator = if row.len() > 2 { Some(b',') } else { None };
            let values = rows.captured(index, captured);
            let mut collected = Vec::new();
            for ((include, children), figures) in includes.iter().zip(&children).zip(&figures) {
                key.clear();
                write_key(include.parent_keys.iter().map(|at| &values[*at]), fold, &mut key);
                if let Some(children) = children {
                    out.bytes.extend(separator);
                    separator = Some(b',');
                    out.bytes.extend_from_slice(include.relation.json_key.as_bytes());
                    write_children(children, include.relation.kind.is_many(), &key, &mut out.bytes);
                }
                if let (Some(plan), Some(found)) = (&include.figures, figures) {
                    write_figures(plan, found.get(&key), &mut collected);
                }
            }
            if figures.iter().any(Option::is_some) {
                out.bytes.extend(separator);
                out.bytes.extend_from_slice(b"\"aggregations\":{");
                out.bytes.extend_from_slice(&collected);
                out.bytes.push(b'}');
            }
            out.bytes.push(b'}');
            out.spans.push(start..out.bytes.len());
        }
        Ok(out)
    })
}

impl Session<'_> {
    /// Whether the engine compares texts without regard to case, so that keys must be matched alike.
    fn folds_keys(&self) -> bool {
        self.project.engine.dialect().name() == "mysql"
    }
}

/// The keys of the parents that have one, each once.
fn parent_keys(rows: &Rows, captured: usize, include: &Include<'_>) -> Vec<Vec<Value>> {
    let mut seen = HashSet::with_capacity_and_hasher(rows.len(), Xxh3Builder::new());
    let mut bytes = Vec::new();
    let mut keys = Vec::new();
    for index in 0..rows.len() {
        let values = rows.captured(index, captured);
        let key = include.parent_keys.iter().map(|at| &values[*at]);
        if key.clone().any(Value::is_null) {
            continue;
        }
        bytes.clear();
        write_key(key.clone(), false, &mut bytes);
        if !seen.contains(&bytes) {
            seen.insert(bytes.clone());
            keys.push(key.cloned().collect());
        }
    }
    keys
}

/// A key as bytes that are equal where the keys are.
fn write_key<'v>(values: impl Iterator<Item = &'v Value>, fold: bool, out: &mut Vec<u8>) {
    for value in values {
        let start = out.len();
        match value {
            Value::Int(value) => {
                out.push(b'i');
                out.extend_from_slice(&value.to_le_bytes());
            }
            Value::Text(text) if fold => out.extend_from_slice(text.trim_end().to_lowercase().as_bytes()),
            Value::Text(text) => out.extend_from_slice(text.as_bytes()),
            Value::Bytes(bytes) => out.extend_from_slice(bytes),
            other => out.extend_from_slice(other.to_text().unwrap_or_default().as_bytes()),
        }
        // With the length behind it no value runs into the next.
        let length = out.len() - start;
        out.extend_from_slice(&length.to_le_bytes());
    }
}

async fn bring_rows(
    session: Session<'_>,
    target: &Table,
    plan: &IncludeRows<'_>,
    keys: Vec<Vec<Value>>,
) -> Result<Brought, RecordsError> {
    let rows = if keys.is_empty() {
        Rows::default()
    } else {
        let select = plan.select.of_parents(&plan.key, keys);
        session.fetch_once(render::select(&select, session.project.engine.dialect()), target).await?
    };
    let by_key = by_key(session, &rows, plan.captured, &plan.child_keys);
    let embedded = if plan.includes.is_empty() {
        let spans = (0..rows.len()).map(|index| rows.span(index)).collect();
        Embedded { spans, bytes: rows.bytes }
    } else {
        embed(session, rows, plan.captured, &plan.includes).await?
    };
    Ok(Brought { embedded, by_key })
}

/// Which rows carry which key: the statement orders them by it, so each key's rows stand together.
fn by_key(session: Session<'_>, rows: &Rows, captured: usize, places: &[usize]) -> ByKey {
    let fold = session.folds_keys();
    let mut by_key = ByKey::with_capacity_and_hasher(rows.len().min(64), Xxh3Builder::new());
    let (mut key, mut next, mut first) = (Vec::new(), Vec::new(), 0);
    for index in 0..rows.len() {
        let values = rows.captured(index, captured);
        next.clear();
        write_key(places.iter().map(|at| &values[*at]), fold, &mut next);
        if index > 0 && next != key {
            note(&mut by_key, std::mem::take(&mut key), first..index);
            first = index;
        }
        std::mem::swap(&mut key, &mut next);
    }
    if !rows.is_empty() {
        note(&mut by_key, key, first..rows.len());
    }
    by_key
}

/// A key that comes again after others (equal to the database, in another spelling) goes on where it was.
fn note(by_key: &mut ByKey, key: Vec<u8>, rows: Range<usize>) {
    by_key.entry(key).and_modify(|known| known.end = rows.end).or_insert(rows);
}

fn write_children(brought: &Brought, many: bool, key: &[u8], out: &mut Vec<u8>) {
    let spans = brought.by_key.get(key).map_or(&[][..], |range| &brought.embedded.spans[range.clone()]);
    let bytes = &brought.embedded.bytes;
    match (many, spans) {
        (true, []) => out.extend_from_slice(b"[]"),
        (true, [first, .., last] | [first @ last]) => {
            // The rows of one parent lie side by side, commas and all.
            out.push(b'[');
            out.extend_from_slice(&bytes[first.start..last.end]);
            out.push(b']');
        }
        (false, []) => out.extend_from_slice(b"null"),
        (false, [first, ..]) => out.extend_from_slice(&bytes[first.clone()]),
    }
}

async fn bring_figures(
    session: Session<'_>,
    target: &Table,
    plan: &IncludeFigures<'_>,
    keys: Vec<Vec<Value>>,
) -> Result<HashMap<Vec<u8>, Vec<Vec<u8>>>, RecordsError> {
    let mut found: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
    if keys.is_empty() {
        return Ok(found);
    }
    let select = plan.select.of_parents(&plan.key, keys);
    let rows = session.fetch_once(render::select(&select, session.project.engine.dialect()), target).await?;
    let (captured, fold) = (plan.select.captured(), session.folds_keys());
    for index in 0..rows.len() {
        let mut key = Vec::new();
        write_key(rows.captured(index, captured).iter().take(plan.key.len()), fold, &mut key);
        found.entry(key).or_default().push(rows.row(index).to_vec());
    }
    Ok(found)
}

/// Writes the members of one relationship's figures, without the braces around them.
fn write_figures(plan: &IncludeFigures<'_>, groups: Option<&Vec<Vec<u8>>>, out: &mut Vec<u8>) {
    let groups: Vec<_> = groups.into_iter().flatten().filter_map(|row| members(row).ok()).collect();
    for name in &plan.names {
        if !out.is_empty() {
            out.push(b',');
        }
        write_json_string(name.key.as_bytes(), out);
        out.push(b':');
        if plan.grouped {
            let list: Vec<serde_json::Value> = groups
                .iter()
                .map(|group| {
                    let mut group = group.clone();
                    for other in plan.names.iter().filter(|other| other.alias != name.alias) {
                        group.shift_remove(&other.alias);
                    }
                    serde_json::Value::Object(group)
                })
                .collect();
            out.extend_from_slice(serde_json::Value::Array(list).to_string().as_bytes());
        } else {
            match groups.first().and_then(|group| group.get(&name.alias)) {
                Some(value) => out.extend_from_slice(value.to_string().as_bytes()),
                None => out.extend_from_slice(if name.counts { b"0" } else { b"null" }),
            }
        }
    }
}
