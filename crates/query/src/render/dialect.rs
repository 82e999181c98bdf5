//! What the planner and the writer ask a dialect. No default methods: a new engine answers every question itself.

use super::structure::Structure;
use crate::{
    Value,
    convert::{Mismatch, Typed},
    plan::{JsonKind, LikeMode},
    request::{AggregateFunction, ColumnFunction},
};
use portcullis_schema::{ColumnType, Storage};
use std::fmt::Debug;

/// Whether written rows come back with the statement that writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returning {
    /// `INSERT .. RETURNING`
    pub insert: bool,
    /// `UPDATE .. RETURNING`
    pub update: bool,
    /// `DELETE .. RETURNING`
    pub delete: bool,
}

/// A pattern match: what stands before the operand, between operand and pattern, and after the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LikeSql {
    /// Before the operand.
    pub before: &'static str,
    /// Between operand and pattern.
    pub between: &'static str,
    /// After the pattern.
    pub after: &'static str,
}

/// A part of what reads a place inside of a JSON column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonPiece {
    /// Fixed text.
    Sql(&'static str),
    /// The column.
    Column,
    /// The path, as [`Dialect::json_path`] spells it.
    Path,
}

/// One engine's SQL.
pub trait Dialect: Debug + Send + Sync {
    /// `postgres`, `mysql` or `sqlite`.
    fn name(&self) -> &'static str;

    /// Gives a value the spelling in which the engine keeps values of such a column.
    ///
    /// # Errors
    ///
    /// The engine cannot hold the value without changing it.
    fn store(&self, ty: &ColumnType, storage: Storage, value: Typed) -> Result<Value, Mismatch>;

    /// Whether decimals and their sums stay exact decimals.
    fn keeps_decimals(&self) -> bool;

    /// Whether NULLs come first in an order.
    fn nulls_first(&self, descending: bool) -> bool;

    /// A value read from a column, in the form that compares with the column as ORDER BY orders it. Of a subquery's
    /// column it is the value itself.
    fn ordered(&self, ty: &ColumnType, value: Value) -> Value;

    /// Whether written rows can come back with their statement.
    fn returning(&self) -> Returning;

    /// Whether an insert can pass over a row whose key exists (`ON CONFLICT .. DO NOTHING`).
    fn skips_conflicts(&self) -> bool;

    /// Writes a quoted name.
    fn write_ident(&self, out: &mut String, name: &str);

    /// Writes the placeholder of the value with this number, counted from 1.
    fn write_placeholder(&self, out: &mut String, number: usize);

    /// Writes text as a string literal; for scripts people read, never for statements that are run.
    fn write_text_literal(&self, out: &mut String, text: &str);

    /// Writes bytes as a literal; as above.
    fn write_bytes_literal(&self, out: &mut String, bytes: &[u8]);

    /// A pattern match with `\` as escape.
    fn like(&self, mode: LikeMode) -> LikeSql;

    /// What makes text of a column of this type, before and after it, where LIKE needs text.
    fn text_cast(&self, ty: &ColumnType) -> Option<(&'static str, &'static str)>;

    /// What must stand around a column of this storage to read or compare it.
    fn read_cast(&self, ty: &ColumnType, storage: Storage) -> Option<(&'static str, &'static str)>;

    /// What stands around the argument of a function.
    fn aggregate(&self, function: AggregateFunction, ty: Option<&ColumnType>) -> (&'static str, &'static str);

    /// What stands around the column in a function of it.
    fn function(&self, function: ColumnFunction, storage: Storage) -> (&'static str, &'static str);

    /// What reads a place inside of a JSON column.
    fn json(&self, kind: JsonKind) -> &'static [JsonPiece];

    /// The path to a place inside of a JSON column; its keys have no quotes and no backslashes.
    fn json_path(&self, keys: &[String]) -> Value;

    /// Before, between and after two JSON documents of which the first contains the second.
    fn json_contains(&self) -> (&'static str, &'static str, &'static str);

    /// Whether a group's values can be collected into a list.
    fn collects(&self) -> bool;

    /// Whether a list is one value: `= ANY($1)`.
    fn lists_are_values(&self) -> bool;

    /// The word between `IN (` and a list of composite keys: `VALUES ` on SQLite.
    fn row_list_prefix(&self) -> &'static str;

    /// What a row without any value is written as, after the table's name.
    fn default_row(&self) -> &'static str;

    /// What locks the rows read, at the end of a SELECT.
    fn lock(&self) -> &'static str;

    /// Whether the engine says which foreign key was broken. What we refuse ourselves is told alike.
    fn names_foreign_keys(&self) -> bool;

    /// Whether the table of a DELETE can be given a name.
    fn delete_takes_alias(&self) -> bool;

    /// How changes of a structure are spelt.
    fn structure(&self) -> &'static dyn Structure;
}
