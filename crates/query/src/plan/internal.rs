//! Statements of our own over one mapped table: users, sessions, tokens.
//!
//! Takes columns of the synced schema and values of their types; no caller's text becomes SQL here.

use super::{ColumnRef, Condition, Delete, Insert, Operand, OrderTerm, Select, Selected, Update};
use crate::{
    Json, Statement, Value,
    access::Grant,
    convert::{Mismatch, Purpose, typed_as},
    render::{self, Dialect},
    request::CompareOp,
};
use portcullis_schema::{Column, Output, Table};

/// Writes statements over one table.
#[derive(Clone, Copy)]
pub struct Internal<'s> {
    /// The table.
    pub table: &'s Table,
    /// How its engine spells SQL.
    pub dialect: &'static dyn Dialect,
    /// The column that says when a row was deleted: such rows are neither read nor changed.
    pub deleted: Option<&'s Column>,
}

impl<'s> Internal<'s> {
    /// Needs a [`Grant::unrestricted`] for the table, whose reason the log then has.
    pub fn new(table: &'s Table, dialect: &'static dyn Dialect, grant: &Grant) -> Self {
        debug_assert_eq!(grant.table(), table.id);
        Self { table, dialect, deleted: None }
    }

    /// The same where rows that hold something in a column were deleted.
    #[must_use]
    pub const fn without_deleted(self, deleted: Option<&'s Column>) -> Self {
        Self { deleted, ..self }
    }

    fn live(&self, condition: Condition<'s>) -> Condition<'s> {
        match self.deleted {
            Some(column) => Condition::all([condition, is_null(column)]),
            None => condition,
        }
    }

    /// A word as a value to compare a column with.
    ///
    /// # Errors
    ///
    /// [`Mismatch`]: no row can hold it.
    pub fn compared(&self, column: &Column, word: &Json) -> Result<Value, Mismatch> {
        typed_as(&column.ty, word, Purpose::Compare)
            .and_then(|typed| self.dialect.store(&column.ty, column.storage, typed))
    }

    /// A word as a value to write into a column.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] says what would be right.
    pub fn written(&self, column: &Column, word: &Json) -> Result<Value, Mismatch> {
        typed_as(&column.ty, word, Purpose::Write)
            .and_then(|typed| self.dialect.store(&column.ty, column.storage, typed))
    }

    /// Rows as JSON objects of the given columns, in the order of `order`.
    pub fn select(
        &self,
        columns: &[&'s Column],
        condition: Condition<'s>,
        order: Option<&'s Column>,
        limit: u64,
    ) -> Statement {
        let mut select = Select::from(self.table);
        select.columns = self.outputs(columns);
        select.condition = self.live(condition);
        select.order = order
            .map(|column| OrderTerm { operand: Operand::Column(ColumnRef { alias: 0, column }), descending: false })
            .into_iter()
            .collect();
        select.limit = Some(limit);
        render::select(&select, self.dialect)
    }

    /// Changes rows; the number of them is the statement's own.
    pub fn update(&self, set: Vec<(&'s Column, Value)>, condition: Condition<'s>) -> Statement {
        let (scope, condition) = (Condition::always(), self.live(condition));
        render::update(&Update { table: self.table, set, scope, condition, returning: Vec::new() }, self.dialect)
    }

    /// Inserts a row; gives the columns back where the dialect can.
    pub fn insert(&self, values: Vec<(&'s Column, Value)>, returning: &[&'s Column]) -> Statement {
        let plan = Insert { table: self.table, values, on_conflict: None, returning: self.outputs(returning) };
        render::insert(&plan, self.dialect)
    }

    /// Inserts no row: whether the database lets rows with these columns be inserted.
    pub fn insert_nothing(&self, columns: &[&'s Column]) -> Statement {
        render::insert_nothing(self.table, columns, self.dialect)
    }

    /// Deletes rows.
    pub fn delete(&self, condition: Condition<'s>) -> Statement {
        render::delete(
            &Delete { table: self.table, marks: None, scope: Condition::always(), condition, returning: Vec::new() },
            self.dialect,
        )
    }

    fn outputs(&self, columns: &[&'s Column]) -> Vec<Selected<'s>> {
        let output = |column: &&'s Column| Selected {
            operand: Operand::Column(ColumnRef { alias: 0, column }),
            output: Output { shape: column.shape.clone(), visible: true, captured: false },
        };
        columns.iter().map(output).collect()
    }
}

/// The column compares so with the value.
pub fn compare<'s>(column: &'s Column, op: CompareOp, value: Value) -> Condition<'s> {
    Condition::Compare { left: Operand::Column(ColumnRef { alias: 0, column }), op, value }
}

/// The column holds the value.
pub fn is<'s>(column: &'s Column, value: Value) -> Condition<'s> {
    compare(column, CompareOp::Eq, value)
}

/// The column holds nothing.
pub fn is_null(column: &Column) -> Condition<'_> {
    Condition::Null { left: Operand::Column(ColumnRef { alias: 0, column }), negated: false }
}

/// The column holds the text, ASCII letters in any case.
pub fn folded<'s>(column: &'s Column, text: &str) -> Condition<'s> {
    Condition::Folded { column: ColumnRef { alias: 0, column }, text: text.to_ascii_lowercase() }
}
