//! `/{model}/filter/query`, `/{model}/query`, `/{model}/{id}/query`: the SQL a request becomes.

use super::{
    Call,
    call::members,
    filter,
    page::{LIST_PARAMETERS, answer, read_paging, write_preview},
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_query::write_json_string;
use portcullis_records::{preview_insert, preview_list, preview_update};
use portcullis_schema::Table;
use portcullis_web::{ApiError, json};

/// The rows of a filter, and the statement that selects them for those who may see it.
pub async fn filter(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let mut request = filter::read(&mut call).await?;
    let sort = std::mem::take(&mut request.sort);
    read_paging(&mut call, &mut request)?;
    if request.sort.is_empty() {
        request.sort = sort;
    }
    let dialect = call.query.take("dialect")?;
    call.query.end(&LIST_PARAMETERS)?;
    let (page, preview) = preview_list(call.session(), table, &request, dialect.as_deref()).await?;
    Ok(answer(&call, &page, preview.as_ref()))
}

/// The insert a body would become; nothing is run.
pub async fn insert(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let dialect = call.query.take("dialect")?;
    call.query.end(&["dialect"])?;
    let members = members(call.read_body().await?)?;
    let preview = preview_insert(call.session(), table, &members, dialect.as_deref())?;
    let mut body = b"{\"data\":[],\"total\":0,\"page\":1,\"page_size\":0,\"total_pages\":0".to_vec();
    write_preview(&mut body, &preview);
    body.push(b'}');
    Ok(json(StatusCode::OK, body))
}

/// The update a body would become; nothing is run.
pub async fn update(mut call: Call<'_>, table: &Table, key: &str) -> Result<Response<Body>, ApiError> {
    let dialect = call.query.take("dialect")?;
    call.query.end(&["dialect"])?;
    let members = members(call.read_body().await?)?;
    let preview = preview_update(call.session(), table, key, &members, dialect.as_deref())?;
    let mut body = b"{\"script\":".to_vec();
    write_json_string(preview.script.as_bytes(), &mut body);
    body.push(b'}');
    Ok(json(StatusCode::OK, body))
}
