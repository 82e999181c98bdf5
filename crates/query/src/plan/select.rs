//! Reading: a list, one row, a count.

use super::{
    ColumnRef, Condition, ListPlan, Operand, OrderTerm, PagePlan, PlanError, Planner, Select, Selected,
    condition::Ground,
    cursor::{fingerprint, fit, read_cursor},
    keys::{key_condition, parse_key},
    order::{after, make_total, tie_breakers},
    planner::Aliases,
};
use crate::{
    Value,
    access::{Action, Grant},
    request::{ListRequest, Paging},
};
use portcullis_schema::{Column, Output, Table};

impl<'s> Planner<'s> {
    /// Plans a list: rows, what hangs on them, their count.
    ///
    /// # Errors
    ///
    /// [`PlanError`] names the first thing that does not fit.
    pub fn list(&self, table: &'s Table, request: &ListRequest) -> Result<ListPlan<'s>, PlanError> {
        self.limits.check(request)?;
        let grant = self.grant(Action::Read, table)?;
        if let Some(figures) = &request.aggregations {
            return self.groups(table, &grant, request, figures);
        }
        let ground = Ground { table, alias: 0, grant: &grant };
        let mut aliases = Aliases::default();
        let mut select = self.select(ground, &mut aliases);
        select.condition = self.conditions(ground, &mut aliases, &request.filter)?;
        select.columns = self.projected(ground, request)?;
        let includes = self.includes(ground, &mut select, &request.filter)?;
        select.order = self.order(ground, &mut aliases, &request.sort)?;
        // Rows that show their key are distinct as they are.
        select.distinct = request.distinct && !shows_key(&select);
        if select.distinct {
            self.check_distinct(&select)?;
            let projected: Vec<_> = select.columns.iter().filter_map(own_column).collect();
            make_total(&mut select.order, 0, projected.into_iter());
        } else {
            make_total(&mut select.order, 0, tie_breakers(table, &grant).into_iter());
        }
        let count = request.total.then(|| select.clone());
        let page = self.page(&mut select, table, request)?;
        let count = count.filter(|_| !matches!(page, PagePlan::Cursor { .. }));
        Ok(ListPlan { captured: select.captured(), includes: includes.settle(&select), select, count, page })
    }

    /// Plans the reading of the row with a key as a path names it.
    ///
    /// # Errors
    ///
    /// [`PlanError::NoKey`], [`PlanError::NoSuchKey`], [`PlanError::Refused`].
    pub fn get(&self, table: &'s Table, key: &str) -> Result<Select<'s>, PlanError> {
        let grant = self.grant(Action::Read, table)?;
        let key = parse_key(self, table, key)?;
        Ok(self.row(table, &grant, &key))
    }

    /// The row with this key, as far as the grant allows.
    pub fn row(&self, table: &'s Table, grant: &Grant, key: &[Value]) -> Select<'s> {
        let mut select = self.select(Ground { table, alias: 0, grant }, &mut Aliases::default());
        select.columns = self.readable(table, grant);
        select.condition = key_condition(table, key);
        select.point = true;
        select
    }

    /// The rows with these keys, in key order.
    pub fn rows_by_key(&self, table: &'s Table, grant: &Grant, keys: Vec<Vec<Value>>) -> Select<'s> {
        let mut select = self.select(Ground { table, alias: 0, grant }, &mut Aliases::default());
        select.columns = self.readable(table, grant);
        select.condition = keys_condition(table, keys);
        make_total(&mut select.order, 0, table.primary_key.iter().map(|id| table.column(*id)));
        select
    }

    /// Plans a count of the rows a filter matches.
    ///
    /// # Errors
    ///
    /// As [`Planner::list`].
    pub fn count(&self, table: &'s Table, request: &ListRequest) -> Result<Select<'s>, PlanError> {
        let words = ListRequest {
            filter: request.filter.clone(),
            distinct: request.distinct,
            projections: if request.distinct { request.projections.clone() } else { Vec::new() },
            ..ListRequest::default()
        };
        let mut select = self.list(table, &words)?.select;
        select.order.clear();
        select.limit = None;
        select.offset = 0;
        Ok(select)
    }

    /// All columns the grant lets be read.
    pub(super) fn readable(&self, table: &'s Table, grant: &Grant) -> Vec<Selected<'s>> {
        grant.readable_columns(table).map(|column| visible(0, column)).collect()
    }

    fn projected(&self, ground: Ground<'s, '_>, request: &ListRequest) -> Result<Vec<Selected<'s>>, PlanError> {
        if request.projections.is_empty() {
            return Ok(self.readable(ground.table, ground.grant));
        }
        let mut columns: Vec<&Column> = Vec::with_capacity(request.projections.len());
        for word in &request.projections {
            let column = self.column(ground.table, ground.grant, word, "/projections")?;
            if !columns.iter().any(|known| known.id == column.id) {
                columns.push(column);
            }
        }
        // Embedded rows hang on a row that can be named.
        if super::include::has_includes(&request.filter) && !request.distinct {
            for id in &ground.table.primary_key {
                if ground.grant.reads(*id) && !columns.iter().any(|known| known.id == *id) {
                    columns.push(ground.table.column(*id));
                }
            }
        }
        Ok(columns.into_iter().map(|column| visible(ground.alias, column)).collect())
    }

    fn check_distinct(&self, select: &Select<'s>) -> Result<(), PlanError> {
        let refuse = |message: String| {
            Err(PlanError::Invalid { code: "invalid_distinct", message, place: "/distinct".to_owned() })
        };
        if let Some(column) = select.columns.iter().filter_map(own_column).find(|column| !column.ty.is_comparable()) {
            return refuse(format!("`{}` is of type {} and cannot be made distinct", column.name, column.ty.word()));
        }
        if select.columns.iter().any(|selected| !selected.output.visible) {
            return refuse("with distinct, project the columns that embedded rows hang on".to_owned());
        }
        let selected = |term: &OrderTerm<'_>| match &term.operand {
            Operand::Column(by) => select.columns.iter().filter_map(own_column).any(|column| column.id == by.column.id),
            _ => false,
        };
        if !select.order.iter().all(selected) {
            return refuse("with distinct, only projected columns can be sorted by".to_owned());
        }
        Ok(())
    }

    pub(super) fn page(
        &self,
        select: &mut Select<'s>,
        table: &'s Table,
        request: &ListRequest,
    ) -> Result<PagePlan, PlanError> {
        match &request.paging {
            Paging::Page { page, size } => {
                let (page, size) = self.page_size(*page, *size)?;
                select.limit = Some(size);
                select.offset = (page - 1).saturating_mul(size).min(i64::MAX.unsigned_abs());
                Ok(PagePlan::Page { page, size })
            }
            Paging::Rows { offset, size } => {
                let (_, size) = self.page_size(1, Some(*size))?;
                select.limit = Some(size);
                select.offset = (*offset).min(i64::MAX.unsigned_abs());
                Ok(PagePlan::Rows { offset: select.offset, size })
            }
            Paging::Cursor { after: token, size } => {
                let (_, size) = self.page_size(1, *size)?;
                let ordered = |id| {
                    select.order.iter().any(|term| match &term.operand {
                        Operand::Column(own) => own.alias == 0 && own.column.id == id,
                        _ => false,
                    })
                };
                // The key is not in the order where there is none, or where the caller may not read it.
                let total = !table.primary_key.is_empty() && table.primary_key.iter().all(|id| ordered(*id));
                if !total || request.distinct {
                    return Err(PlanError::Invalid {
                        code: "invalid_cursor",
                        message: "cursors need a primary key and rows that are not made distinct".to_owned(),
                        place: "cursor".to_owned(),
                    });
                }
                let fingerprint = fingerprint(table, request);
                if let Some(token) = token {
                    let values = read_cursor(token, fingerprint, |values| fit(&select.order, values))?;
                    let ordered = |(term, value): (&OrderTerm<'s>, Value)| match &term.operand {
                        Operand::Column(own) => self.dialect.ordered(&own.column.ty, value),
                        Operand::Related { .. }
                        | Operand::Aggregate(_)
                        | Operand::Computed(_)
                        | Operand::Json { .. } => value,
                    };
                    let values: Vec<_> = select.order.iter().zip(values).map(ordered).collect();
                    let further = after(&select.order, &values, |descending| self.dialect.nulls_first(descending));
                    let own = std::mem::replace(&mut select.condition, Condition::always());
                    select.condition = if own.is_always() { further } else { Condition::All(vec![own, further]) };
                }
                select.limit = Some(size + 1);
                let places: Vec<_> =
                    select.order.clone().into_iter().map(|term| select.capture(term.operand)).collect();
                let keys = places.into_iter().map(|place| select.captured_place(place)).collect();
                Ok(PagePlan::Cursor { size, keys, fingerprint })
            }
        }
    }

    fn page_size(&self, page: u64, size: Option<u64>) -> Result<(u64, u64), PlanError> {
        let size = size.unwrap_or(self.limits.page_size_default);
        if size == 0 || size > self.limits.page_size_max {
            return Err(PlanError::Invalid {
                code: "invalid_page_size",
                message: format!("`pageSize` is a number from 1 to {}", self.limits.page_size_max),
                place: "pageSize".to_owned(),
            });
        }
        if page == 0 {
            return Err(PlanError::Invalid {
                code: "invalid_page",
                message: "`page` counts from 1".to_owned(),
                place: "page".to_owned(),
            });
        }
        Ok((page, size))
    }
}

/// Whether every column of the primary key is among the selected ones.
fn shows_key(select: &Select<'_>) -> bool {
    let key = &select.table.primary_key;
    let shown = |id| select.columns.iter().filter(|s| s.output.visible).filter_map(own_column).any(|c| c.id == id);
    !key.is_empty() && key.iter().all(|id| shown(*id))
}

/// Rows whose primary key is one of these.
pub(super) fn keys_condition(table: &Table, keys: Vec<Vec<Value>>) -> Condition<'_> {
    let columns = table.primary_key.iter().map(|id| ColumnRef { alias: 0, column: table.column(*id) }).collect();
    Condition::KeyIn { columns, keys }
}

/// A column that is written into the answer.
pub(super) fn visible(alias: u16, column: &Column) -> Selected<'_> {
    Selected {
        operand: Operand::Column(ColumnRef { alias, column }),
        output: Output { shape: column.shape.clone(), visible: true, captured: false },
    }
}

fn own_column<'s>(selected: &Selected<'s>) -> Option<&'s Column> {
    match &selected.operand {
        Operand::Column(column) => Some(column.column),
        _ => None,
    }
}
