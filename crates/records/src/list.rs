//! Lists and counts.

use crate::{RecordsError, Session, embed::embed, groups};
use portcullis_query::{
    Value,
    plan::{ListPlan, PagePlan, cursor_of},
    render,
    request::ListRequest,
};
use portcullis_schema::Table;

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The rows as JSON, with commas between them.
    pub rows: Vec<u8>,
    /// How many rows there are on this page.
    pub len: usize,
    /// How many rows there are in all, if they were counted.
    pub total: Option<u64>,
    /// Counted from 1.
    pub page: u64,
    /// Rows of a page.
    pub size: u64,
    /// Set for keyset pages: the cursor of the next page, or `None` at the end.
    pub next_cursor: Option<Option<String>>,
}

/// Lists rows, or groups and their figures.
///
/// # Errors
///
/// The request does not fit the table, or the database did not answer.
pub async fn list(session: Session<'_>, table: &Table, request: &ListRequest) -> Result<Page, RecordsError> {
    let plan = session.planner().list(table, request)?;
    run(session, table, &plan, request.aggregations.is_some()).await
}

/// Runs a planned list.
pub(crate) async fn run(
    session: Session<'_>,
    table: &Table,
    plan: &ListPlan<'_>,
    grouped: bool,
) -> Result<Page, RecordsError> {
    let dialect = session.project.engine.dialect();
    let mut rows = session.fetch_once(render::select(&plan.select, dialect), table).await?;
    let (start, page, size, next_cursor) = match &plan.page {
        PagePlan::Page { page, size } => ((page - 1).saturating_mul(*size), *page, *size, None),
        PagePlan::Rows { offset, size } => (*offset, 1, *size, None),
        PagePlan::Cursor { size, keys, fingerprint } => {
            let shown = usize::try_from(*size).unwrap_or(usize::MAX);
            let next = (rows.len() > shown).then(|| {
                let last = rows.captured(shown - 1, plan.captured);
                cursor_of(*fingerprint, keys.iter().map(|at| &last[*at]))
            });
            rows.keep(shown, plan.captured);
            (0, 1, *size, Some(next))
        }
    };
    let len = rows.len();
    let total = match &plan.count {
        None => None,
        // A page that is not full is the last one, and tells the count by itself.
        Some(_) if (len as u64) < size && (len > 0 || start == 0) => Some(start + len as u64),
        Some(count) => Some(counted(session, table, count).await?),
    };
    let rows = if grouped {
        groups::with_aggregations(&rows, &plan.select)?
    } else if plan.includes.is_empty() {
        rows.bytes
    } else {
        embed(session, rows, plan.captured, &plan.includes).await?.bytes
    };
    Ok(Page { rows, len, total, page, size, next_cursor })
}

/// Counts the rows a filter matches.
///
/// # Errors
///
/// As [`list`].
pub async fn count(session: Session<'_>, table: &Table, request: &ListRequest) -> Result<u64, RecordsError> {
    let plan = session.planner().count(table, request)?;
    counted(session, table, &plan).await
}

pub(crate) async fn counted(
    session: Session<'_>,
    table: &Table,
    plan: &portcullis_query::plan::Select<'_>,
) -> Result<u64, RecordsError> {
    let rows = session.fetch_once(render::count(plan, session.project.engine.dialect()), table).await?;
    Ok(count_of(&rows.captured))
}

pub(crate) fn count_of(captured: &[Value]) -> u64 {
    match captured.first() {
        Some(Value::Int(count)) => count.unsigned_abs(),
        Some(Value::UInt(count)) => *count,
        Some(Value::Text(digits)) => digits.parse().unwrap_or(0),
        _ => 0,
    }
}
