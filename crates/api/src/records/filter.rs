//! `POST /{model}/filter`: rows by the filter grammar.

use super::{
    Call, export,
    page::{LIST_PARAMETERS, answer, plan, read_paging},
};
use axum::body::Body;
use http::Response;
use portcullis_query::{
    Json,
    request::{ListRequest, parse_filter},
};
use portcullis_records::list;
use portcullis_schema::Table;
use portcullis_web::ApiError;

/// Filters rows.
pub async fn post(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let mut request = read(&mut call).await?;
    let sort = std::mem::take(&mut request.sort);
    let paged = read_paging(&mut call, &mut request)?;
    if request.sort.is_empty() {
        request.sort = sort;
    }
    let format = export::format(&mut call)?;
    call.query.end(&LIST_PARAMETERS)?;
    match format {
        Some(format) => export::stream(&call, table, request, format, !paged).await,
        None => Ok(answer(&call, &list(call.session(), table, &request).await?, None)),
    }
}

/// Reads a filter body; none is the empty filter.
pub async fn read(call: &mut Call<'_>) -> Result<ListRequest, ApiError> {
    let body = call.read_body().await?.unwrap_or(Json::Object(Vec::new()));
    parse_filter(&body).map_err(plan)
}
