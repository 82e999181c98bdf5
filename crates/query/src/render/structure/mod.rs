//! Changes of a structure as SQL: tables made, altered and dropped. One file per engine.
//!
//! Takes wanted tables and what has to change; gives statements in the order in which they run. Names are quoted, labels
//! and defaults are literals of the dialect: no engine binds values in such statements.

pub mod customer_column;
mod mysql;
mod names;
mod postgres;
mod sqlite;
pub mod tenant_column;

pub use mysql::MySqlStructure;
use names::caseless_name;
pub use names::object_name;
pub use postgres::PostgresStructure;
pub use sqlite::SqliteStructure;

use super::Dialect;
use crate::{Cost, RowFormat, Statement};
use portcullis_schema::{
    Decode, Output, OutputShape,
    wanted::{WantedColumn, WantedTable},
};

/// One change of the structure.
#[derive(Debug)]
pub enum StructureChange<'a> {
    /// A table is made, with its indexes; its foreign keys follow when all tables are there.
    Create(&'a WantedTable),
    /// A table is dropped.
    Drop {
        /// The table.
        table: &'a str,
        /// Its foreign keys, which go first.
        references: Vec<&'a str>,
        /// Its columns of labels, whose types may have to go too.
        enums: Vec<&'a str>,
    },
    /// A table becomes what is wanted.
    Alter {
        /// As it will be.
        table: &'a WantedTable,
        /// The columns that are there before and after.
        kept: Vec<&'a str>,
        /// What differs.
        steps: Vec<Step<'a>>,
    },
}

/// One difference between a table and what is wanted.
#[derive(Debug)]
pub enum Step<'a> {
    /// A column is new.
    AddColumn(&'a WantedColumn),
    /// A column goes.
    DropColumn {
        /// Its name.
        name: &'a str,
        /// Whether it holds labels.
        labels: bool,
    },
    /// A column changes.
    ChangeColumn {
        /// As it will be.
        column: &'a WantedColumn,
        /// Another type, or other labels.
        retyped: bool,
    },
    /// A foreign key is new.
    AddReference(&'a WantedColumn),
    /// A foreign key goes.
    DropReference(&'a str),
    /// A unique index is new.
    AddUnique(&'a [String]),
    /// A unique index goes.
    DropUnique {
        /// Its name.
        name: &'a str,
        /// Its columns.
        columns: &'a [String],
    },
    /// A column is looked up by from now on.
    AddIndex(&'a str),
    /// A column is no longer looked up by.
    DropIndex(&'a str),
    /// The column that follows changes does so from now on.
    Touch,
}

/// Statements in three rounds: what makes room, what makes and changes, what holds it together.
#[derive(Debug, Default)]
pub struct Script {
    /// Foreign keys, indexes, columns and tables that go.
    pub first: Vec<String>,
    /// Tables and columns.
    pub main: Vec<String>,
    /// Indexes and foreign keys.
    pub last: Vec<String>,
}

impl Script {
    /// All statements in order.
    pub fn into_statements(mut self) -> Vec<String> {
        self.first.append(&mut self.main);
        self.first.append(&mut self.last);
        self.first
    }
}

/// How an engine spells changes of a structure. No default methods: a new engine answers every question itself.
pub trait Structure: tenant_column::TenantColumn + std::fmt::Debug + Send + Sync {
    /// Writes one change. `schema` is where tables are, on engines that have such a thing.
    fn write(&self, change: &StructureChange<'_>, schema: Option<&str>, out: &mut Script);

    /// Whether all of it happens or nothing.
    fn is_transactional(&self) -> bool;

    /// The statement that gives a column of text room for so many characters, and leaves the rest of it as it is. `None`
    /// where the engine cannot do that in place, or the column is no such text.
    fn widen(&self, of: &customer_column::ColumnOf<'_>, chars: u32, made: Option<&str>) -> Option<String>;

    /// Whether [`Structure::widen`] needs to know how the table was made.
    fn widens_from_definition(&self) -> bool;
}

/// The statements that make these changes.
pub fn statements(changes: &[StructureChange<'_>], dialect: &dyn Dialect, schema: Option<&str>) -> Vec<String> {
    let mut script = Script::default();
    for change in changes {
        dialect.structure().write(change, schema, &mut script);
    }
    script.into_statements()
}

/// A quoted name.
fn quoted(dialect: &dyn Dialect, name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    dialect.write_ident(&mut out, name);
    out
}

/// Quoted names in a list.
fn list<S: AsRef<str>>(dialect: &dyn Dialect, names: &[S]) -> String {
    names.iter().map(|name| quoted(dialect, name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A string literal.
fn literal(dialect: &dyn Dialect, text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    dialect.write_text_literal(&mut out, text);
    out
}

/// Labels as literals in a list.
fn labels(dialect: &dyn Dialect, labels: &[String]) -> String {
    labels.iter().map(|label| literal(dialect, label)).collect::<Vec<_>>().join(", ")
}

/// The bounds of a column's number as a condition.
fn bounds(dialect: &dyn Dialect, column: &WantedColumn) -> Option<String> {
    let name = quoted(dialect, &column.name);
    let parts: Vec<String> = [(&column.min, ">="), (&column.max, "<=")]
        .into_iter()
        .filter_map(|(bound, op)| bound.as_ref().map(|bound| format!("{name} {op} {bound}")))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// `FOREIGN KEY` of a column, without a name.
fn reference(dialect: &dyn Dialect, column: &WantedColumn, schema: Option<&str>) -> Option<String> {
    let reference = column.references.as_ref()?;
    Some(format!(
        "REFERENCES {} ({}) ON DELETE {}",
        place(dialect, &reference.table, schema),
        quoted(dialect, portcullis_schema::wanted::KEY),
        reference.on_delete.sql()
    ))
}

/// A table's name with its schema.
fn place(dialect: &dyn Dialect, table: &str, schema: Option<&str>) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quoted(dialect, schema), quoted(dialect, table)),
        None => quoted(dialect, table),
    }
}

/// Names of the unique indexes and plain indexes that a table is to have, with their columns.
fn indexes(table: &WantedTable) -> Vec<(bool, Vec<String>)> {
    let unique = table.unique.iter().map(|columns| (true, columns.clone()));
    unique.chain(table.looked_up_by().into_iter().map(|name| (false, vec![name.to_owned()]))).collect()
}

/// Reads one row of a table, if it has any; with a column, one where that holds nothing.
pub fn any_row(table: &str, without: Option<&str>, dialect: &dyn Dialect, schema: Option<&str>) -> Statement {
    let mut text = format!("SELECT 1 AS n FROM {}", place(dialect, table, schema));
    if let Some(column) = without {
        text.push_str(&format!(" WHERE {} IS NULL", quoted(dialect, column)));
    }
    text.push_str(" LIMIT 1");
    let output = Output { shape: OutputShape::new("n", Decode::Int), visible: true, captured: false };
    Statement { text, values: Vec::new(), outputs: [output].into(), cost: Cost::Scan, format: RowFormat::Json }
}
