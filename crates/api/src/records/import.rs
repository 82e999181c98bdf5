//! `POST /{model}/import`: CSV or NDJSON back into rows, as it arrives.

use super::{Call, bulk::write_failed};
use axum::body::Body;
use http::{Response, StatusCode, header};
use http_body_util::BodyExt;
use portcullis_query::access::Action;
use portcullis_records::{ImportFormat, ImportOutcome, Importer};
use portcullis_schema::Table;
use portcullis_web::{ApiError, json};
use std::time::Duration;

/// How long a client may send nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// Takes records.
pub async fn post(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let conflict = call.on_conflict()?;
    let named = call.query.take("format")?;
    call.query.end(&["on_conflict", "format"])?;
    let format = format(named.as_deref().or_else(|| call.headers.get(header::CONTENT_TYPE)?.to_str().ok()))?;
    if call.headers.contains_key("idempotency-key") {
        return Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_idempotency_key",
            "an import is not remembered; use ?on_conflict= to be able to send it twice",
        ));
    }
    let session = call.session();
    session.planner().write_grant(Action::Create, table)?;
    let mut importer = Importer::new(format, conflict);
    let mut body = call.take_body();
    loop {
        let frame = tokio::time::timeout(SILENCE, body.frame())
            .await
            .map_err(|_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", "nothing came for 30 s"))?;
        match frame {
            None => break,
            Some(Err(_)) => return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", "the body broke off")),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    importer.push(session, table, &bytes).await?;
                }
            }
        }
    }
    Ok(answer(&importer.finish(session, table).await?))
}

fn format(text: Option<&str>) -> Result<ImportFormat, ApiError> {
    match text.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "csv" | "text/csv" => Ok(ImportFormat::Csv),
        "ndjson" | "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(ImportFormat::Ndjson),
        _ => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send the records as text/csv or application/x-ndjson",
        )),
    }
}

fn answer(outcome: &ImportOutcome) -> Response<Body> {
    let mut body = format!("{{\"succeeded\":{},\"failed\":[", outcome.succeeded).into_bytes();
    for (at, (failed, item)) in outcome.first_failed.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        write_failed(&mut body, failed, Some(item));
    }
    body.extend_from_slice(format!("],\"failed_total\":{}}}", outcome.failed).as_bytes());
    json(if outcome.failed == 0 { StatusCode::CREATED } else { StatusCode::MULTI_STATUS }, body)
}
