//! Every column with every operator, order, distinct, groups and figures.

use super::{
    super::{CrossingError, intruder::Intruder, truth::text},
    count_is,
};
use http::Method;
use portcullis_query::plan::operators_of;
use portcullis_schema::{Column, Table};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What one column holds.
struct Held<'a> {
    field: &'a str,
    own: Vec<Value>,
    /// Values that only rows of others hold.
    secret: BTreeMap<String, Value>,
    whole: bool,
}

pub(super) async fn try_all(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    own: &BTreeSet<String>,
    whole: bool,
) -> Result<(), CrossingError> {
    let path = format!("/{name}/filter?pageSize=1000");
    for column in &table.columns {
        let (values, secret) = intruder.values(table, &column.name);
        let held = Held { field: &column.name, own: values, secret, whole };
        operators(intruder, table, &path, column, &held, own.len()).await?;
        intruder.now("sort");
        for direction in ["asc", "desc"] {
            let sorted = json!({"sort": [{"field": held.field, "direction": direction}]});
            intruder.send(table, Method::POST, &path, Some(sorted)).await?;
        }
        told(intruder, table, &path, &held).await?;
        numbers(intruder, table, &path, &held).await?;
    }
    intruder.now("figure");
    let figure = json!({"aggregations": {"functions": [{"type": "COUNT", "field": "*", "alias": "figure"}]}});
    let got = intruder.send(table, Method::POST, &path, Some(figure)).await?;
    if got.is_good() && whole {
        count_is(intruder, &format!("COUNT(*) of /{name}"), &got.json["data"][0]["figure"], own.len());
    }
    Ok(())
}

async fn operators(
    intruder: &mut Intruder<'_>,
    table: &Table,
    path: &str,
    column: &Column,
    held: &Held<'_>,
    own: usize,
) -> Result<(), CrossingError> {
    intruder.now("operator");
    let Some((word, value)) = held.secret.iter().next() else { return Ok(()) };
    for operator in operators_of(column) {
        let value = match operator.name() {
            "in" | "notin" => json!([value]),
            "between" | "notbetween" => json!([value, value]),
            "like" | "ilike" | "notlike" | "contains" | "startswith" | "endswith" => json!(word),
            "isnull" | "isnotnull" => Value::Null,
            _ => value.clone(),
        };
        let body = json!({"expressions": [{"field": held.field, "operator": operator.name(), "value": value}]});
        let got = intruder.send(table, Method::POST, path, Some(body.clone())).await?;
        if got.is_good() && held.whole && got.says() > own as u64 {
            let why = format!("finds {} rows, of which {own} are the caller's own", got.says());
            intruder.leak(&format!("POST {path} {body}"), why);
        }
    }
    Ok(())
}

/// What tells values without showing rows.
async fn told(intruder: &mut Intruder<'_>, table: &Table, path: &str, held: &Held<'_>) -> Result<(), CrossingError> {
    let field = held.field;
    let figure = |function: &str| json!({"aggregations": {"functions": [{"type": function, "field": field, "alias": "figure"}]}});
    let groups = json!({"aggregations": {"functions": [{"type": "COUNT", "field": "*", "alias": "figure"}],
        "group_by": [field], "expressions": [{"field": "figure", "operator": "gt", "value": 0}]}});
    let asked = [
        ("distinct", json!({"distinct": true, "projections": [field]}), field),
        ("group", groups, field),
        ("figure", figure("MIN"), "figure"),
        ("figure", figure("MAX"), "figure"),
    ];
    for (kind, body, at) in asked {
        intruder.now(kind);
        let got = intruder.send(table, Method::POST, path, Some(body.clone())).await?;
        let rows = got.json["data"].as_array().filter(|_| got.is_good() && held.whole);
        let found: Vec<String> = rows.into_iter().flatten().filter_map(|row| text(row.get(at)?)).collect();
        if let Some(value) = found.iter().find(|value| held.secret.contains_key(*value)) {
            intruder.leak(&format!("POST {path} {body}"), format!("tells `{value}`, which only others have"));
        }
    }
    Ok(())
}

/// Figures that are numbers: they are those of the caller's own rows.
async fn numbers(intruder: &mut Intruder<'_>, table: &Table, path: &str, held: &Held<'_>) -> Result<(), CrossingError> {
    intruder.now("figure");
    let there = held.own.iter().filter(|value| !value.is_null()).count();
    // What JSON cannot say (NaN, a day of zeros) is shown as nothing, and counted.
    let most = held.own.len();
    let whole: Option<i128> =
        held.own.iter().filter(|value| !value.is_null()).map(|v| v.as_i64().map(i128::from)).sum();
    for function in ["COUNT", "COUNT_DISTINCT"] {
        let body = json!({"aggregations": {"functions": [{"type": function, "field": held.field, "alias": "figure"}]}});
        let got = intruder.send(table, Method::POST, path, Some(body.clone())).await?;
        let found = got.json["data"][0]["figure"].as_u64().filter(|_| got.is_good() && held.whole);
        if let Some(found) = found.filter(|found| *found > most as u64) {
            let why = format!("counts {found} values, of which {most} are the caller's own");
            intruder.leak(&format!("POST {path} {body}"), why);
        }
    }
    for function in ["SUM", "AVG"] {
        let body = json!({"aggregations": {"functions": [{"type": function, "field": held.field, "alias": "figure"}]}});
        let got = intruder.send(table, Method::POST, path, Some(body.clone())).await?;
        let found = text(&got.json["data"][0]["figure"]).and_then(|text| text.parse::<i128>().ok());
        let (Some(found), Some(whole), "SUM") = (found, whole, function) else { continue };
        if got.is_good() && held.whole && there > 0 && found != whole {
            let why = format!("sums up {found}, where the caller's own rows make {whole}");
            intruder.leak(&format!("POST {path} {body}"), why);
        }
    }
    Ok(())
}
