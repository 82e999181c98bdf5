//! Single documents and pages of them.

use super::call::{Call, clauses, order, page, shown};
use crate::auth::{Fields, invalid};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_documents::{Collection, List, Order};
use portcullis_query::Json;
use portcullis_web::{ApiError, json};
use serde_json::json as value;

/// Documents of a page that names no size.
const PAGE_SIZE: u64 = 25;

/// `GET /v1/collections/{name}?page=&pageSize=&sort=`.
pub async fn list(mut call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    let number = call.query.take_number("page")?;
    let size = call.query.take_number("pageSize")?;
    let sort = call.query.take("sort")?;
    call.query.end(&["page", "pageSize", "sort"])?;
    let (order, descending) = sort.map_or(Ok((Order::Created, false)), |sort| order(&sort))?;
    let list =
        List { clauses: Vec::new(), order, descending, page: number.unwrap_or(1), size: size.unwrap_or(PAGE_SIZE) };
    let found = call.documents.list(call.connection, &collection, &call.author, &list).await?;
    Ok(json(StatusCode::OK, page(found)))
}

/// `POST /v1/collections/{name}/query` `{where?, sort?, page?, pageSize?}`.
pub async fn query(call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let mut fields = call.fields()?;
    let clauses = clauses(&mut fields)?;
    let (order, descending) = match fields.text(&["sort"])? {
        None => (Order::Created, false),
        Some(sort) => order(&sort)?,
    };
    let page_number = number(&mut fields, "page")?.unwrap_or(1);
    let size = number(&mut fields, "pageSize")?.unwrap_or(PAGE_SIZE);
    fields.done()?;
    let list = List { clauses, order, descending, page: page_number, size };
    let found = call.documents.list(call.connection, &collection, &call.author, &list).await?;
    Ok(json(StatusCode::OK, page(found)))
}

/// `POST /v1/collections/{name}/count` `{where?}`.
pub async fn count(call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let mut fields = call.fields()?;
    let clauses = clauses(&mut fields)?;
    fields.done()?;
    let count = call.documents.count(call.connection, &collection, &call.author, &clauses).await?;
    Ok(json(StatusCode::OK, value!({ "count": count }).to_string()))
}

/// `POST /v1/collections/{name}`: an object makes a document, a list of objects as many.
pub async fn create(call: Call<'_>, name: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let (documents, author) = (call.documents, &call.author);
    match call.json()? {
        Json::Array(bodies) => {
            let ids = documents.create_many(call.connection, &collection, author, bodies, call.now).await?;
            Ok(json(StatusCode::CREATED, value!({ "ids": ids }).to_string()))
        }
        body => {
            let made = documents.create(call.connection, &collection, author, body, call.now).await?;
            Ok(json(StatusCode::CREATED, shown(made).to_string()))
        }
    }
}

/// `GET /v1/collections/{name}/{id}`.
pub async fn read(call: Call<'_>, name: &str, id: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let found = call.documents.read(call.connection, &collection, &call.author, id).await?;
    Ok(json(StatusCode::OK, shown(found).to_string()))
}

/// `PATCH /v1/collections/{name}/{id}`: the members of the body beside and over the old ones.
pub async fn update(call: Call<'_>, name: &str, id: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let set = call.json()?;
    let changed = call.documents.update(call.connection, &collection, &call.author, (id, set), call.now).await?;
    Ok(json(StatusCode::OK, shown(changed).to_string()))
}

/// `POST /v1/collections/{name}/{id}/increment` `{field, by?}`; `by` is 1 where it is absent.
pub async fn increment(call: Call<'_>, name: &str, id: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    let mut fields = call.fields()?;
    let field = fields.required(&["field"])?;
    let by = match fields.take("by") {
        None => 1,
        Some(Json::Number(digits)) => digits.parse::<i64>().map_err(|_| whole("by"))?,
        Some(_) => return Err(whole("by")),
    };
    fields.done()?;
    let what = (id, field.as_str(), by);
    let changed = call.documents.increment(call.connection, &collection, &call.author, what, call.now).await?;
    Ok(json(StatusCode::OK, shown(changed).to_string()))
}

/// `DELETE /v1/collections/{name}/{id}`: 204.
pub async fn delete(call: Call<'_>, name: &str, id: &str) -> Result<Response<Body>, ApiError> {
    let collection = Collection::parse(name)?;
    call.query.end(&[])?;
    call.documents.delete(call.connection, &collection, &call.author, id).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn number(fields: &mut Fields, name: &'static str) -> Result<Option<u64>, ApiError> {
    match fields.take(name) {
        None => Ok(None),
        Some(Json::Number(digits)) => digits.parse().map(Some).map_err(|_| whole(name)),
        Some(_) => Err(whole(name)),
    }
}

fn whole(name: &str) -> ApiError {
    invalid(name, "invalid_value", format!("`{name}` is a whole number"))
}
