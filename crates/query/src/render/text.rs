//! The one writer: text and value are pushed together, so that a caller's text has no way into the SQL.

use super::{Dialect, literal};
use crate::{
    Cost, RowFormat, Statement, Value,
    plan::{Alias, ColumnRef},
};
use portcullis_schema::{Column, Output, Table};
use std::fmt::Write as _;

/// SQL in the making.
pub(super) struct SqlText<'d> {
    pub dialect: &'d dyn Dialect,
    text: String,
    values: Vec<Value>,
    /// Whether values are written as literals: for scripts people read.
    literals: bool,
    /// How the statement's own table is called.
    root: Root<'d>,
    /// Whether a good plan depends on the values: a pattern's first letters may lead into an index.
    plan_follows_values: bool,
    /// Whether the values are the rules' own.
    fixed: bool,
}

/// How the columns of the statement's own table are qualified.
#[derive(Clone, Copy)]
pub(super) enum Root<'t> {
    /// `t0."column"`
    Alias,
    /// `"table"."column"`
    Table(&'t Table),
    /// `"column"`
    Bare,
}

impl<'d> SqlText<'d> {
    pub fn new(dialect: &'d dyn Dialect, literals: bool) -> Self {
        Self {
            dialect,
            text: String::with_capacity(256),
            values: Vec::new(),
            literals,
            root: Root::Alias,
            plan_follows_values: false,
            fixed: false,
        }
    }

    pub fn set_root(&mut self, root: Root<'d>) {
        self.root = root;
    }

    /// Fixed SQL, known when we compile.
    pub fn push_sql(&mut self, sql: &'static str) {
        self.text.push_str(sql);
    }

    /// Says whether the next values are the rules' own; gives what held before.
    pub const fn take_fixed(&mut self, fixed: bool) -> bool {
        std::mem::replace(&mut self.fixed, fixed)
    }

    /// A caller's value: the text gets a placeholder, the driver the value.
    pub fn push_value(&mut self, value: Value) {
        if self.literals || (self.fixed && literal::is_plain(&value)) {
            literal::write(self.dialect, &mut self.text, &value);
        } else {
            self.values.push(value);
            self.dialect.write_placeholder(&mut self.text, self.values.len());
        }
    }

    /// The number of rows wanted, as digits: a planner that knows it keeps its plan, where a bound one makes
    /// PostgreSQL plan anew each time. Page sizes are few, so the statements stay few.
    pub fn push_limit(&mut self, limit: u64) {
        let _ = write!(self.text, "{limit}");
    }

    /// The number of rows passed over: a bound value, so that every page is one statement.
    pub fn push_offset(&mut self, count: u64) {
        self.push_value(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)));
    }

    /// Notes that a pattern is among the conditions.
    pub fn has_pattern(&mut self) {
        self.plan_follows_values = true;
    }

    /// A table's own name.
    pub fn push_table(&mut self, table: &Table) {
        if let Some(schema) = &table.info.schema {
            self.dialect.write_ident(&mut self.text, schema);
            self.text.push('.');
        }
        self.dialect.write_ident(&mut self.text, &table.info.name);
    }

    /// A table with the name it has in this statement.
    pub fn push_table_as(&mut self, table: &Table, alias: Alias) {
        self.push_table(table);
        let _ = write!(self.text, " AS t{alias}");
    }

    /// A column's own name.
    pub fn push_column_name(&mut self, column: &Column) {
        self.dialect.write_ident(&mut self.text, &column.name);
    }

    /// A column of one of the statement's tables, as it lies there.
    pub fn push_bare_column(&mut self, alias: Alias, column: &Column) {
        match (alias, self.root) {
            (0, Root::Bare) => {}
            (0, Root::Table(table)) => {
                self.dialect.write_ident(&mut self.text, &table.info.name);
                self.text.push('.');
            }
            _ => drop(write!(self.text, "t{alias}.")),
        }
        self.push_column_name(column);
    }

    /// A column of one of the statement's tables, in the form in which it is read and compared.
    pub fn push_column(&mut self, reference: ColumnRef<'_>) {
        let ColumnRef { alias, column } = reference;
        match self.dialect.read_cast(&column.ty, column.storage) {
            Some((before, after)) => {
                self.push_sql(before);
                self.push_bare_column(alias, column);
                self.push_sql(after);
            }
            None => self.push_bare_column(alias, column),
        }
    }

    pub fn text(self) -> String {
        self.text
    }

    pub fn finish(self, outputs: Vec<Output>, cost: Cost) -> Statement {
        let cost = if cost == Cost::Page && self.plan_follows_values { Cost::Scan } else { cost };
        Statement { text: self.text, values: self.values, outputs: outputs.into(), cost, format: RowFormat::Json }
    }
}
