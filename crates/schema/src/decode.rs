//! How a result column arrives and what it is called in the answer.

use crate::{ColumnType, Storage};
use std::sync::Arc;

/// How the engine must read one result column to write it as JSON.
///
/// Made once per build from a column's type and storage, so that nothing is looked up per row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decode {
    /// JSON true or false.
    Bool,
    /// A signed whole number.
    Int,
    /// An unsigned 64-bit number (MySQL).
    UInt,
    /// A 32-bit float, shortest form.
    Float32,
    /// A 64-bit float, shortest form.
    Float64,
    /// An exact decimal, all digits, as a JSON number.
    Decimal,
    /// A decimal that the engine keeps as a float: rounded to so many digits (SQLite's sums over DECIMAL(p,s)).
    DecimalScale(u32),
    /// Text as it is.
    Text,
    /// A UUID kept natively or as text: lower-case text of 36 characters.
    Uuid,
    /// A UUID kept as 16 bytes.
    UuidBytes,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM:SS[.f]`.
    Time,
    /// `HH:MM:SS[.f]+HH:MM`.
    TimeZone,
    /// RFC 3339 with `Z`; a value without zone is UTC.
    DateTime,
    /// Seconds since 1970, written as RFC 3339.
    EpochSeconds,
    /// Milliseconds since 1970, written as RFC 3339.
    EpochMillis,
    /// A JSON document, copied as it is.
    Json,
    /// Base64.
    Bytes,
    /// A JSON array of items.
    Array(Box<Decode>),
}

impl Decode {
    /// How a column of this type and storage is read.
    pub fn of(ty: &ColumnType, storage: Storage) -> Self {
        match (ty, storage) {
            (ColumnType::DateTime { .. }, Storage::EpochSeconds) => Self::EpochSeconds,
            (ColumnType::DateTime { .. }, Storage::EpochMillis) => Self::EpochMillis,
            (ColumnType::Uuid, Storage::UuidBytes) => Self::UuidBytes,
            (ColumnType::Boolean, _) => Self::Bool,
            (ColumnType::Integer { bits: 64, signed: false }, _) => Self::UInt,
            (ColumnType::Integer { .. }, _) => Self::Int,
            (ColumnType::Decimal { .. }, _) => Self::Decimal,
            (ColumnType::Float { bits: 32 }, _) => Self::Float32,
            (ColumnType::Float { .. }, _) => Self::Float64,
            (ColumnType::Text { .. } | ColumnType::Enum { .. } | ColumnType::Other, _) => Self::Text,
            (ColumnType::Uuid, _) => Self::Uuid,
            (ColumnType::Date, _) => Self::Date,
            (ColumnType::Time { zone: false }, _) => Self::Time,
            (ColumnType::Time { zone: true }, _) => Self::TimeZone,
            (ColumnType::DateTime { .. }, _) => Self::DateTime,
            (ColumnType::Json, _) => Self::Json,
            (ColumnType::Bytes, _) => Self::Bytes,
            (ColumnType::Array { item }, storage) => Self::Array(Box::new(Self::of(item, storage))),
        }
    }
}

/// Name and reader of a result column, shared by every statement that selects it.
#[derive(Debug, PartialEq, Eq)]
pub struct OutputShape {
    /// The JSON name.
    pub name: Box<str>,
    /// The JSON name as it stands in an object: quoted, escaped, with the colon.
    pub json_key: Box<str>,
    /// How the value is read.
    pub decode: Decode,
}

impl OutputShape {
    /// Builds the shape of a result column called `name` in the answer.
    pub fn new(name: &str, decode: Decode) -> Arc<Self> {
        let mut json_key = String::with_capacity(name.len() + 3);
        json_key.push('"');
        for c in name.chars() {
            match c {
                '"' => json_key.push_str("\\\""),
                '\\' => json_key.push_str("\\\\"),
                c if u32::from(c) < 0x20 => json_key.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => json_key.push(c),
            }
        }
        json_key.push_str("\":");
        Arc::new(Self { name: name.into(), json_key: json_key.into(), decode })
    }
}

/// One column of a statement's result.
#[derive(Debug, Clone)]
pub struct Output {
    /// Name and reader.
    pub shape: Arc<OutputShape>,
    /// Whether it is written into the row's JSON.
    pub visible: bool,
    /// Whether its value is kept beside the JSON: join keys, cursor keys, row ids.
    pub captured: bool,
}
