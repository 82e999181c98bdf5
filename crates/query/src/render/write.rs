//! INSERT, UPDATE, DELETE.

use super::{
    Dialect,
    condition::{write_condition, write_operand, write_where},
    text::{Root, SqlText},
};
use crate::{
    Cost, Statement, Value,
    plan::{Condition, Delete, Insert, Selected, Update},
};
use portcullis_schema::{Column, Output, Table};

/// Writes an INSERT; without RETURNING where the dialect has none.
pub fn insert(plan: &Insert<'_>, dialect: &dyn Dialect) -> Statement {
    let mut out = SqlText::new(dialect, false);
    write_insert(&mut out, plan);
    let outputs = write_returning(&mut out, &plan.returning, dialect.returning().insert);
    out.finish(outputs, Cost::Write)
}

/// Writes an INSERT of no row at all: what comes of it is whether rows with these columns may be inserted.
pub fn insert_nothing(table: &Table, columns: &[&Column], dialect: &dyn Dialect) -> Statement {
    let mut out = SqlText::new(dialect, false);
    out.push_sql("INSERT INTO ");
    out.push_table(table);
    write_names(&mut out, columns, " (");
    write_names(&mut out, columns, ") SELECT ");
    out.push_sql(" FROM ");
    out.push_table(table);
    out.push_sql(" WHERE 1 = 0");
    out.finish(Vec::new(), Cost::Write)
}

/// Writes an INSERT with literals for people to read.
pub fn insert_script(plan: &Insert<'_>, dialect: &dyn Dialect) -> String {
    let mut out = SqlText::new(dialect, true);
    write_insert(&mut out, plan);
    out.text()
}

/// Writes an UPDATE; without RETURNING where the dialect has none.
pub fn update(plan: &Update<'_>, dialect: &dyn Dialect) -> Statement {
    let mut out = SqlText::new(dialect, false);
    write_update(&mut out, plan);
    let outputs = write_returning(&mut out, &plan.returning, dialect.returning().update);
    out.finish(outputs, Cost::Write)
}

/// Writes an UPDATE with literals for people to read.
pub fn update_script(plan: &Update<'_>, dialect: &dyn Dialect) -> String {
    let mut out = SqlText::new(dialect, true);
    write_update(&mut out, plan);
    out.text()
}

/// Writes a DELETE, or an UPDATE where deleted rows stay; without RETURNING where the dialect has none.
pub fn delete(plan: &Delete<'_>, dialect: &dyn Dialect) -> Statement {
    let mut out = SqlText::new(dialect, false);
    if let Some((column, now)) = &plan.marks {
        write_set(&mut out, plan.table, &[(*column, now.clone())]);
        write_rows(&mut out, &plan.scope, &plan.condition);
        let outputs = write_returning(&mut out, &plan.returning, dialect.returning().update);
        return out.finish(outputs, Cost::Write);
    }
    out.push_sql("DELETE FROM ");
    if dialect.delete_takes_alias() {
        out.push_table_as(plan.table, 0);
    } else {
        out.push_table(plan.table);
        out.set_root(Root::Table(plan.table));
    }
    write_rows(&mut out, &plan.scope, &plan.condition);
    let outputs = write_returning(&mut out, &plan.returning, dialect.returning().delete);
    out.finish(outputs, Cost::Write)
}

fn write_insert(out: &mut SqlText<'_>, plan: &Insert<'_>) {
    out.push_sql("INSERT INTO ");
    out.push_table(plan.table);
    if plan.values.is_empty() {
        out.push_sql(out.dialect.default_row());
    } else {
        for (at, (column, _)) in plan.values.iter().enumerate() {
            out.push_sql(if at > 0 { ", " } else { " (" });
            out.push_column_name(column);
        }
        for (at, (_, value)) in plan.values.iter().enumerate() {
            out.push_sql(if at > 0 { ", " } else { ") VALUES (" });
            out.push_value(value.clone());
        }
        out.push_sql(")");
    }
    if let Some(conflict) = plan.on_conflict.as_ref().filter(|_| out.dialect.skips_conflicts()) {
        for (at, column) in conflict.key.iter().enumerate() {
            out.push_sql(if at > 0 { ", " } else { " ON CONFLICT (" });
            out.push_column_name(column);
        }
        out.push_sql(") DO NOTHING");
    }
}

fn write_names(out: &mut SqlText<'_>, columns: &[&Column], before: &'static str) {
    for (at, column) in columns.iter().enumerate() {
        out.push_sql(if at > 0 { ", " } else { before });
        out.push_column_name(column);
    }
}

fn write_update(out: &mut SqlText<'_>, plan: &Update<'_>) {
    write_set(out, plan.table, &plan.set);
    write_rows(out, &plan.scope, &plan.condition);
}

fn write_set(out: &mut SqlText<'_>, table: &Table, set: &[(&Column, Value)]) {
    out.push_sql("UPDATE ");
    out.push_table_as(table, 0);
    for (at, (column, value)) in set.iter().enumerate() {
        out.push_sql(if at > 0 { ", " } else { " SET " });
        out.push_column_name(column);
        out.push_sql(" = ");
        out.push_value(value.clone());
    }
}

/// Which rows are written. A statement that means every row says so.
fn write_rows(out: &mut SqlText<'_>, scope: &Condition<'_>, condition: &Condition<'_>) {
    if scope.is_always() {
        out.push_sql(" WHERE ");
        write_condition(out, condition);
    } else {
        write_where(out, [Some(scope), Some(condition), None]);
    }
}

/// RETURNING names the columns of the one table there is, so they need no qualifier.
fn write_returning(out: &mut SqlText<'_>, returning: &[Selected<'_>], possible: bool) -> Vec<Output> {
    if !possible || returning.is_empty() {
        return Vec::new();
    }
    out.set_root(Root::Bare);
    for (at, selected) in returning.iter().enumerate() {
        out.push_sql(if at > 0 { ", " } else { " RETURNING " });
        write_operand(out, &selected.operand);
    }
    returning.iter().map(|selected| selected.output.clone()).collect()
}
