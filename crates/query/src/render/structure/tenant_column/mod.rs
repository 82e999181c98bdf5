//! The tenant column of a table that lacks it: the column, its index, its foreign key, and its values as they follow
//! from what rows point at, so many rows at a time. One file per engine.
//!
//! The index comes before the values: rows that still lack theirs are found by it.

mod mysql;
mod postgres;
mod sqlite;

use super::{Dialect, quoted};
use crate::{Cost, RowFormat, Statement, Value};
use portcullis_schema::{ColumnInfo, Decode, Output, OutputShape, TableInfo};

/// Rows that one statement fills.
const BATCH: usize = 1_000;
/// What the table that tells is called inside of a statement: a name that no table has.
const ABOVE: &str = "portcullis_above";

/// A table that gets the column.
#[derive(Debug, Clone, Copy)]
pub struct Gaining<'a> {
    /// The table.
    pub table: &'a TableInfo,
    /// The column it gets.
    pub column: &'a str,
    /// The table of tenants.
    pub tenants: &'a TableInfo,
    /// The key of the tenants.
    pub key: &'a ColumnInfo,
    /// The character set and collation of the key, on engines where a foreign key asks for the same.
    pub spelling: Option<&'a str>,
}

/// Where the tenant of a row follows from.
#[derive(Debug, Clone)]
pub enum Tells<'a> {
    /// A row that it points at.
    Above {
        /// The table of that row.
        table: &'a TableInfo,
        /// Its column that holds the tenant.
        holds: &'a str,
        /// The foreign key: a column of ours, and the one it points at.
        by: Vec<(&'a str, &'a str)>,
    },
    /// The one value that is bound.
    Given,
}

/// How an engine spells it. No default methods: a new engine answers every question itself.
pub trait TenantColumn {
    /// Adds the column.
    fn add_column(&self, gaining: &Gaining<'_>) -> String;

    /// Adds the index, where the foreign key does not bring one along.
    fn add_index(&self, gaining: &Gaining<'_>) -> Option<String>;

    /// Adds the foreign key, where it did not come with the column.
    fn add_reference(&self, gaining: &Gaining<'_>) -> Option<String>;

    /// Fills so many rows at most that have no tenant yet and get one; run again until none is left.
    fn fill(&self, gaining: &Gaining<'_>, tells: &Tells<'_>) -> String;

    /// Reads [`Gaining::spelling`].
    fn spelling(&self, tenants: &TableInfo, key: &ColumnInfo) -> Option<Statement>;
}

/// A table's name with its schema.
fn place(dialect: &dyn Dialect, table: &TableInfo) -> String {
    super::place(dialect, &table.name, table.schema.as_deref())
}

/// `table (key)`, as a foreign key names it.
fn tenants(dialect: &dyn Dialect, gaining: &Gaining<'_>) -> String {
    format!("{} ({})", place(dialect, gaining.tenants), quoted(dialect, &gaining.key.name))
}

/// The value of rows that lack theirs, and the condition under which there is one.
fn value(dialect: &dyn Dialect, gaining: &Gaining<'_>, tells: &Tells<'_>) -> (String, String) {
    let missing = format!("{} IS NULL", quoted(dialect, gaining.column));
    match tells {
        Tells::Given => {
            let mut given = String::new();
            dialect.write_placeholder(&mut given, 1);
            (given, missing)
        }
        Tells::Above { table, holds, by } => {
            let (own, above, holds) = (place(dialect, gaining.table), quoted(dialect, ABOVE), quoted(dialect, holds));
            let pairs = by
                .iter()
                .map(|(ours, theirs)| format!("{above}.{} = {own}.{}", quoted(dialect, theirs), quoted(dialect, ours)));
            let pairs = pairs.collect::<Vec<_>>().join(" AND ");
            let way = format!("SELECT {above}.{holds} FROM {} {above} WHERE {pairs}", place(dialect, table));
            let known = format!("{missing} AND EXISTS ({way} AND {above}.{holds} IS NOT NULL)");
            (format!("({way})"), known)
        }
    }
}

/// A statement that gives one text.
fn one_text(text: String, values: Vec<Value>) -> Statement {
    let output = Output { shape: OutputShape::new("text", Decode::Text), visible: false, captured: true };
    Statement { text, values, outputs: [output].into(), cost: Cost::Scan, format: RowFormat::Json }
}
