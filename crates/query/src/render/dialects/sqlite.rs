//! SQLite's SQL.

use crate::{
    Value,
    convert::{Mismatch, Typed},
    plan::{JsonKind, LikeMode},
    render::{
        Dialect, JsonPiece, LikeSql, Returning,
        dialects::functions,
        literal,
        structure::{SqliteStructure, Structure},
    },
    request::{AggregateFunction, ColumnFunction},
};
use chrono::NaiveDateTime;
use portcullis_schema::{ColumnType, Storage};
use std::fmt::Write as _;

/// SQLite. Its connections match LIKE with case and have `lower` for all of Unicode.
#[derive(Debug, Clone, Copy)]
pub struct Sqlite;

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn store(&self, _: &ColumnType, storage: Storage, value: Typed) -> Result<Value, Mismatch> {
        Ok(match value {
            Typed::Null => Value::Null,
            Typed::Bool(value) => Value::Int(i64::from(value)),
            Typed::Int(value) => Value::Int(value),
            Typed::UInt(_) => return Err(Mismatch("the number is too large for this database".to_owned())),
            Typed::Float(value) => Value::Float(value),
            Typed::Decimal(text) => decimal(text)?,
            Typed::Text(text) | Typed::Json(text) | Typed::TimeZone(text) => Value::Text(text),
            Typed::Uuid(value) if storage == Storage::UuidBytes => Value::Bytes(value.as_bytes().to_vec()),
            Typed::Uuid(value) => Value::Text(value.to_string()),
            Typed::Date(value) => Value::Text(value.to_string()),
            Typed::Time(value) => Value::Text(value.to_string()),
            Typed::DateTime(value) => date_time(value, storage)?,
            Typed::Bytes(value) => Value::Bytes(value),
            Typed::List(_) => return Err(Mismatch("this database has no arrays".to_owned())),
        })
    }

    fn keeps_decimals(&self) -> bool {
        false
    }

    fn nulls_first(&self, descending: bool) -> bool {
        !descending
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
        let _ = write!(out, "?{number}");
    }

    fn write_text_literal(&self, out: &mut String, text: &str) {
        literal::standard_text(out, text);
    }

    fn write_bytes_literal(&self, out: &mut String, bytes: &[u8]) {
        out.push_str("X'");
        literal::hex(out, bytes);
        out.push('\'');
    }

    fn like(&self, mode: LikeMode) -> LikeSql {
        match (mode.fold, mode.negated) {
            (false, false) => LikeSql { before: "", between: " LIKE ", after: " ESCAPE '\\'" },
            (false, true) => LikeSql { before: "", between: " NOT LIKE ", after: " ESCAPE '\\'" },
            (true, false) => LikeSql { before: "lower(", between: ") LIKE lower(", after: ") ESCAPE '\\'" },
            (true, true) => LikeSql { before: "lower(", between: ") NOT LIKE lower(", after: ") ESCAPE '\\'" },
        }
    }

    fn text_cast(&self, _: &ColumnType) -> Option<(&'static str, &'static str)> {
        None
    }

    fn read_cast(&self, _: &ColumnType, _: Storage) -> Option<(&'static str, &'static str)> {
        None
    }

    fn aggregate(&self, function: AggregateFunction, _: Option<&ColumnType>) -> (&'static str, &'static str) {
        match function {
            AggregateFunction::Count => ("count(", ")"),
            AggregateFunction::CountDistinct => ("count(DISTINCT ", ")"),
            AggregateFunction::Sum => ("sum(", ")"),
            AggregateFunction::Avg => ("avg(", ")"),
            AggregateFunction::Min => ("min(", ")"),
            AggregateFunction::Max => ("max(", ")"),
            AggregateFunction::ArrayAgg => ("(CASE WHEN count(*) <= 10000 THEN json_group_array(", ") END)"),
        }
    }

    fn function(&self, function: ColumnFunction, storage: Storage) -> (&'static str, &'static str) {
        functions::sqlite(function, storage)
    }

    fn json(&self, kind: JsonKind) -> &'static [JsonPiece] {
        functions::sqlite_json(kind)
    }

    fn json_path(&self, keys: &[String]) -> Value {
        Value::Text(functions::dollar_path(keys))
    }

    fn json_contains(&self) -> (&'static str, &'static str, &'static str) {
        ("json_contains(", ", ", ")")
    }

    fn collects(&self) -> bool {
        true
    }

    fn lists_are_values(&self) -> bool {
        false
    }

    fn row_list_prefix(&self) -> &'static str {
        "VALUES "
    }

    fn default_row(&self) -> &'static str {
        " DEFAULT VALUES"
    }

    fn lock(&self) -> &'static str {
        // The writer is alone.
        ""
    }

    fn names_foreign_keys(&self) -> bool {
        false
    }

    fn delete_takes_alias(&self) -> bool {
        true
    }

    fn structure(&self) -> &'static dyn Structure {
        &SqliteStructure
    }
}

/// SQLite keeps a decimal as an integer or a float: what a float would change is refused.
fn decimal(text: String) -> Result<Value, Mismatch> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Value::Int(whole));
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    let significant = String::from_utf8_lossy(&digits).trim_start_matches('0').trim_end_matches('0').len();
    match text.parse::<f64>() {
        Ok(number) if significant <= 15 && number.is_finite() => Ok(Value::Float(number)),
        _ => Err(Mismatch("this database keeps 15 significant digits, and nothing is rounded".to_owned())),
    }
}

fn date_time(value: NaiveDateTime, storage: Storage) -> Result<Value, Mismatch> {
    let utc = value.and_utc();
    match storage {
        Storage::EpochSeconds if utc.timestamp_subsec_micros() == 0 => Ok(Value::Int(utc.timestamp())),
        Storage::EpochSeconds => Err(Mismatch("this column keeps whole seconds".to_owned())),
        Storage::EpochMillis if utc.timestamp_subsec_micros().is_multiple_of(1000) => {
            Ok(Value::Int(utc.timestamp_millis()))
        }
        Storage::EpochMillis => Err(Mismatch("this column keeps whole milliseconds".to_owned())),
        Storage::TextIso => Ok(Value::Text(format!("{value:?}Z"))),
        _ => Ok(Value::Text(value.to_string())),
    }
}
