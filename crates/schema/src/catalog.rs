//! What a sync found in a customer's database.

use crate::ColumnType;
use serde::{Deserialize, Serialize};

/// A database as it stands: every table and view of the schemas that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// In order of schema and name.
    pub tables: Vec<TableInfo>,
}

/// Whether rows can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A base table, also a partitioned or foreign one.
    Table,
    /// A view: read-only.
    View,
    /// A materialised view: read-only.
    MaterializedView,
}

impl TableKind {
    /// The word of `init --json` and the documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::MaterializedView => "materialized_view",
        }
    }
}

/// One table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableInfo {
    /// The PostgreSQL schema; `None` on engines where the connection names the database.
    pub schema: Option<String>,
    /// The name in the database, exactly.
    pub name: String,
    /// Table, view or materialised view.
    pub kind: TableKind,
    /// In the order of the table.
    pub columns: Vec<ColumnInfo>,
    /// Column names in key order; empty without a key.
    pub primary_key: Vec<String>,
    /// Unique constraints and unique indexes over plain columns without a condition; the primary key is not repeated.
    pub unique_keys: Vec<UniqueKey>,
    /// Foreign keys of this table.
    pub foreign_keys: Vec<ForeignKeyInfo>,
    /// CHECK constraints.
    pub checks: Vec<Check>,
    /// The comment the database keeps.
    pub comment: Option<String>,
    /// Whether triggers may change a row as it is written: it is then read again before it is answered.
    pub has_triggers: bool,
}

/// A unique key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKey {
    /// The constraint's or index's name.
    pub name: String,
    /// Column names in key order.
    pub columns: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKeyInfo {
    /// The constraint's name; made up from the columns where the engine keeps none.
    pub name: String,
    /// Columns of this table.
    pub columns: Vec<String>,
    /// The parent's schema, as in [`TableInfo::schema`].
    pub parent_schema: Option<String>,
    /// The parent's name.
    pub parent: String,
    /// The parent's columns, in the order of `columns`.
    pub parent_columns: Vec<String>,
    /// `CASCADE`, `SET NULL`, ...; `None` for the default.
    pub on_delete: Option<String>,
    /// As `on_delete`.
    pub on_update: Option<String>,
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The constraint's name; empty where it has none.
    pub name: String,
    /// The condition as the database prints it.
    pub expression: String,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnInfo {
    /// The name in the database, exactly.
    pub name: String,
    /// The type in the engine's own words, such as `character varying(40)`; a domain is followed to its base type.
    pub native_type: String,
    /// The type in our words.
    #[serde(rename = "kind")]
    pub ty: ColumnType,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The default as the database prints it.
    pub default: Option<String>,
    /// Whether the database makes the value.
    pub generated: Generated,
    /// The comment the database keeps.
    pub comment: Option<String>,
    /// How values lie in the table where the engine has no type for them.
    pub storage: Storage,
}

/// Whether and how the database makes a column's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generated {
    /// An ordinary column.
    No,
    /// Counted up when the value is left out: identity by default, serial, AUTO_INCREMENT, INTEGER PRIMARY KEY.
    Counter,
    /// Counted up, and never the writer's: `GENERATED ALWAYS AS IDENTITY`.
    CounterAlways,
    /// Computed from other columns: never written.
    Computed,
}

impl Generated {
    /// Whether a request may give the value.
    pub const fn writable(self) -> bool {
        matches!(self, Self::No | Self::Counter)
    }
}

/// How a value lies in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// As the engine's type says.
    Native,
    /// Date-time as text `YYYY-MM-DD HH:MM:SS[.fff]` (SQLite).
    TextSpace,
    /// Date-time as text `YYYY-MM-DDTHH:MM:SS[.fff]Z` (SQLite).
    TextIso,
    /// Date-time as whole seconds since 1970 (SQLite).
    EpochSeconds,
    /// Date-time as milliseconds since 1970 (SQLite).
    EpochMillis,
    /// UUID as 16 bytes (SQLite, MySQL).
    UuidBytes,
    /// UUID as text of 36 characters (SQLite, MySQL).
    UuidText,
    /// A PostgreSQL type without a reader of ours: selected as text, written as text.
    CastText,
}
