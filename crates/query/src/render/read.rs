//! SELECT.

use super::{
    Dialect,
    condition::{write_condition, write_hop_join, write_operand, write_where},
    text::SqlText,
};
use crate::{
    Cost, PAGE_ROWS, Statement,
    plan::{OrderTerm, Select},
};
use portcullis_schema::{Decode, Output, OutputShape};

/// Writes a SELECT.
pub fn select(plan: &Select<'_>, dialect: &dyn Dialect) -> Statement {
    let mut out = SqlText::new(dialect, false);
    write_select(&mut out, plan);
    let outputs = plan.columns.iter().map(|selected| selected.output.clone()).collect();
    out.finish(outputs, cost(plan))
}

fn cost(plan: &Select<'_>) -> Cost {
    let whole = plan.distinct || plan.lock || !plan.group_by.is_empty() || plan.columns.iter().any(is_aggregate);
    match plan.limit {
        _ if plan.point => Cost::Point,
        Some(limit) if limit <= PAGE_ROWS && plan.offset == 0 && !whole => Cost::Page,
        _ => Cost::Scan,
    }
}

/// Writes a SELECT with literals for people to read.
pub fn select_script(plan: &Select<'_>, dialect: &dyn Dialect) -> String {
    let mut out = SqlText::new(dialect, true);
    write_select(&mut out, plan);
    out.text()
}

/// Writes the count of a SELECT's rows, its limit aside; one captured value.
pub fn count(plan: &Select<'_>, dialect: &dyn Dialect) -> Statement {
    let mut out = SqlText::new(dialect, false);
    write_count(&mut out, plan);
    let shape = OutputShape::new("count", Decode::Int);
    out.finish(vec![Output { shape, visible: false, captured: true }], Cost::Scan)
}

/// Writes the count with literals for people to read.
pub fn count_script(plan: &Select<'_>, dialect: &dyn Dialect) -> String {
    let mut out = SqlText::new(dialect, true);
    write_count(&mut out, plan);
    out.text()
}

fn write_count(out: &mut SqlText<'_>, plan: &Select<'_>) {
    let groups = !plan.group_by.is_empty() || plan.columns.iter().any(is_aggregate);
    if groups {
        out.push_sql("SELECT count(*) FROM (SELECT count(*) AS n");
        write_from(out, plan);
        out.push_sql(") AS d");
    } else if plan.distinct {
        out.push_sql("SELECT count(*) FROM (SELECT DISTINCT ");
        write_columns(out, plan);
        write_from(out, plan);
        out.push_sql(") AS d");
    } else {
        out.push_sql("SELECT count(*)");
        write_from(out, plan);
    }
}

fn is_aggregate(selected: &crate::plan::Selected<'_>) -> bool {
    matches!(selected.operand, crate::plan::Operand::Aggregate(_))
}

fn write_select(out: &mut SqlText<'_>, plan: &Select<'_>) {
    out.push_sql(if plan.distinct { "SELECT DISTINCT " } else { "SELECT " });
    write_columns(out, plan);
    write_from(out, plan);
    write_order(out, &plan.order);
    if let Some(limit) = plan.limit {
        out.push_sql(" LIMIT ");
        out.push_limit(limit);
    }
    if plan.offset > 0 {
        out.push_sql(" OFFSET ");
        out.push_offset(plan.offset);
    }
    if plan.lock {
        out.push_sql(out.dialect.lock());
    }
}

fn write_columns(out: &mut SqlText<'_>, plan: &Select<'_>) {
    if plan.columns.is_empty() {
        out.push_sql("1");
    }
    for (at, selected) in plan.columns.iter().enumerate() {
        if at > 0 {
            out.push_sql(", ");
        }
        write_operand(out, &selected.operand);
    }
}

fn write_from(out: &mut SqlText<'_>, plan: &Select<'_>) {
    out.push_sql(" FROM ");
    out.push_table_as(plan.table, 0);
    if let Some(join) = &plan.join {
        out.push_sql(" JOIN ");
        out.push_table_as(join.table, join.alias);
        out.push_sql(" ON ");
        for (at, (own, joined)) in join.on.iter().enumerate() {
            if at > 0 {
                out.push_sql(" AND ");
            }
            out.push_bare_column(0, own);
            out.push_sql(" = ");
            out.push_bare_column(join.alias, joined);
        }
    }
    for hop in &plan.lookups {
        write_hop_join(out, hop);
    }
    let between = plan.join.as_ref().map(|join| &join.scope);
    write_where(out, [Some(&plan.scope), between, Some(&plan.condition)]);
    for (at, operand) in plan.group_by.iter().enumerate() {
        out.push_sql(if at > 0 { ", " } else { " GROUP BY " });
        write_operand(out, operand);
    }
    if !plan.having.is_always() {
        out.push_sql(" HAVING ");
        write_condition(out, &plan.having);
    }
}

fn write_order(out: &mut SqlText<'_>, order: &[OrderTerm<'_>]) {
    for (at, term) in order.iter().enumerate() {
        out.push_sql(if at > 0 { ", " } else { " ORDER BY " });
        write_operand(out, &term.operand);
        if term.descending {
            out.push_sql(" DESC");
        }
    }
}
