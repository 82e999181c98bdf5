//! `POST .../import`: what an export gives, back into rows, as it arrives: CSV or JSON lines of any length, or JSON.

use super::{Asked, Refusal, refused};
use crate::solobase::wire::Reply;
use axum::body::Body;
use http::StatusCode;
use http_body_util::BodyExt as _;
use portcullis_query::access::Action;
use portcullis_records::{ImportFormat, ImportOutcome, Importer};
use portcullis_schema::Table;
use portcullis_web::Query;
use serde_json::json;
use std::time::Duration;

/// How long a client may send nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// Takes records: 200 `{imported, failed, errors: [{index, code, message, details}]}`. A row that is refused undoes
/// no other; the first hundred are told of.
pub async fn post(asked: &Asked, table: &Table, stream: Body) -> Result<Reply, Refusal> {
    let mut query = Query::parse(asked.query.as_deref()).map_err(super::list::invalid)?;
    let named = query.take("format").map_err(super::list::invalid)?;
    query.end(&["format"]).map_err(super::list::invalid)?;
    asked.session().planner().write_grant(Action::Create, table).map_err(|error| refused(error.into(), true))?;
    let outcome = match named.as_deref().unwrap_or(&asked.media) {
        "csv" | "text/csv" => streamed(asked, table, ImportFormat::Csv, stream).await?,
        "ndjson" | "jsonl" | "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
            streamed(asked, table, ImportFormat::Ndjson, stream).await?
        }
        "json" | "application/json" | "" => listed(asked, table).await?,
        _ => {
            let message = "The records come as application/json, text/csv or application/x-ndjson";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "VALIDATION_ERROR", message));
        }
    };
    let (imported, failed) = (outcome.succeeded, outcome.failed);
    let errors = outcome.first_failed.into_iter().map(|(failed, _)| {
        let mut error = refused(failed.error, true).body()["error"].take();
        error["index"] = json!(failed.index);
        error
    });
    let errors: Vec<_> = errors.collect();
    Ok(Reply::ok(json!({"imported": imported, "failed": failed, "errors": errors})))
}

/// The body that was read whole: `{"records": [..]}`.
async fn listed(asked: &Asked, table: &Table) -> Result<ImportOutcome, Refusal> {
    let mut importer = Importer::new(ImportFormat::Ndjson, None);
    for item in super::write::items(asked, "records")? {
        let mut line = Vec::new();
        item.write(&mut line);
        line.push(b'\n');
        importer.push(asked.session(), table, &line).await.map_err(|error| refused(error, true))?;
    }
    importer.finish(asked.session(), table).await.map_err(|error| refused(error, true))
}

async fn streamed(
    asked: &Asked,
    table: &Table,
    format: ImportFormat,
    mut stream: Body,
) -> Result<ImportOutcome, Refusal> {
    let broken = |message| Refusal::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message);
    let mut importer = Importer::new(format, None);
    loop {
        let frame = tokio::time::timeout(SILENCE, stream.frame()).await;
        match frame.map_err(|_| broken("Nothing came for 30 seconds"))? {
            None => break,
            Some(Err(_)) => return Err(broken("The body broke off")),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    importer.push(asked.session(), table, &bytes).await.map_err(|error| refused(error, true))?;
                }
            }
        }
    }
    importer.finish(asked.session(), table).await.map_err(|error| refused(error, true))
}
