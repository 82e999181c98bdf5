//! `POST /items/{collection}/import-csv` and `import-json`: all rows of a file, or none.

use super::items::Items;
use crate::baasix::{call::answer, error::Refused, upload::file};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_query::{Json, access::Action};
use portcullis_records::{self as records, OperationKind, RecordsError};
use serde_json::json;

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header.
    Csv,
    /// A list of objects.
    Json,
}

impl Format {
    const fn word(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
        }
    }
}

impl Items<'_> {
    /// Takes a file.
    pub(super) async fn import(&self, format: Format) -> Result<Response<Body>, Refused> {
        self.may(Action::Create)?;
        let word = format.word();
        let bad = |message: String| Refused::error(StatusCode::BAD_REQUEST, message);
        let part = if format == Format::Csv { "csvFile" } else { "jsonFile" };
        let bytes = file(&self.call.headers, &self.call.body, part).map_err(|error| bad(error.to_owned()))?;
        let bytes = bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(|| bad(format!("No {word} file uploaded")))?;
        let items = match format {
            Format::Csv => {
                records::read_csv(self.table(), bytes).map_err(|error| bad(format!("Invalid CSV format: {error}")))?
            }
            Format::Json => match Json::parse(bytes) {
                Ok(Json::Array(items)) => items,
                Ok(_) => return Err(bad("JSON file must contain an array of objects".to_owned())),
                Err(error) => return Err(bad(format!("Invalid JSON format: {error}"))),
            },
        };
        if items.is_empty() {
            return Err(bad(format!("{word} file is empty or has no valid data")));
        }
        let count = items.len();
        let failed = |index: usize, refused: Refused| {
            let message = "Import failed. 1 rows had errors. Transaction rolled back.";
            Refused::error(refused.status, message).details(format!("row {}: {}", index + 1, refused.text()))
        };
        let mut rows = Vec::with_capacity(count);
        for (index, item) in items.into_iter().enumerate() {
            let members = self.object(item, Action::Create).map_err(|refused| failed(index, refused))?;
            // A cell without anything says nothing; the column's default holds.
            let members = members.into_iter().filter(|(_, word)| format == Format::Json || !matches!(word, Json::Null));
            rows.push((OperationKind::Create, members.collect()));
        }
        if let Err((index, refused)) = self.written(rows, Action::Create).await {
            return Err(match index {
                Some(index) => failed(index, refused),
                None => refused,
            });
        }
        let results = json!({"imported": count, "failed": 0, "errors": []});
        let message = format!("Successfully imported {count} items");
        Ok(answer(StatusCode::OK, &json!({"success": true, "message": message, "results": results})))
    }
}

/// Which row of a batch failed.
pub(super) fn failed_row(error: &RecordsError) -> Option<usize> {
    match error {
        RecordsError::Operation { index, .. } => Some(*index),
        _ => None,
    }
}
