//! A list as CSV or NDJSON: everything that matches, as a stream.

use super::Call;
use axum::body::Body;
use http::{HeaderValue, Response, header};
use portcullis_query::{
    RowFormat,
    request::{ListRequest, RequestError},
};
use portcullis_records::export;
use portcullis_schema::Table;
use portcullis_web::ApiError;

/// The stream format a request asks for, by `?format=` or by `Accept`; `None` is JSON.
pub fn format(call: &mut Call<'_>) -> Result<Option<RowFormat>, ApiError> {
    if let Some(name) = call.query.take("format")? {
        return match name.as_str() {
            "csv" => Ok(Some(RowFormat::Csv)),
            "ndjson" => Ok(Some(RowFormat::Ndjson)),
            "json" => Ok(None),
            _ => Err(super::page::plan(RequestError::parameter("format", "`format` is json, csv or ndjson"))),
        };
    }
    let Some(accept) = call.header("accept") else { return Ok(None) };
    for media in accept.split(',').map(|part| part.split(';').next().unwrap_or_default().trim()) {
        match media {
            "text/csv" => return Ok(Some(RowFormat::Csv)),
            "application/x-ndjson" => return Ok(Some(RowFormat::Ndjson)),
            "application/json" | "*/*" => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

/// Streams what a request matches; `whole` where no page was named.
pub async fn stream(
    call: &Call<'_>,
    table: &Table,
    request: ListRequest,
    format: RowFormat,
    whole: bool,
) -> Result<Response<Body>, ApiError> {
    let mut chunks =
        export(call.project.clone(), call.caller.clone(), (call.now, call.opened), table.id, request, format, whole);
    // The first chunk tells whether there is an answer at all; after it the status is out.
    let first = match chunks.recv().await {
        Some(Ok(bytes)) => Some(bytes),
        Some(Err(error)) => return Err(error.into()),
        None => None,
    };
    let slug = call.project.slug.clone();
    let rest = futures_util::stream::unfold((first, chunks), move |(first, mut chunks)| {
        let slug = slug.clone();
        async move {
            if let Some(bytes) = first {
                return Some((Ok::<_, std::io::Error>(bytes), (None, chunks)));
            }
            match chunks.recv().await? {
                Ok(bytes) => Some((Ok(bytes), (None, chunks))),
                Err(error) => {
                    tracing::warn!(project = %slug, %error, "An export broke off");
                    // The client must see that the stream is not whole.
                    Some((Err(std::io::Error::other("the export broke off")), (None, chunks)))
                }
            }
        }
    });
    let media = match format {
        RowFormat::Csv => "text/csv; charset=utf-8; header=present",
        RowFormat::Ndjson | RowFormat::Json => "application/x-ndjson",
    };
    let mut response = Response::new(Body::from_stream(rest));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    Ok(response)
}
