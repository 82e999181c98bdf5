//! `PUT` and `DELETE /{model}/filter`: all rows a filter matches, up to a cap, or a look at them first.

use super::{
    Call,
    call::{invalid_body, members},
    page::plan,
};
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use portcullis_query::{
    Json,
    request::{Expression, parse_expressions},
    write_json_string,
};
use portcullis_records::{MassOutcome, MassRequest, mass_delete, mass_preview, mass_update};
use portcullis_schema::Table;
use portcullis_web::{ApiError, json, read_json};

/// Changes matching rows.
pub async fn update(call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    mass(call, table, Method::PUT).await
}

/// Deletes matching rows.
pub async fn delete(call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    mass(call, table, Method::DELETE).await
}

async fn mass(mut call: Call<'_>, table: &Table, method: Method) -> Result<Response<Body>, ApiError> {
    let preview = call.query.take_bool("preview")?.unwrap_or(false);
    let limit = call.query.take_number("limit")?;
    call.query.end(&["preview", "limit"])?;
    let body = if preview { call.take_bytes(1).await? } else { call.write_body().await? };
    let work = async {
        let Words { filter, update } = words(&body)?;
        let update = match method {
            Method::DELETE => None,
            _ => Some(update.as_slice()),
        };
        let request = MassRequest { filter: &filter, update, limit };
        let session = call.session();
        if preview {
            let seen = mass_preview(session, table, request).await?;
            let mut body = format!("{{\"count\":{},\"sample\":[", seen.count).into_bytes();
            body.extend_from_slice(&seen.sample);
            body.push(b']');
            if let Some(sql) = &seen.sql {
                body.extend_from_slice(b",\"sql\":");
                write_json_string(sql.as_bytes(), &mut body);
            }
            body.push(b'}');
            return Ok(json(StatusCode::OK, body));
        }
        let (outcome, verb) = match update {
            Some(_) => (mass_update(session, table, request).await?, "updated"),
            None => (mass_delete(session, table, request).await?, "deleted"),
        };
        Ok(answer(&outcome, verb))
    };
    if preview { work.await } else { call.once(&method, &body, work).await }
}

/// The conditions and changes of a body.
#[derive(Default)]
struct Words {
    filter: Vec<Expression>,
    update: Vec<(String, Json)>,
}

fn words(body: &Bytes) -> Result<Words, ApiError> {
    let mut words = Words::default();
    let Some(body) = read_json(body)? else { return Ok(words) };
    for (key, value) in members(Some(body))? {
        match key.as_str() {
            "expressions" => words.filter = parse_expressions(&value, "/expressions").map_err(plan)?,
            "updateData" => {
                words.update = match value {
                    Json::Null => Vec::new(),
                    Json::Object(members) => members,
                    other => return Err(invalid_body(format!("`updateData` is an object, not {}", other.kind()))),
                }
            }
            _ => {}
        }
    }
    Ok(words)
}

fn answer(outcome: &MassOutcome, verb: &str) -> Response<Body> {
    let count = outcome.count;
    let noun = if count == 1 { "record" } else { "records" };
    let mut body = format!("{{\"success\":true,\"message\":\"{count} {noun} {verb}\",\"affected\":{count},\"data\":[")
        .into_bytes();
    body.extend_from_slice(&outcome.rows);
    let pages = u8::from(count > 0);
    body.extend_from_slice(
        format!("],\"total\":{count},\"page\":1,\"page_size\":{count},\"total_pages\":{pages}}}").as_bytes(),
    );
    json(StatusCode::OK, body)
}
