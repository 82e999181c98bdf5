//! PostgreSQL's SQL.

use crate::{
    Value,
    convert::{Mismatch, Typed},
    plan::{JsonKind, LikeMode},
    render::{
        Dialect, JsonPiece, LikeSql, Returning,
        dialects::functions,
        literal,
        structure::{PostgresStructure, Structure},
    },
    request::{AggregateFunction, ColumnFunction},
};
use portcullis_schema::{ColumnType, Storage};
use std::fmt::Write as _;

/// PostgreSQL. Values travel as text and are read by the server's own parser.
#[derive(Debug, Clone, Copy)]
pub struct Postgres;

impl Dialect for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn store(&self, ty: &ColumnType, _: Storage, value: Typed) -> Result<Value, Mismatch> {
        Ok(spelled(ty, value))
    }

    fn keeps_decimals(&self) -> bool {
        true
    }

    fn nulls_first(&self, descending: bool) -> bool {
        descending
    }

    fn ordered(&self, _: &ColumnType, value: Value) -> Value {
        value
    }

    fn returning(&self) -> Returning {
        Returning { insert: true, update: true, delete: true }
    }

    fn skips_conflicts(&self) -> bool {
        true
    }

    fn write_ident(&self, out: &mut String, name: &str) {
        super::quoted(out, name, '"');
    }

    fn write_placeholder(&self, out: &mut String, number: usize) {
        let _ = write!(out, "${number}");
    }

    fn write_text_literal(&self, out: &mut String, text: &str) {
        literal::standard_text(out, text);
    }

    fn write_bytes_literal(&self, out: &mut String, bytes: &[u8]) {
        out.push_str("'\\x");
        literal::hex(out, bytes);
        out.push('\'');
    }

    fn like(&self, mode: LikeMode) -> LikeSql {
        let between = match (mode.fold, mode.negated) {
            (false, false) => " LIKE ",
            (false, true) => " NOT LIKE ",
            (true, false) => " ILIKE ",
            (true, true) => " NOT ILIKE ",
        };
        LikeSql { before: "", between, after: "" }
    }

    fn text_cast(&self, ty: &ColumnType) -> Option<(&'static str, &'static str)> {
        // Types without a reader of ours are cast already.
        matches!(ty, ColumnType::Uuid | ColumnType::Enum { .. }).then_some(("(", ")::text"))
    }

    fn read_cast(&self, _: &ColumnType, storage: Storage) -> Option<(&'static str, &'static str)> {
        (storage == Storage::CastText).then_some(("(", ")::text"))
    }

    fn aggregate(&self, function: AggregateFunction, ty: Option<&ColumnType>) -> (&'static str, &'static str) {
        match function {
            AggregateFunction::Count => ("count(", ")"),
            AggregateFunction::CountDistinct => ("count(DISTINCT ", ")"),
            // `oid` is the one unsigned type, and has no sum.
            AggregateFunction::Sum if unsigned(ty) => ("(sum((", ")::bigint))::numeric"),
            AggregateFunction::Avg if unsigned(ty) => ("(avg((", ")::bigint))::float8"),
            // The sum of integers is a bigint, which takes no bound with a fraction.
            AggregateFunction::Sum if matches!(ty, Some(ColumnType::Integer { .. })) => ("(sum(", "))::numeric"),
            AggregateFunction::Sum if matches!(ty, Some(ColumnType::Float { .. })) => ("(sum(", "))::float8"),
            AggregateFunction::Sum => ("sum(", ")"),
            AggregateFunction::Avg => ("(avg(", "))::float8"),
            AggregateFunction::Min => ("min(", ")"),
            AggregateFunction::Max => ("max(", ")"),
            // The engine's own list is bounded by its memory alone.
            AggregateFunction::ArrayAgg => ("(CASE WHEN count(*) <= 10000 THEN json_agg(", ") END)"),
        }
    }

    fn function(&self, function: ColumnFunction, _: Storage) -> (&'static str, &'static str) {
        functions::postgres(function)
    }

    fn json(&self, kind: JsonKind) -> &'static [JsonPiece] {
        functions::postgres_json(kind)
    }

    fn json_path(&self, keys: &[String]) -> Value {
        Value::List(keys.iter().cloned().map(Value::Text).collect())
    }

    fn json_contains(&self) -> (&'static str, &'static str, &'static str) {
        ("((", ")::jsonb @> (", ")::jsonb)")
    }

    fn collects(&self) -> bool {
        true
    }

    fn lists_are_values(&self) -> bool {
        true
    }

    fn row_list_prefix(&self) -> &'static str {
        ""
    }

    fn default_row(&self) -> &'static str {
        " DEFAULT VALUES"
    }

    fn lock(&self) -> &'static str {
        " FOR UPDATE"
    }

    fn names_foreign_keys(&self) -> bool {
        true
    }

    fn delete_takes_alias(&self) -> bool {
        true
    }

    fn structure(&self) -> &'static dyn Structure {
        &PostgresStructure
    }
}

const fn unsigned(ty: Option<&ColumnType>) -> bool {
    matches!(ty, Some(ColumnType::Integer { signed: false, .. }))
}

/// The text PostgreSQL's parser reads for a value of this type.
fn spelled(ty: &ColumnType, value: Typed) -> Value {
    match value {
        Typed::Null => Value::Null,
        Typed::Bool(value) => Value::Bool(value),
        Typed::Int(value) => Value::Int(value),
        Typed::UInt(value) => Value::UInt(value),
        Typed::Float(value) => Value::Float(value),
        Typed::Decimal(text) | Typed::Text(text) | Typed::Json(text) | Typed::TimeZone(text) => Value::Text(text),
        Typed::Uuid(value) => Value::Text(value.to_string()),
        Typed::Date(value) => Value::Text(value.to_string()),
        Typed::Time(value) => Value::Text(value.to_string()),
        Typed::DateTime(value) => {
            let zone = if matches!(ty, ColumnType::DateTime { zone: false }) { "" } else { "+00" };
            Value::Text(format!("{value}{zone}"))
        }
        Typed::Bytes(value) => Value::Bytes(value),
        Typed::List(items) => {
            let item = match ty {
                ColumnType::Array { item } => item,
                other => other,
            };
            Value::List(items.into_iter().map(|value| spelled(item, value)).collect())
        }
    }
}
