//! What a declared schema wants of a database.

use super::{
    column::{DeclaredColumn, DeclaredType},
    document::{Declared, DeclaredTable},
};
use portcullis_query::convert::{parse_moment, plain_decimal};
use portcullis_schema::wanted::{KEY, WantedColumn, WantedDefault, WantedReference, WantedTable, WantedType};
use serde_json::Value;

/// The tables of a document, with the columns they have by themselves.
pub fn tables(declared: &Declared) -> Vec<WantedTable> {
    declared.tables.iter().map(|table| wanted(table, declared.timestamps, declared.soft_delete)).collect()
}

fn wanted(table: &DeclaredTable, timestamps: bool, soft_delete: bool) -> WantedTable {
    let mut columns = vec![plain(KEY, WantedType::Uuid, Some(WantedDefault::Uuid))];
    let mut unique: Vec<Vec<String>> = Vec::new();
    if table.auth {
        columns.push(plain("email", WantedType::Text { max_chars: Some(255) }, None));
        columns.push(plain("password_hash", WantedType::Text { max_chars: None }, None));
        columns.push(plain("email_verified", WantedType::Boolean, Some(WantedDefault::Boolean(false))));
        unique.push(vec!["email".to_owned()]);
    }
    for column in &table.columns {
        columns.push(of(column));
        if column.unique {
            unique.push(vec![column.name.clone()]);
        }
    }
    for list in &table.unique {
        if !unique.contains(list) {
            unique.push(list.clone());
        }
    }
    if timestamps {
        columns.push(plain("created_at", WantedType::DateTime, Some(WantedDefault::Now)));
        columns.push(plain("updated_at", WantedType::DateTime, Some(WantedDefault::Now)));
    }
    if soft_delete {
        columns.push(WantedColumn { required: false, ..plain("deleted_at", WantedType::DateTime, None) });
    }
    let touched = timestamps.then(|| "updated_at".to_owned());
    WantedTable { name: table.name.clone(), columns, unique, touched }
}

fn plain(name: &str, ty: WantedType, default: Option<WantedDefault>) -> WantedColumn {
    WantedColumn {
        name: name.to_owned(),
        ty,
        required: true,
        default,
        min: None,
        max: None,
        references: None,
        indexed: false,
    }
}

fn of(column: &DeclaredColumn) -> WantedColumn {
    let (ty, references) = match &column.ty {
        DeclaredType::String { max_length } => (WantedType::Text { max_chars: Some(*max_length) }, None),
        DeclaredType::File => (WantedType::Text { max_chars: Some(255) }, None),
        DeclaredType::Text => (WantedType::Text { max_chars: None }, None),
        DeclaredType::Int | DeclaredType::Timestamp => (WantedType::Integer, None),
        DeclaredType::Float => (WantedType::Float, None),
        DeclaredType::Bool => (WantedType::Boolean, None),
        DeclaredType::Date => (WantedType::Date, None),
        DeclaredType::DateTime => (WantedType::DateTime, None),
        DeclaredType::Json => (WantedType::Json, None),
        DeclaredType::Enum(values) => (WantedType::Enum(values.clone()), None),
        DeclaredType::Uuid => (WantedType::Uuid, None),
        DeclaredType::Ref { table, on_delete } => {
            (WantedType::Uuid, Some(WantedReference { table: table.clone(), on_delete: *on_delete }))
        }
    };
    let digits = |number: &Option<Value>| number.as_ref().and_then(|number| plain_decimal(&number.to_string()));
    WantedColumn {
        name: column.name.clone(),
        required: column.required,
        // A faulty default was refused when the document was read.
        default: default(column).ok().flatten(),
        min: digits(&column.min),
        max: digits(&column.max),
        indexed: column.index || references.is_some(),
        ty,
        references,
    }
}

/// What a row gets that does not say. The error says what would be right.
pub fn default(column: &DeclaredColumn) -> Result<Option<WantedDefault>, String> {
    use DeclaredType as T;
    let Some(value) = &column.default else {
        return Ok(matches!(column.ty, T::Uuid).then_some(WantedDefault::Uuid));
    };
    let wrong = |what: &str| Err(format!("`default` of `{}` must be {what}, not {value}", column.ty.word()));
    let text = value.as_str().map(str::to_owned).or_else(|| value.is_number().then(|| value.to_string()));
    let made = match &column.ty {
        T::String { max_length } => match text {
            Some(text) if text.chars().count() <= *max_length as usize => WantedDefault::Text(text),
            _ => return wrong("text that is not too long"),
        },
        T::Text | T::File => match text {
            Some(text) => WantedDefault::Text(text),
            None => return wrong("text"),
        },
        T::Int | T::Timestamp => match text.and_then(|text| text.parse::<i64>().ok()) {
            Some(number) => WantedDefault::Number(number.to_string()),
            None => return wrong("a whole number"),
        },
        T::Float => match text.as_deref().and_then(plain_decimal) {
            Some(digits) => WantedDefault::Number(digits),
            None => return wrong("a number"),
        },
        T::Bool => match value {
            Value::Bool(value) => WantedDefault::Boolean(*value),
            _ => return wrong("true or false"),
        },
        T::Date => match text.filter(|text| text.len() == 10 && parse_moment(text).is_some()) {
            Some(text) => WantedDefault::Text(text),
            None => return wrong("a day such as 2026-01-31"),
        },
        T::DateTime => match text.as_deref() {
            Some("now") => WantedDefault::Now,
            Some(text) => match parse_moment(text) {
                // The spelling that every engine reads, in UTC.
                Some(moment) => WantedDefault::Text(moment.format("%Y-%m-%d %H:%M:%S").to_string()),
                None => return wrong("a moment such as 2026-01-31T13:45:00Z, or now"),
            },
            None => return wrong("a moment such as 2026-01-31T13:45:00Z, or now"),
        },
        T::Json => WantedDefault::Text(value.to_string()),
        T::Enum(values) => match text.filter(|text| values.contains(text)) {
            Some(text) => WantedDefault::Text(text),
            None => return wrong(&format!("one of {}", values.join(", "))),
        },
        T::Uuid => match text.as_deref().and_then(uuid_text) {
            Some(text) => WantedDefault::Text(text),
            None => return wrong("a UUID"),
        },
        T::Ref { .. } => return Err("a `ref` has no default".to_owned()),
    };
    Ok(Some(made))
}

fn uuid_text(text: &str) -> Option<String> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    (groups == [8, 4, 4, 4, 12] && hex).then(|| text.to_ascii_lowercase())
}
