//! `GET .../records` and `GET .../records/{id}`.

use super::{Asked, Refusal, refused};
use crate::solobase::wire::Reply;
use http::StatusCode;
use portcullis_query::{
    Json,
    access::Action,
    request::{CompareOp, Connective, Expression, LikeOp, ListRequest, Operator, Paging, SortKey},
};
use portcullis_records::{list, read};
use portcullis_schema::{ColumnType, Table};
use portcullis_web::Query;

/// Rows of a page unless the request says another number, and at most.
const LIMIT: (u64, u64) = (50, 1_000);

/// A page: `page`, `limit`, `sort`, `order`, `filter` (`column=value`), `search` (in every text).
pub async fn get(asked: &Asked, table: &Table) -> Result<Reply, Refusal> {
    let request = words(asked, table)?;
    let page = list(asked.session(), table, &request).await.map_err(|error| refused(error, false))?;
    let total = page.total.unwrap_or(page.len as u64);
    let mut data = b"{\"records\":[".to_vec();
    data.extend_from_slice(&page.rows);
    let (number, limit, pages) = (page.page, page.size, total.div_ceil(page.size.max(1)));
    let rest =
        format!("],\"pagination\":{{\"page\":{number},\"limit\":{limit},\"total\":{total},\"pages\":{pages}}}}}");
    data.extend_from_slice(rest.as_bytes());
    Ok(Reply::raw(StatusCode::OK, data))
}

/// One row.
pub async fn one(asked: &Asked, table: &Table, key: &str) -> Result<Reply, Refusal> {
    let row = read(asked.session(), table, key).await.map_err(|error| refused(error, false))?;
    Ok(super::write::record(StatusCode::OK, &row))
}

fn words(asked: &Asked, table: &Table) -> Result<ListRequest, Refusal> {
    let mut query = Query::parse(asked.query.as_deref()).map_err(invalid)?;
    let request = matching(asked, table, &mut query)?;
    let page = query.take_number("page").map_err(invalid)?.unwrap_or(1);
    let limit = query.take_number("limit").map_err(invalid)?.unwrap_or(LIMIT.0);
    if page == 0 || limit == 0 || limit > LIMIT.1 {
        return Err(wrong("`page` begins at 1, and `limit` is from 1 to 1000"));
    }
    query.end(&["page", "limit", "sort", "order", "filter", "search"]).map_err(invalid)?;
    Ok(ListRequest { paging: Paging::Page { page, size: Some(limit) }, total: true, ..request })
}

/// What `sort`, `order`, `filter` and `search` ask for.
pub fn matching(asked: &Asked, table: &Table, query: &mut Query) -> Result<ListRequest, Refusal> {
    let (sort, order) = (query.take("sort").map_err(invalid)?, query.take("order").map_err(invalid)?);
    let descending = match order.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "asc") => false,
        Some("desc") => true,
        Some(_) => return Err(wrong("`order` is asc or desc")),
    };
    let mut filter = Vec::new();
    if let Some(text) = query.take("filter").map_err(invalid)?.filter(|text| !text.is_empty()) {
        let (field, value) =
            text.split_once('=').ok_or_else(|| wrong("`filter` is a column and a value, such as role=admin"))?;
        filter.push(term(field.trim(), Operator::Compare(CompareOp::Eq), value));
    }
    if let Some(text) = query.take("search").map_err(invalid)?.filter(|text| !text.is_empty()) {
        filter.push(anywhere(asked, table, &text)?);
    }
    let sort = sort.filter(|field| !field.is_empty()).map(|field| SortKey { field, descending });
    Ok(ListRequest { filter, sort: sort.into_iter().collect(), ..ListRequest::default() })
}

/// The text in any column of text that the caller may read.
fn anywhere(asked: &Asked, table: &Table, text: &str) -> Result<Expression, Refusal> {
    let planner = asked.session().planner();
    let grant = planner.grant(Action::Read, table).map_err(|error| refused(error.into(), false))?;
    let texts = grant.readable_columns(table).filter(|column| matches!(column.ty, ColumnType::Text { .. }));
    let expressions: Vec<_> = texts.map(|column| term(&column.name, Operator::Like(LikeOp::Contains), text)).collect();
    if expressions.is_empty() {
        return Err(wrong("there is no text to search in"));
    }
    Ok(Expression::Logical { place: "search".to_owned(), connective: Connective::Or, expressions })
}

fn term(field: &str, operator: Operator, value: &str) -> Expression {
    let value = Json::String(value.to_owned());
    Expression::Field { place: "filter".to_owned(), field: field.to_owned(), operator, value }
}

pub fn invalid(error: portcullis_web::ApiError) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "INVALID_QUERY", Refusal::from(error).message)
}

pub fn wrong(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "INVALID_QUERY", message)
}
