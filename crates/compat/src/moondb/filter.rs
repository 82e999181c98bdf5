//! MoonDB's query string as a request: `?col=op.value`, `sort=a.asc,b.desc`, `limit`, `offset` or `cursor`, `select`, `include`.

use super::error::Refusal;
use portcullis_query::{
    Json,
    request::{CompareOp, Expression, LikeOp, ListRequest, Operator, Paging, RelationshipWords, SortKey},
};
use portcullis_schema::{RelationKind, Table};
use portcullis_web::Query;

/// Rows of a page that does not say.
pub const LIMIT: u64 = 20;
/// Rows of a page at most.
pub const MOST: u64 = 500;
/// Related rows that one request may expand.
const INCLUDES: usize = 4;

/// What a query string asks for.
#[derive(Debug)]
pub struct Asked {
    /// The request.
    pub request: ListRequest,
    /// Rows of a page.
    pub limit: u64,
    /// The rows passed over, where that is how it asks.
    pub offset: Option<u64>,
    /// Columns whose row is expanded, with the name it has in our answers.
    pub includes: Vec<(String, String)>,
}

/// Reads a query string.
pub fn parse(text: Option<&str>, table: &Table) -> Result<Asked, Refusal> {
    let mut query = Query::parse(text)?;
    let (mut filter, mut sort, mut projections, mut includes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let limit = number(&mut query, "limit")?.unwrap_or(LIMIT);
    if limit == 0 || limit > MOST {
        return Err(Refusal::bad("VALIDATION_LIMIT", format!("`limit` is from 1 to {MOST}.")).about("limit"));
    }
    let offset = number(&mut query, "offset")?;
    let cursor = query.take("cursor")?.filter(|cursor| !cursor.is_empty());
    for (name, value) in query.take_rest() {
        match name.as_str() {
            "sort" => value.split(',').filter(|word| !word.is_empty()).try_for_each(|word| {
                sort.push(sort_key(table, word)?);
                Ok::<_, Refusal>(())
            })?,
            "select" => projections.extend(words(&value)),
            "include" => includes.extend(words(&value)),
            _ => filter.push(condition(table, &name, &value)?),
        }
    }
    for name in &projections {
        known(table, name)?;
    }
    let includes = included(table, includes, &mut filter)?;
    let paging = match (offset, cursor) {
        (Some(_), Some(_)) => {
            return Err(Refusal::bad("VALIDATION_CURSOR", "Send `offset` or `cursor`, not both.").about("cursor"));
        }
        (Some(offset), None) => Paging::Rows { offset, size: limit },
        (None, cursor) => Paging::Cursor { after: cursor, size: Some(limit) },
    };
    let request = ListRequest { filter, sort, projections, paging, ..ListRequest::default() };
    Ok(Asked { request, limit, offset, includes })
}

fn number(query: &mut Query, name: &str) -> Result<Option<u64>, Refusal> {
    let wrong = || Refusal::bad("VALIDATION_LIMIT", format!("`{name}` is a number.")).about(name);
    query.take(name)?.map(|text| text.parse().map_err(|_| wrong())).transpose()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
}

fn known(table: &Table, name: &str) -> Result<(), Refusal> {
    match table.find_column(name) {
        Some(_) => Ok(()),
        None => Err(Refusal::bad("VALIDATION_UNKNOWN_FIELD", format!("The table has no column `{name}`.")).about(name)),
    }
}

fn sort_key(table: &Table, word: &str) -> Result<SortKey, Refusal> {
    let (field, way) = word.trim().rsplit_once('.').unwrap_or((word.trim(), "asc"));
    let descending = match way {
        "asc" => false,
        "desc" => true,
        _ => {
            let message = format!("`{word}` is no order; write column.asc or column.desc.");
            return Err(Refusal::bad("VALIDATION_FILTER", message).about("sort"));
        }
    };
    known(table, field)?;
    Ok(SortKey { field: field.to_owned(), descending })
}

/// `eq.5`, `in.a,b`, `is_null`; a value without an operator is equal.
fn condition(table: &Table, name: &str, text: &str) -> Result<Expression, Refusal> {
    known(table, name)?;
    let (operator, value) = match text {
        "is_null" => (Operator::Null { negated: false }, Json::Null),
        "not_null" => (Operator::Null { negated: true }, Json::Null),
        text => {
            let compare = |op, value: &str| (Operator::Compare(op), Json::String(value.to_owned()));
            match text.split_once('.') {
                Some(("eq", value)) => compare(CompareOp::Eq, value),
                Some(("neq", value)) => compare(CompareOp::Neq, value),
                Some(("gt", value)) => compare(CompareOp::Gt, value),
                Some(("gte", value)) => compare(CompareOp::Gte, value),
                Some(("lt", value)) => compare(CompareOp::Lt, value),
                Some(("lte", value)) => compare(CompareOp::Lte, value),
                Some(("like", value)) => (Operator::Like(LikeOp::Like), Json::String(value.to_owned())),
                Some(("in", value)) => {
                    (Operator::In { negated: false }, Json::Array(words(value).map(Json::String).collect()))
                }
                // A word of a neighbouring grammar is a mistake and no value.
                Some((word, _))
                    if Operator::from_word(word).is_some() || matches!(word, "is" | "not" | "cs" | "cd") =>
                {
                    return Err(Refusal::bad("VALIDATION_FILTER", format!("`{word}` is no operator.")).about(name));
                }
                _ => compare(CompareOp::Eq, text),
            }
        }
    };
    Ok(Expression::Field { place: name.to_owned(), field: name.to_owned(), operator, value })
}

/// The related row of each `ref` column that is to be expanded.
fn included(table: &Table, names: Vec<String>, filter: &mut Vec<Expression>) -> Result<Vec<(String, String)>, Refusal> {
    if names.len() > INCLUDES {
        return Err(Refusal::bad("VALIDATION_LIMIT", format!("At most {INCLUDES} rows are expanded.")).about("include"));
    }
    names
        .into_iter()
        .map(|name| {
            let relation = table.column_by_name(&name).and_then(|column| {
                table
                    .relations
                    .iter()
                    .find(|relation| relation.kind == RelationKind::BelongsTo && relation.columns == [column.id])
            });
            let Some(relation) = relation else {
                let message = format!("`{name}` points at no table that is served.");
                return Err(Refusal::bad("VALIDATION_FILTER", message).about("include"));
            };
            filter.push(Expression::Relationship(RelationshipWords {
                place: "include".to_owned(),
                relationship: relation.json_name.clone(),
                filters_parent: false,
                include: true,
                expressions: Vec::new(),
                aggregations: None,
            }));
            Ok((name, relation.json_name.clone()))
        })
        .collect()
}
