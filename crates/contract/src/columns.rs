//! Column types as the documents name them. Source: the native contract, section 5.
//!
//! A row that disagrees with its declared type makes generated clients refuse the whole answer, so nothing is
//! declared that a row already there could break: no lengths (SQLite does not keep them), no closed lists of enum
//! labels (a label added later would), no format for a UUID kept as mere text.

use crate::{
    api::Model,
    schema::{Property, Schema},
};
use portcullis_schema::{Column, ColumnType, Generated, Storage};
use serde_json::{Map, Value, json};

/// The shape of a column's values.
pub fn schema_of(ty: &ColumnType, storage: Storage) -> Schema {
    match ty {
        ColumnType::Boolean => Schema::truth(),
        // 32 unsigned bits and more do not fit into `int32`.
        ColumnType::Integer { bits: 0..=24, .. } | ColumnType::Integer { bits: 32, signed: true } => {
            Schema::formatted("integer", "int32")
        }
        ColumnType::Integer { .. } => Schema::whole(),
        ColumnType::Decimal { .. } => Schema::scalar("number"),
        ColumnType::Float { bits: 32 } => Schema::formatted("number", "float"),
        ColumnType::Float { .. } => Schema::formatted("number", "double"),
        ColumnType::Uuid if storage != Storage::UuidText => Schema::formatted("string", "uuid"),
        ColumnType::Date => Schema::formatted("string", "date"),
        ColumnType::DateTime { .. } => Schema::formatted("string", "date-time"),
        ColumnType::Bytes => Schema::formatted("string", "byte"),
        // RFC 3339 knows no time of day without a zone, so `time` has no format.
        ColumnType::Text { .. }
        | ColumnType::Enum { .. }
        | ColumnType::Uuid
        | ColumnType::Time { .. }
        | ColumnType::Other => Schema::text(),
        ColumnType::Json => Schema::Any,
        // Any item may be null: no engine says otherwise.
        ColumnType::Array { item } => Schema::list(Schema::Nullable(Box::new(schema_of(item, storage)))),
    }
}

/// The shape of `{id}`: a number where the key is one whole number, else text.
pub fn key_schema(model: &Model<'_>) -> Schema {
    match model.table.primary_key.as_slice() {
        [id] if matches!(model.table.column(*id).ty, ColumnType::Integer { .. }) => Schema::whole(),
        _ => Schema::text(),
    }
}

/// A column as a member of its model.
pub fn property(model: &Model<'_>, column: &Column) -> Property {
    Property {
        name: column.name.clone(),
        schema: schema_of(&column.ty, column.storage),
        description: description(column),
        nullable: column.nullable,
        // In a model nobody can write, the mark would only make clients leave the column out of their own output.
        read_only: model.takes_rows() && !model.writes(column),
        only_openapi: false,
    }
}

fn description(column: &Column) -> Option<String> {
    let labels = match &column.ty {
        ColumnType::Enum { values } => {
            let labels: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            Some(format!("One of {}.", labels.join(", ")))
        }
        _ => None,
    };
    let comment = column.comment.clone().filter(|comment| !comment.trim().is_empty());
    match (comment, labels) {
        (Some(comment), Some(labels)) => Some(format!("{comment} {labels}")),
        (comment, labels) => comment.or(labels),
    }
}

/// A row to begin with, for pages that offer to send one: no key the database counts, no relationships.
pub fn example(model: &Model<'_>) -> Option<Value> {
    let members: Map<String, Value> = model
        .columns()
        .filter(|column| column.generated == Generated::No && model.writes(column))
        .filter_map(|column| Some((column.name.clone(), sample(&column.ty)?)))
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

fn sample(ty: &ColumnType) -> Option<Value> {
    Some(match ty {
        ColumnType::Boolean => json!(true),
        ColumnType::Integer { .. } => json!(1),
        ColumnType::Decimal { scale: Some(0), .. } => json!(1),
        ColumnType::Decimal { .. } | ColumnType::Float { .. } => json!(0.5),
        ColumnType::Text { max_chars } => {
            let max = max_chars.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
            json!("text".chars().take(max).collect::<String>())
        }
        ColumnType::Enum { values } => json!(values.first()?),
        ColumnType::Uuid => json!("6f1c2a9e-3b7d-4c58-9a61-0d2e4f8b7c35"),
        ColumnType::Date => json!("2024-02-29"),
        ColumnType::Time { zone: false } => json!("12:30:00"),
        ColumnType::Time { zone: true } => json!("12:30:00+00:00"),
        ColumnType::DateTime { .. } => json!("2024-02-29T12:30:00Z"),
        ColumnType::Json => json!({}),
        ColumnType::Bytes => json!("aGVsbG8="),
        ColumnType::Array { item } => json!([sample(item)?]),
        ColumnType::Other => return None,
    })
}
