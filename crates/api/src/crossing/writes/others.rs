//! Rows of others: changed and deleted by key, in bulk, in a batch and by filter.

use super::super::{
    CrossingError,
    intruder::{Intruder, Tried},
    tree::segment,
    truth::Row,
};
use crate::Asked;
use http::{HeaderValue, Method, StatusCode, header};
use portcullis_query::access::Caller;
use portcullis_schema::Table;
use serde_json::{Value, json};

pub(super) async fn by_key(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
    change: &Value,
) -> Result<(), CrossingError> {
    let path = format!("/{name}/{}", segment(key));
    let asked = Asked { method: Method::GET, path: path.clone(), body: None, media_type: None };
    let tag = intruder.stand.rehearse(&Caller::Administrator, &asked).await?.headers.get(header::ETAG).cloned();
    let tags = [None, Some(HeaderValue::from_static("*")), Some(HeaderValue::from_static("\"0\"")), tag];
    for (at, tag) in tags.into_iter().enumerate().filter(|(at, tag)| *at == 0 || tag.is_some()) {
        for (method, body) in [
            (Method::PUT, Some(change.clone())),
            (Method::PATCH, Some(change.clone())),
            (Method::PUT, Some(json!({}))),
            (Method::DELETE, None),
        ] {
            intruder.now(match (at, &method) {
                (0, &Method::DELETE) => "delete",
                (0, _) => "update",
                _ => "etag",
            });
            let mut tried = Tried::new(method.clone(), &path, body);
            if let Some(tag) = &tag {
                tried = tried.with(header::IF_MATCH, tag);
            }
            let got = intruder.try_it(table, tried).await?;
            // That it is there in another state is something that was told, too.
            if got.is_good() || got.status == StatusCode::PRECONDITION_FAILED.as_u16() {
                let why = format!("answers {} for another tenant's row", got.status);
                intruder.leak(&format!("{method} {path} with If-Match: {tag:?}"), why);
            }
        }
    }
    intruder.now("preview");
    intruder.send(table, Method::PUT, &format!("{path}/query"), Some(change.clone())).await?;
    Ok(())
}

pub(super) async fn in_bulk(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
    row: &Row,
    change: &Value,
) -> Result<(), CrossingError> {
    let mut element = change.as_object().cloned().unwrap_or_default();
    for id in &table.primary_key {
        let column = &table.column(*id).name;
        element.insert(column.clone(), row.get(column).cloned().unwrap_or_default());
    }
    intruder.now("bulk");
    for method in [Method::PUT, Method::PATCH] {
        let path = format!("/{name}/bulk");
        let got = intruder.send(table, method.clone(), &path, Some(json!([element]))).await?;
        let done = got.json["succeeded"].as_array().map_or(0, Vec::len);
        if got.is_good() && done > 0 {
            intruder.leak(&format!("{method} {path}"), format!("changes row {key}, which is another tenant's"));
        }
    }
    intruder.now("batch");
    for (operation, body) in [("PUT", Some(change)), ("PATCH", Some(change)), ("DELETE", None)] {
        let mut one = json!({"method": operation, "path": format!("/{name}/{}", segment(key))});
        if let Some(body) = body {
            one["body"] = body.clone();
        }
        let got = intruder.send(table, Method::POST, "/batch", Some(json!({"operations": [one]}))).await?;
        if got.is_good() {
            let why = format!("{operation} of row {key} of `{}` answers {}", table.name, got.status);
            intruder.leak("POST /batch", why);
        }
    }
    Ok(())
}

pub(super) async fn by_filter(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
    change: &Value,
) -> Result<(), CrossingError> {
    let Some(that) = intruder.that(table, key) else { return Ok(()) };
    let ored = json!([{"operator": "OR", "expressions": [{"operator": "AND", "expressions": that.clone()}]}]);
    for expressions in [Value::Array(that), ored] {
        for preview in ["", "?preview=true"] {
            intruder.now(if preview.is_empty() { "mass" } else { "preview" });
            let path = format!("/{name}/filter{preview}");
            for (method, body) in [
                (Method::PUT, json!({"expressions": expressions, "updateData": change})),
                (Method::PATCH, json!({"expressions": expressions, "updateData": change})),
                (Method::DELETE, json!({"expressions": expressions})),
            ] {
                let got = intruder.send(table, method.clone(), &path, Some(body.clone())).await?;
                let touched = got.says();
                if got.is_good() && touched > 0 {
                    intruder
                        .leak(&format!("{method} {path} {body}"), format!("touches {touched} rows of another tenant"));
                }
            }
        }
    }
    Ok(())
}
