//! `POST`, `PUT` and `PATCH /{model}/bulk`: many rows, each on its own.

use super::{
    Call,
    call::{invalid_body, items},
};
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use portcullis_query::{Json, write_json_string};
use portcullis_records::{BulkOutcome, FailedRow, bulk_create, bulk_update};
use portcullis_schema::Table;
use portcullis_web::{ApiError, json, read_json};

/// Creates rows.
pub async fn create(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let conflict = call.on_conflict()?;
    call.query.end(&["on_conflict"])?;
    let body = call.bulk_body().await?;
    call.once(&Method::POST, &body, async {
        let items = rows(&call, &body)?;
        let outcome = bulk_create(call.session(), table, &items, conflict.as_deref()).await?;
        let whole = if outcome.all_inserted { StatusCode::CREATED } else { StatusCode::OK };
        Ok(answer(&outcome, &items, whole))
    })
    .await
}

/// Changes rows.
pub async fn update(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let body = call.bulk_body().await?;
    call.once(&Method::PUT, &body, async {
        let items = rows(&call, &body)?;
        let outcome = bulk_update(call.session(), table, &items).await?;
        Ok(answer(&outcome, &items, StatusCode::OK))
    })
    .await
}

fn rows(call: &Call<'_>, body: &Bytes) -> Result<Vec<Json>, ApiError> {
    let items = items(read_json(body)?)?;
    let max = call.project.settings.limits.bulk_rows;
    match items.len() {
        0 => Err(invalid_body("the array is empty".to_owned())),
        len if len > max => Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many_bulk_rows",
            format!("{len} rows in one bulk; at most {max} are taken"),
        )),
        _ => Ok(items),
    }
}

fn answer(outcome: &BulkOutcome, items: &[Json], whole: StatusCode) -> Response<Body> {
    let mut body = Vec::with_capacity(64 + outcome.succeeded.iter().map(|row| row.len() + 1).sum::<usize>());
    body.extend_from_slice(b"{\"succeeded\":[");
    for (at, row) in outcome.succeeded.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(row);
    }
    body.extend_from_slice(b"],\"failed\":[");
    for (at, failed) in outcome.failed.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        write_failed(&mut body, failed, items.get(failed.index));
    }
    body.extend_from_slice(b"]}");
    json(if outcome.failed.is_empty() { whole } else { StatusCode::MULTI_STATUS }, body)
}

/// Writes `{"index","data","error":{"code","message"}}`.
pub fn write_failed(body: &mut Vec<u8>, failed: &FailedRow, item: Option<&Json>) {
    body.extend_from_slice(format!("{{\"index\":{},\"data\":", failed.index).as_bytes());
    item.unwrap_or(&Json::Null).write(body);
    body.extend_from_slice(b",\"error\":{\"code\":");
    write_json_string(failed.error.bulk_code().as_bytes(), body);
    body.extend_from_slice(b",\"message\":");
    write_json_string(failed.error.to_string().as_bytes(), body);
    body.extend_from_slice(b"}}");
}
