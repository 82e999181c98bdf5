//! Column types in our own words, the same on every engine.

use serde::{Deserialize, Serialize};

/// What a column holds. Engines map their native types onto these at sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// A whole number of so many bits.
    Integer {
        /// 8, 16, 24, 32 or 64.
        bits: u8,
        /// False for MySQL's `UNSIGNED`.
        signed: bool,
    },
    /// An exact decimal number.
    Decimal {
        /// Digits in all; `None` where the engine sets no bound.
        precision: Option<u32>,
        /// Digits behind the point; `None` where the engine sets no bound.
        scale: Option<u32>,
    },
    /// A binary floating-point number.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// Text.
    Text {
        /// The longest value in characters, where the column has a bound.
        max_chars: Option<u32>,
    },
    /// One of a fixed list of labels.
    Enum {
        /// The labels in their order.
        values: Vec<String>,
    },
    /// A UUID.
    Uuid,
    /// A day.
    Date,
    /// A time of day.
    Time {
        /// True for `time with time zone`.
        zone: bool,
    },
    /// A moment, or a day with a time.
    DateTime {
        /// True where the database keeps a moment (PostgreSQL `timestamptz`, MySQL `timestamp`).
        /// Without a zone the value is taken as UTC.
        zone: bool,
    },
    /// A JSON document.
    Json,
    /// Bytes.
    Bytes,
    /// A list of values of one type.
    Array {
        /// The type of the items.
        item: Box<ColumnType>,
    },
    /// Any other type of the engine: travels as the engine's own text.
    Other,
}

impl ColumnType {
    /// The type's name in error texts and `/schema`: the same word on every engine.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Decimal { .. } | Self::Float { .. } => "number",
            Self::Text { .. } | Self::Enum { .. } | Self::Other => "string",
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::Time { .. } => "time",
            Self::DateTime { .. } => "date-time",
            Self::Json => "json",
            Self::Bytes => "bytes",
            Self::Array { .. } => "array",
        }
    }

    /// Whether the operators of the LIKE family apply.
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::Enum { .. } | Self::Uuid | Self::Other)
    }

    /// Whether values have an order that `gt`, `between`, MIN and MAX can use.
    pub const fn is_ordered(&self) -> bool {
        !matches!(self, Self::Json | Self::Array { .. } | Self::Boolean)
    }

    /// Whether SUM and AVG apply.
    pub const fn is_numeric(&self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Decimal { .. } | Self::Float { .. })
    }

    /// Whether `=`, DISTINCT, GROUP BY and ORDER BY work on every engine.
    pub fn is_comparable(&self) -> bool {
        match self {
            Self::Json => false,
            Self::Array { item } => item.is_comparable(),
            _ => true,
        }
    }
}
