//! `GET .../export`: every row that matches, as a stream: CSV, JSON lines, or JSON in the envelope.
//!
//! The page names the call and no form for it, so that the forms are those of our own surface.

use super::{Asked, Refusal, list, refused};
use axum::body::Body;
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::{HeaderValue, Response, header};
use portcullis_query::RowFormat;
use portcullis_records::export;
use portcullis_schema::Table;
use portcullis_web::Query;

const FORMATS: &str = "`format` is json, csv or ndjson";

/// Answers with what `sort`, `order`, `filter` and `search` leave, in `format`.
pub async fn get(asked: &Asked, table: &Table) -> Result<Response<Body>, Refusal> {
    let mut query = Query::parse(asked.query.as_deref()).map_err(list::invalid)?;
    let (format, media) = match query.take("format").map_err(list::invalid)?.as_deref() {
        None | Some("json") => (RowFormat::Json, "application/json"),
        Some("csv") => (RowFormat::Csv, "text/csv; charset=utf-8; header=present"),
        Some("ndjson" | "jsonl") => (RowFormat::Ndjson, "application/x-ndjson"),
        Some(_) => return Err(list::wrong(FORMATS)),
    };
    let request = list::matching(asked, table, &mut query)?;
    query.end(&["format", "sort", "order", "filter", "search"]).map_err(list::invalid)?;
    let rows = if format == RowFormat::Json { RowFormat::Ndjson } else { format };
    let (project, caller) = (asked.project.clone(), asked.caller.clone());
    let mut chunks = export(project, caller, (asked.now, None), table.id, request, rows, true);
    // The first chunk tells whether there is an answer at all; after it the status is out.
    let first = match chunks.recv().await {
        Some(Ok(bytes)) => Some(Ok(bytes)),
        Some(Err(error)) => return Err(refused(error, false)),
        None => None,
    };
    let rest = stream::unfold(chunks, |mut chunks| async move { Some((chunks.recv().await?, chunks)) });
    let chunks = stream::iter(first).chain(rest).map(|chunk| {
        // The client must see that the stream is not whole.
        chunk.map_err(|error| {
            tracing::warn!(%error, "An export broke off");
            std::io::Error::other("the export broke off")
        })
    });
    let body = match format {
        RowFormat::Json => {
            let mut list = List::default();
            let rows = chunks.map(move |chunk| chunk.map(|bytes| list.part(&bytes)));
            let ends = |text: &'static [u8]| stream::iter([Ok(Bytes::from_static(text))]);
            Body::from_stream(ends(b"{\"success\":true,\"data\":{\"records\":[").chain(rows).chain(ends(b"]}}")))
        }
        _ => Body::from_stream(chunks),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    Ok(response)
}

/// Rows a line each as the items of a list.
#[derive(Debug, Default)]
struct List {
    open: bool,
}

impl List {
    /// A text in JSON holds no line end, so that every one is an end of a row.
    fn part(&mut self, lines: &[u8]) -> Bytes {
        let mut out = BytesMut::with_capacity(lines.len() + 1);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if self.open {
                out.put_u8(b',');
            }
            self.open = true;
            out.put_slice(line);
        }
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_items_however_they_are_cut_into_chunks() {
        let mut list = List::default();
        let parts = [list.part(b"{\"a\":1}\n{\"a\":2}\n"), list.part(b""), list.part(b"{\"a\":3}\n")];
        assert_eq!(parts.concat(), b"{\"a\":1},{\"a\":2},{\"a\":3}");
    }
}
