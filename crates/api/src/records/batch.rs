//! `POST /batch`: several writes in one transaction, or none of them.

use super::{
    Call,
    call::{invalid_body, members},
};
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use portcullis_query::{Json, write_json_string};
use portcullis_records::{Operation, OperationKind, batch};
use portcullis_web::{ApiError, Problem, json, read_json, segments};

/// Does all operations of a batch, or none.
pub async fn post(mut call: Call<'_>) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let body = call.bulk_body().await?;
    call.once(&Method::POST, &body, run(&call, &body)).await
}

async fn run(call: &Call<'_>, body: &Bytes) -> Result<Response<Body>, ApiError> {
    let words = members(read_json(body)?)?;
    let Some((_, Json::Array(items))) = words.into_iter().find(|(key, _)| key == "operations") else {
        return Err(invalid_body("the body is {\"operations\": [..]}".to_owned()));
    };
    let max = call.project.settings.limits.batch_operations;
    if items.is_empty() {
        return Err(invalid_body("`operations` is empty".to_owned()));
    }
    if items.len() > max {
        return Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many_operations",
            format!("{} operations in one batch; at most {max} are taken", items.len()),
        ));
    }
    let operations: Vec<_> = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| operation(call, item).map_err(|error| placed(index, error)))
        .collect::<Result<_, _>>()?;
    let results = batch(call.session(), &operations).await?;
    let mut answer = b"{\"results\":[".to_vec();
    for (at, (operation, result)) in operations.iter().zip(&results).enumerate() {
        answer.extend_from_slice(if at > 0 { b",{\"id\":" } else { b"{\"id\":" });
        match &operation.id {
            Some(id) => write_json_string(id.as_bytes(), &mut answer),
            None => answer.extend_from_slice(b"null"),
        }
        let status = if result.created { 201 } else { 200 };
        answer.extend_from_slice(format!(",\"status\":{status},\"body\":").as_bytes());
        answer.extend_from_slice(&result.row);
        answer.push(b'}');
    }
    answer.extend_from_slice(b"]}");
    Ok(json(StatusCode::OK, answer))
}

fn placed(index: usize, mut error: ApiError) -> ApiError {
    let place = format!("/operations/{index}");
    error.errors.insert(0, Problem { place, code: error.code.to_owned(), message: error.title.clone() });
    error
}

fn operation<'a>(call: &Call<'a>, item: Json) -> Result<Operation<'a>, ApiError> {
    let (mut id, mut method, mut path, mut body) = (None, None, None, Json::Object(Vec::new()));
    for (key, value) in members(Some(item))? {
        match (key.as_str(), value) {
            ("id", Json::String(text)) => id = Some(text),
            ("method", Json::String(text)) => method = Some(text),
            ("path", Json::String(text)) => path = Some(text),
            ("body", value @ Json::Object(_)) => body = value,
            ("id" | "body", Json::Null) => {}
            ("id" | "method" | "path", other) => {
                return Err(invalid_body(format!("`{key}` is a string, not {}", other.kind())));
            }
            ("body", other) => return Err(invalid_body(format!("`body` is an object, not {}", other.kind()))),
            (other, _) => {
                return Err(invalid_body(format!("no key `{other}` here; an operation has id, method, path and body")));
            }
        }
    }
    let (Some(method), Some(path)) = (method, path) else {
        return Err(invalid_body("an operation needs `method` and `path`".to_owned()));
    };
    let segments = segments(&path)?;
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let names = match names.as_slice() {
        ["api", rest @ ..] => rest,
        all => all,
    };
    let (model, key) = match names {
        [model] => (*model, None),
        [model, key] => (*model, Some((*key).to_owned())),
        _ => return Err(invalid_body(format!("`{path}` is no path of a row or table"))),
    };
    let table = crate::access::table(call.project, call.caller, model)?;
    let kind = match (method.to_ascii_uppercase().as_str(), key) {
        ("POST", None) => OperationKind::Create,
        ("PUT" | "PATCH", Some(key)) => OperationKind::Update(key),
        ("DELETE", Some(key)) => OperationKind::Delete(key),
        _ => {
            return Err(invalid_body(format!(
                "`{method} {path}` is no write; use POST /model, PUT or PATCH /model/id, DELETE /model/id"
            )));
        }
    };
    Ok(Operation { id, table, kind, body })
}
