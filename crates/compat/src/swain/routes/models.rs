//! The platform's models: list, filter with relationships, count, one row, schema (contract 3 and 7).

use super::{Answered, BODY};
use crate::{
    Call,
    swain::{platform::Platform, wire},
};
use http::StatusCode;
use portcullis_base::Timestamp;
use portcullis_contract::Api;
use portcullis_project::Project;
use portcullis_query::{
    Json,
    access::Caller,
    plan::PlanError,
    request::{CompareOp, Expression, ListRequest, Operator, Paging, RequestError, parse_filter, parse_sort},
};
use portcullis_records::Session;
use portcullis_schema::{Table, TableLookup};
use portcullis_web::{ApiError, Query, json, read_json};
use std::sync::Arc;

/// The parameters of a list.
const PARAMETERS: [&str; 4] = ["page", "pageSize", "page_size", "sort"];

async fn platform(call: &Call) -> Result<Arc<Platform>, ApiError> {
    call.state.own.swain.platform(&call.state).await
}

fn table<'p>(project: &'p Project, model: &str) -> Result<&'p Table, ApiError> {
    match project.database.find(model) {
        TableLookup::Found(table) => Ok(table),
        TableLookup::Unknown(near) => {
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let mut error = ApiError::no_such_route();
            error.title = format!("no model `{model}`{hint}");
            Err(error)
        }
    }
}

fn session(project: &Project, now: Timestamp) -> Session<'_> {
    // Operators see the whole platform; what opens something is not in it.
    Session::new(project, &Caller::Administrator, now)
}

/// `GET /models`
pub async fn all(call: &Call) -> Answered {
    let platform = platform(call).await?;
    let api = Api::of(&platform.project, &Caller::Administrator);
    Ok(json(StatusCode::OK, portcullis_contract::models(&api).to_string()))
}

/// `GET /{model}/schema`
pub async fn schema(call: &Call, model: &str) -> Answered {
    let platform = platform(call).await?;
    let api = Api::of(&platform.project, &Caller::Administrator);
    let found = portcullis_contract::model_schema(&api, table(&platform.project, model)?.id);
    Ok(json(StatusCode::OK, found.ok_or_else(ApiError::no_such_route)?.to_string()))
}

/// `GET /{model}`
pub async fn list(call: Call, model: &str) -> Answered {
    let platform = platform(&call).await?;
    let table = table(&platform.project, model)?;
    let mut query = Query::parse(call.head.uri.query())?;
    let mut request = ListRequest { total: true, ..ListRequest::default() };
    paging(&mut query, &mut request)?;
    request.filter = equalities(&mut query, table)?;
    let page = portcullis_records::list(session(&platform.project, call.now()), table, &request).await?;
    Ok(wire::page(&page))
}

/// `POST /{model}/filter`
pub async fn filter(mut call: Call, model: &str) -> Answered {
    let platform = platform(&call).await?;
    let table = table(&platform.project, model)?;
    let mut query = Query::parse(call.head.uri.query())?;
    let mut request = body(&mut call).await?;
    request.total = true;
    let sort = std::mem::take(&mut request.sort);
    paging(&mut query, &mut request)?;
    if request.sort.is_empty() {
        request.sort = sort;
    }
    query.end(&PARAMETERS)?;
    let page = portcullis_records::list(session(&platform.project, call.now()), table, &request).await?;
    Ok(wire::page(&page))
}

/// `GET` and `POST /{model}/count`
pub async fn count(mut call: Call, model: &str) -> Answered {
    let platform = platform(&call).await?;
    let table = table(&platform.project, model)?;
    let mut query = Query::parse(call.head.uri.query())?;
    let mut request = body(&mut call).await?;
    request.filter.extend(equalities(&mut query, table)?);
    let count = portcullis_records::count(session(&platform.project, call.now()), table, &request).await?;
    Ok(json(StatusCode::OK, format!("{{\"count\":{count}}}")))
}

/// `GET /{model}/{id}`
pub async fn read(call: &Call, model: &str, id: &str) -> Answered {
    let platform = platform(call).await?;
    let table = table(&platform.project, model)?;
    let row = portcullis_records::read(session(&platform.project, call.now()), table, id).await?;
    Ok(json(StatusCode::OK, row))
}

async fn body(call: &mut Call) -> Result<ListRequest, ApiError> {
    let bytes = call.bytes(BODY).await?;
    let body = read_json(&bytes)?.unwrap_or(Json::Object(Vec::new()));
    parse_filter(&body).map_err(refused)
}

fn paging(query: &mut Query, request: &mut ListRequest) -> Result<(), ApiError> {
    let page = query.take_number("page")?.unwrap_or(1);
    let size = match query.take_number("pageSize")? {
        None => query.take_number("page_size")?,
        size => size,
    };
    if let Some(sort) = query.take("sort")? {
        request.sort = parse_sort(&sort).map_err(refused)?;
    }
    request.paging = Paging::Page { page, size };
    Ok(())
}

/// `?column=value`; what is no column of the model is refused by name.
fn equalities(query: &mut Query, table: &Table) -> Result<Vec<Expression>, ApiError> {
    let rest = query.take_rest();
    if let Some((name, _)) = rest.iter().find(|(name, _)| table.find_column(name).is_none()) {
        return Err(refused(RequestError::parameter(name, "there is no such parameter or column")));
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

fn refused(error: RequestError) -> ApiError {
    PlanError::from(error).into()
}
