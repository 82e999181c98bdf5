//! MariaDB's and MySQL's SQL.

use crate::{
    Value,
    convert::{Mismatch, Typed},
    plan::{JsonKind, LikeMode},
    render::{
        Dialect, JsonPiece, LikeSql, Returning,
        dialects::functions,
        literal,
        structure::{MySqlStructure, Structure},
    },
    request::{AggregateFunction, ColumnFunction},
};
use portcullis_schema::{ColumnType, Storage};

/// MariaDB (`returning`) or MySQL, which gives no written row back.
#[derive(Debug, Clone, Copy)]
pub struct MySql {
    /// Whether INSERT and DELETE have RETURNING.
    pub returning: bool,
}

impl Dialect for MySql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn store(&self, _: &ColumnType, storage: Storage, value: Typed) -> Result<Value, Mismatch> {
        Ok(match value {
            Typed::Null => Value::Null,
            Typed::Bool(value) => Value::Int(i64::from(value)),
            Typed::Int(value) => Value::Int(value),
            Typed::UInt(value) => Value::UInt(value),
            Typed::Float(value) => Value::Float(value),
            Typed::Decimal(text) | Typed::Text(text) | Typed::Json(text) | Typed::TimeZone(text) => Value::Text(text),
            Typed::Uuid(value) if storage == Storage::UuidBytes => Value::Bytes(value.as_bytes().to_vec()),
            Typed::Uuid(value) => Value::Text(value.to_string()),
            Typed::Date(value) => Value::Text(value.to_string()),
            Typed::Time(value) => Value::Text(value.to_string()),
            Typed::DateTime(value) => Value::Text(value.to_string()),
            Typed::Bytes(value) => Value::Bytes(value),
            Typed::List(_) => return Err(Mismatch("this database has no arrays".to_owned())),
        })
    }

    fn keeps_decimals(&self) -> bool {
        true
    }

    fn nulls_first(&self, descending: bool) -> bool {
        !descending
    }

    fn ordered(&self, ty: &ColumnType, value: Value) -> Value {
        match (ty, &value) {
            // ORDER BY follows the labels' places, and so does a comparison with a number; one with a text does not.
            (ColumnType::Enum { values }, Value::Text(label)) => {
                let place = values.iter().position(|known| known == label).map_or(0, |at| at + 1);
                Value::Int(i64::try_from(place).unwrap_or(0))
            }
            _ => value,
        }
    }

    fn returning(&self) -> Returning {
        Returning { insert: self.returning, update: false, delete: self.returning }
    }

    fn skips_conflicts(&self) -> bool {
        false
    }

    fn write_ident(&self, out: &mut String, name: &str) {
        super::quoted(out, name, '`');
    }

    fn write_placeholder(&self, out: &mut String, _: usize) {
        out.push('?');
    }

    fn write_text_literal(&self, out: &mut String, text: &str) {
        out.push('\'');
        for c in text.chars() {
            match c {
                '\'' | '\\' => {
                    out.push('\\');
                    out.push(c);
                }
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                c => out.push(c),
            }
        }
        out.push('\'');
    }

    fn write_bytes_literal(&self, out: &mut String, bytes: &[u8]) {
        out.push_str("X'");
        literal::hex(out, bytes);
        out.push('\'');
    }

    fn like(&self, mode: LikeMode) -> LikeSql {
        // `\` is the escape of LIKE here without being asked. A collation and not BINARY, which would let `_` stand for one
        // byte of a character.
        match (mode.fold, mode.negated) {
            (false, false) => LikeSql { before: "", between: " LIKE ", after: " COLLATE utf8mb4_bin" },
            (false, true) => LikeSql { before: "", between: " NOT LIKE ", after: " COLLATE utf8mb4_bin" },
            (true, false) => LikeSql { before: "LOWER(", between: ") LIKE LOWER(", after: ")" },
            (true, true) => LikeSql { before: "LOWER(", between: ") NOT LIKE LOWER(", after: ")" },
        }
    }

    fn text_cast(&self, ty: &ColumnType) -> Option<(&'static str, &'static str)> {
        matches!(ty, ColumnType::Uuid | ColumnType::Enum { .. } | ColumnType::Other).then_some(("CAST(", " AS CHAR)"))
    }

    fn read_cast(&self, _: &ColumnType, storage: Storage) -> Option<(&'static str, &'static str)> {
        (storage == Storage::CastText).then_some(("ST_AsText(", ")"))
    }

    fn aggregate(&self, function: AggregateFunction, _: Option<&ColumnType>) -> (&'static str, &'static str) {
        match function {
            AggregateFunction::Count => ("count(", ")"),
            AggregateFunction::CountDistinct => ("count(DISTINCT ", ")"),
            AggregateFunction::Sum => ("sum(", ")"),
            // Of decimals it would keep four more digits only.
            AggregateFunction::Avg => ("avg(", " + 0e0)"),
            AggregateFunction::Min => ("min(", ")"),
            AggregateFunction::Max => ("max(", ")"),
            // Never planned: see `collects`.
            AggregateFunction::ArrayAgg => ("JSON_ARRAYAGG(", ")"),
        }
    }

    fn function(&self, function: ColumnFunction, _: Storage) -> (&'static str, &'static str) {
        functions::mysql(function)
    }

    fn json(&self, kind: JsonKind) -> &'static [JsonPiece] {
        functions::mysql_json(kind)
    }

    fn json_path(&self, keys: &[String]) -> Value {
        Value::Text(functions::dollar_path(keys))
    }

    fn json_contains(&self) -> (&'static str, &'static str, &'static str) {
        ("JSON_CONTAINS(", ", ", ")")
    }

    fn collects(&self) -> bool {
        // The longest list is a setting of the server, beyond which MariaDB cuts it off.
        false
    }

    fn lists_are_values(&self) -> bool {
        false
    }

    fn row_list_prefix(&self) -> &'static str {
        ""
    }

    fn default_row(&self) -> &'static str {
        " () VALUES ()"
    }

    fn lock(&self) -> &'static str {
        " FOR UPDATE"
    }

    fn names_foreign_keys(&self) -> bool {
        true
    }

    fn delete_takes_alias(&self) -> bool {
        false
    }

    fn structure(&self) -> &'static dyn Structure {
        if self.returning { &MySqlStructure { mariadb: true } } else { &MySqlStructure { mariadb: false } }
    }
}
