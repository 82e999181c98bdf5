//! A request as words: conditions, relationships, aggregates, order, pages. Here a column is still a word.
//!
//! All grammars meet in [`ListRequest`]: ours is parsed in [`parse`]; other surfaces parse theirs into the same words.

mod error;
mod function;
mod operator;
mod parse;
mod query_string;

pub use error::RequestError;
pub use function::ColumnFunction;
pub use operator::{AggregateFunction, ArrayOp, CompareOp, JsonOf, LikeOp, Operator};
pub use parse::{parse_expressions, parse_filter};
pub use query_string::{parse_sort, sort_from_text};

use crate::Json;

/// What to list, in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListRequest {
    /// Joined by AND.
    pub filter: Vec<Expression>,
    /// In order of weight.
    pub sort: Vec<SortKey>,
    /// Columns asked for; empty means all.
    pub projections: Vec<String>,
    /// Whether equal rows are given once.
    pub distinct: bool,
    /// Groups and their figures, instead of rows.
    pub aggregations: Option<Aggregations>,
    /// Which part of the result.
    pub paging: Paging,
    /// Whether the whole number of rows is counted.
    pub total: bool,
}

/// Which part of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Paging {
    /// A page counted from 1.
    Page {
        /// Counted from 1.
        page: u64,
        /// Rows of a page; the default where absent.
        size: Option<u64>,
    },
    /// Rows from a place on, for surfaces that count rows and not pages.
    Rows {
        /// How many rows are passed over.
        offset: u64,
        /// How many are wanted.
        size: u64,
    },
    /// What follows a cursor; from the beginning where absent.
    Cursor {
        /// The cursor of the page before.
        after: Option<String>,
        /// Rows of a page; the default where absent.
        size: Option<u64>,
    },
}

impl Default for Paging {
    fn default() -> Self {
        Self::Page { page: 1, size: None }
    }
}

/// One term of a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A column against a value.
    Field {
        /// Where it stands, as a JSON pointer.
        place: String,
        /// The column, or `year(placed_at)`; in HAVING also an alias or `SUM(total)`.
        field: String,
        /// What is compared.
        operator: Operator,
        /// Against what; `Null` where the operator needs none.
        value: Json,
    },
    /// A column against another column of the same table.
    Columns {
        /// Where it stands, as a JSON pointer.
        place: String,
        /// The one column.
        field: String,
        /// How they are compared.
        op: CompareOp,
        /// The other column.
        other: String,
    },
    /// What stands inside of a JSON column against a value.
    Path {
        /// Where it stands, as a JSON pointer.
        place: String,
        /// The column.
        field: String,
        /// Keys of objects from the outside in; none is the whole document.
        path: Vec<String>,
        /// What of it is compared.
        of: JsonOf,
        /// How.
        operator: Operator,
        /// Against what; its type says what kind of value is looked for.
        value: Json,
    },
    /// AND, OR, NOT over further terms.
    Logical {
        /// Where it stands, as a JSON pointer.
        place: String,
        /// How the terms are joined.
        connective: Connective,
        /// The terms.
        expressions: Vec<Expression>,
    },
    /// Related rows: as a condition on the parent, embedded, or both.
    Relationship(RelationshipWords),
}

/// How terms are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connective {
    /// All hold.
    And,
    /// At least one holds.
    Or,
    /// Not all hold: the negation of their AND.
    Not,
}

/// A relationship term.
#[derive(Debug, Clone, PartialEq)]
pub struct RelationshipWords {
    /// Where it stands, as a JSON pointer.
    pub place: String,
    /// The relationship's name.
    pub relationship: String,
    /// Whether parents without a matching row drop out.
    pub filters_parent: bool,
    /// Whether matching rows are embedded.
    pub include: bool,
    /// Conditions on the related rows, joined by AND.
    pub expressions: Vec<Expression>,
    /// Figures over the related rows.
    pub aggregations: Option<Aggregations>,
}

/// Figures over rows or groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Aggregations {
    /// Where it stands, as a JSON pointer.
    pub place: String,
    /// The figures.
    pub functions: Vec<AggregateWords>,
    /// The columns that make a group: also `year(placed_at)` and `Relation.column`.
    pub group_by: Vec<String>,
    /// HAVING: conditions over aliases or `SUM(total)`, joined by AND.
    pub having: Vec<Expression>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct AggregateWords {
    /// COUNT, COUNT_DISTINCT, SUM, AVG, MIN, MAX or ARRAY_AGG.
    pub function: AggregateFunction,
    /// The column; empty or `*` for COUNT(*).
    pub field: String,
    /// What it is called in the answer.
    pub alias: Option<String>,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// A column, an aggregate's alias, or `Relation.column`.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}
