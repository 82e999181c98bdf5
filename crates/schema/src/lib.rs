//! Tables, columns, types, relations and names as plain values.
//!
//! A sync gives a [`Catalog`]: what was found, nothing more. [`Database`] is what requests use: the served
//! tables of a catalogue with their API names, relationships and every spelling under which they may be called.
//! Knows no SQL text, no driver and no IO.

pub mod catalog;
mod database;
pub mod decode;
pub mod names;
mod relations;
pub mod secrets;
mod suggest;
pub mod types;
pub mod wanted;

pub use catalog::{Catalog, Check, ColumnInfo, ForeignKeyInfo, Generated, Storage, TableInfo, TableKind, UniqueKey};
pub use database::{
    Column, ColumnId, Database, Join, Naming, Relation, RelationKind, Serve, Table, TableId, TableLookup,
};
pub use decode::{Decode, Output, OutputShape};
pub use suggest::closest;
pub use types::ColumnType;
