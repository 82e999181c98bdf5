//! `GET /{model}`: a page of rows, or all of them as a stream.

use super::{
    Call, export,
    page::{LIST_PARAMETERS, answer, read_paging},
};
use axum::body::Body;
use http::Response;
use portcullis_query::{
    Json,
    access::Action,
    request::{CompareOp, Expression, ListRequest, Operator},
};
use portcullis_records::list;
use portcullis_schema::Table;
use portcullis_web::ApiError;

/// Lists rows; `?column=value` is `eq`.
pub async fn get(mut call: Call<'_>, table: &Table) -> Result<Response<Body>, ApiError> {
    let mut request = ListRequest { total: true, ..ListRequest::default() };
    let paged = read_paging(&mut call, &mut request)?;
    let format = export::format(&mut call)?;
    request.filter = equalities(&mut call, table)?;
    match format {
        Some(format) => export::stream(&call, table, request, format, !paged).await,
        None => Ok(answer(&call, &list(call.session(), table, &request).await?, None)),
    }
}

/// What is left of the parameters as conditions; a name that is no column of the table is no parameter either.
pub fn equalities(call: &mut Call<'_>, table: &Table) -> Result<Vec<Expression>, ApiError> {
    let grant = call.session().planner().grant(Action::Read, table)?;
    // A column one may not read is none. SEC-40.
    let stranger = |name: &str| grant.readable_column(table, name).is_none();
    let rest = call.query.take_rest();
    if let Some((name, _)) = rest.iter().find(|(name, _)| stranger(name)) {
        let mut unknown = portcullis_web::Query::parse(Some(
            &percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string(),
        ))?;
        let columns = grant.readable_columns(table).map(|column| column.name.as_str());
        unknown.end(&LIST_PARAMETERS.into_iter().chain(columns).collect::<Vec<_>>())?;
        unknown.take_rest();
    }
    Ok(rest
        .into_iter()
        .map(|(field, value)| Expression::Field {
            place: field.clone(),
            field,
            operator: Operator::Compare(CompareOp::Eq),
            value: Json::String(value),
        })
        .collect())
}
