//! Paging parameters and the envelope of lists.

use super::Call;
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_query::access::Caller;
use portcullis_query::request::{ListRequest, Paging, RequestError, parse_sort};
use portcullis_records::{Page, Preview};
use portcullis_web::{ApiError, Emptied, json};

/// The parameters every list takes.
pub const LIST_PARAMETERS: [&str; 6] = ["page", "pageSize", "sort", "total", "cursor", "format"];

/// Reads the paging parameters into a request; tells whether a page was named.
pub fn read_paging(call: &mut Call<'_>, request: &mut ListRequest) -> Result<bool, ApiError> {
    let query = &mut call.query;
    let (page, cursor) = (query.take_number("page")?, query.take("cursor")?);
    let size = match query.take_number("pageSize")? {
        None => query.take_number("page_size")?,
        size => size,
    };
    if let Some(total) = query.take_bool("total")? {
        request.total = total;
    }
    if let Some(sort) = query.take("sort")? {
        request.sort = parse_sort(&sort).map_err(plan)?;
    }
    request.paging = match (page, cursor) {
        (Some(_), Some(_)) => {
            return Err(plan(RequestError::parameter("cursor", "use `cursor` or `page`, not both")));
        }
        (_, Some(cursor)) => Paging::Cursor { after: Some(cursor).filter(|text| !text.is_empty()), size },
        (page, None) => Paging::Page { page: page.unwrap_or(1), size },
    };
    Ok(page.is_some())
}

/// A request error as the answer it becomes.
pub fn plan(error: RequestError) -> ApiError {
    portcullis_query::plan::PlanError::from(error).into()
}

/// `{"data":[..],"total":..,"page":..,"page_size":..,"total_pages":..}`, with the cursor or the SQL where there is one.
pub fn answer(call: &Call<'_>, page: &Page, preview: Option<&Preview>) -> Response<Body> {
    let mut body = Vec::with_capacity(page.rows.len() + 128);
    write(&mut body, page);
    if let Some(preview) = preview {
        write_preview(&mut body, preview);
    }
    body.push(b'}');
    let mut response = json(StatusCode::OK, body);
    // Rules may have left nothing: whoever wonders can ask why.
    if page.len == 0 && matches!(call.caller, Caller::User(_) | Caller::Anonymous | Caller::PublicKey) {
        response.extensions_mut().insert(Emptied);
    }
    response
}

fn write(body: &mut Vec<u8>, page: &Page) {
    body.extend_from_slice(b"{\"data\":[");
    body.extend_from_slice(&page.rows);
    body.extend_from_slice(b"],\"total\":");
    let number = |value: Option<u64>, body: &mut Vec<u8>| match value {
        Some(value) => body.extend_from_slice(value.to_string().as_bytes()),
        None => body.extend_from_slice(b"null"),
    };
    number(page.total, body);
    let paged = page.next_cursor.is_none();
    body.extend_from_slice(b",\"page\":");
    number(paged.then_some(page.page), body);
    body.extend_from_slice(b",\"page_size\":");
    number(Some(page.size), body);
    body.extend_from_slice(b",\"total_pages\":");
    number(page.total.map(|total| total.div_ceil(page.size.max(1))), body);
    if let Some(next) = &page.next_cursor {
        body.extend_from_slice(b",\"next_cursor\":");
        match next {
            None => body.extend_from_slice(b"null"),
            Some(cursor) => portcullis_query::write_json_string(cursor.as_bytes(), body),
        }
    }
}

/// Writes `,"query":..,"params":..,"script":..`.
pub fn write_preview(body: &mut Vec<u8>, preview: &Preview) {
    body.extend_from_slice(b",\"query\":");
    portcullis_query::write_json_string(preview.query.as_bytes(), body);
    body.extend_from_slice(b",\"params\":");
    body.extend_from_slice(&preview.params);
    body.extend_from_slice(b",\"script\":");
    portcullis_query::write_json_string(preview.script.as_bytes(), body);
}
