//! One row that is another's: by its key, by its ETag, and by every filter that could say that it is there.

use super::super::{
    CrossingError,
    intruder::{Intruder, Tried},
    tree::segment,
    truth::text,
};
use crate::Asked;
use http::{HeaderValue, Method, header};
use portcullis_query::access::Caller;
use portcullis_schema::Table;
use serde_json::json;

pub(super) async fn try_all(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    key: &str,
) -> Result<(), CrossingError> {
    if intruder.is_named(table, key) {
        by_key(intruder, table, name, key).await?;
    }
    by_parameters(intruder, table, name, key).await?;
    let Some(that) = intruder.that(table, key) else { return Ok(()) };
    let first = that[0]["field"].clone();
    let that = json!({"operator": "AND", "expressions": that});
    let any = json!({"field": first, "operator": "isnotnull"});
    let not = |inner: &serde_json::Value| json!({"operator": "NOT", "expressions": [inner]});
    let mut forms =
        vec![json!([that]), json!([{"operator": "OR", "expressions": [that, any]}, that]), json!([not(&not(&that))])];
    // Rows that hold nothing there meet it, too.
    let (mine, _) = intruder.values(table, first.as_str().unwrap_or_default());
    if !mine.iter().any(serde_json::Value::is_null) {
        forms.push(json!([not(&json!({"operator": "AND", "expressions": [any, not(&that)]}))]));
    }
    for form in forms {
        for (route, kind) in [("filter", "filter"), ("filter/query", "preview"), ("count", "count")] {
            intruder.now(kind);
            let body = json!({"expressions": form});
            let got = intruder.send(table, Method::POST, &format!("/{name}/{route}"), Some(body.clone())).await?;
            let found = got.says();
            if got.is_good() && found > 0 {
                intruder
                    .leak(&format!("POST /{name}/{route} {body}"), format!("finds {found} rows that are another's"));
            }
        }
    }
    Ok(())
}

/// By the path, also for somebody who says they have the row already.
async fn by_key(intruder: &mut Intruder<'_>, table: &Table, name: &str, key: &str) -> Result<(), CrossingError> {
    let path = format!("/{name}/{}", segment(key));
    intruder.now("row");
    for method in [Method::GET, Method::HEAD] {
        let got = intruder.send(table, method.clone(), &path, None).await?;
        if got.is_good() {
            intruder.leak(&format!("{method} {path}"), "answers for another tenant's row".to_owned());
        }
    }
    intruder.now("etag");
    let asked = Asked { method: Method::GET, path: path.clone(), body: None, media_type: None };
    let known = intruder.stand.rehearse(&Caller::Administrator, &asked).await?.headers.get(header::ETAG).cloned();
    for tag in [Some(HeaderValue::from_static("*")), known].into_iter().flatten() {
        let tried = Tried::new(Method::GET, &path, None).with(header::IF_NONE_MATCH, &tag);
        let got = intruder.try_it(table, tried).await?;
        if got.is_good() {
            let why = format!("answers {} about another tenant's row", got.status);
            intruder.leak(&format!("GET {path} with If-None-Match: {tag:?}"), why);
        }
    }
    Ok(())
}

/// `?column=value` of the key.
async fn by_parameters(intruder: &mut Intruder<'_>, table: &Table, name: &str, key: &str) -> Result<(), CrossingError> {
    let Some(that) = intruder.that(table, key) else { return Ok(()) };
    let pairs: Option<Vec<String>> = that
        .iter()
        .map(|one| Some(format!("{}={}", segment(one["field"].as_str()?), segment(&text(&one["value"])?))))
        .collect();
    let Some(pairs) = pairs else { return Ok(()) };
    for (route, kind) in [("", "filter"), ("/count", "count")] {
        intruder.now(kind);
        let path = format!("/{name}{route}?{}", pairs.join("&"));
        let got = intruder.send(table, Method::GET, &path, None).await?;
        if got.is_good() && got.says() > 0 {
            intruder.leak(&format!("GET {path}"), format!("finds {} rows that are another's", got.says()));
        }
    }
    Ok(())
}
