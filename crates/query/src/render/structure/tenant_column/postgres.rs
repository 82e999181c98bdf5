//! PostgreSQL's tenant column.

use super::{BATCH, Gaining, Tells, TenantColumn, place, tenants, value};
use crate::{
    Statement,
    render::{
        dialects::POSTGRES,
        structure::{PostgresStructure, object_name, quoted},
    },
};
use portcullis_schema::{ColumnInfo, TableInfo};

impl TenantColumn for PostgresStructure {
    /// A table that inherits may have it from its parent by now.
    fn add_column(&self, gaining: &Gaining<'_>) -> String {
        let (own, column) = (place(&POSTGRES, gaining.table), quoted(&POSTGRES, gaining.column));
        format!("ALTER TABLE {own} ADD COLUMN IF NOT EXISTS {column} {}", gaining.key.native_type)
    }

    fn add_index(&self, gaining: &Gaining<'_>) -> Option<String> {
        let index = quoted(&POSTGRES, &object_name("ix", &gaining.table.name, &[gaining.column]));
        let (own, column) = (place(&POSTGRES, gaining.table), quoted(&POSTGRES, gaining.column));
        Some(format!("CREATE INDEX IF NOT EXISTS {index} ON {own} ({column})"))
    }

    fn add_reference(&self, gaining: &Gaining<'_>) -> Option<String> {
        let key = quoted(&POSTGRES, &object_name("fk", &gaining.table.name, &[gaining.column]));
        let (own, column) = (place(&POSTGRES, gaining.table), quoted(&POSTGRES, gaining.column));
        let tenants = tenants(&POSTGRES, gaining);
        Some(format!("ALTER TABLE {own} ADD CONSTRAINT {key} FOREIGN KEY ({column}) REFERENCES {tenants}"))
    }

    /// By where rows lie, which every table knows; a partition may have another row in the same place, and the
    /// condition holds for that one too.
    fn fill(&self, gaining: &Gaining<'_>, tells: &Tells<'_>) -> String {
        let (own, column) = (place(&POSTGRES, gaining.table), quoted(&POSTGRES, gaining.column));
        let (value, missing) = value(&POSTGRES, gaining, tells);
        format!(
            "UPDATE {own} SET {column} = {value} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {own} WHERE {missing} LIMIT {BATCH})) \
             AND {missing}"
        )
    }

    fn spelling(&self, _: &TableInfo, _: &ColumnInfo) -> Option<Statement> {
        None
    }
}
