//! MariaDB's and MySQL's tenant column.

use super::{BATCH, Gaining, Tells, TenantColumn, one_text, place, tenants, value};
use crate::{
    Statement, Value,
    render::{
        dialects::MARIADB,
        structure::{MySqlStructure, caseless_name, quoted},
    },
};
use portcullis_schema::{ColumnInfo, ColumnType, TableInfo};

impl TenantColumn for MySqlStructure {
    fn add_column(&self, gaining: &Gaining<'_>) -> String {
        let (own, column) = (place(&MARIADB, gaining.table), quoted(&MARIADB, gaining.column));
        let spelling = gaining.spelling.map(|spelling| format!(" CHARACTER SET {spelling}")).unwrap_or_default();
        format!("ALTER TABLE {own} ADD COLUMN {column} {}{spelling} NULL", gaining.key.native_type)
    }

    /// The foreign key brings one along.
    fn add_index(&self, _: &Gaining<'_>) -> Option<String> {
        None
    }

    /// Its name is the database's, not the table's, and minds no capitals.
    fn add_reference(&self, gaining: &Gaining<'_>) -> Option<String> {
        let key = quoted(&MARIADB, &caseless_name("fk", &gaining.table.name, &[gaining.column]));
        let (own, column) = (place(&MARIADB, gaining.table), quoted(&MARIADB, gaining.column));
        let tenants = tenants(&MARIADB, gaining);
        Some(format!("ALTER TABLE {own} ADD CONSTRAINT {key} FOREIGN KEY ({column}) REFERENCES {tenants}"))
    }

    fn fill(&self, gaining: &Gaining<'_>, tells: &Tells<'_>) -> String {
        let (own, column) = (place(&MARIADB, gaining.table), quoted(&MARIADB, gaining.column));
        let (value, missing) = value(&MARIADB, gaining, tells);
        format!("UPDATE {own} SET {column} = {value} WHERE {missing} LIMIT {BATCH}")
    }

    /// A foreign key between columns of two collations is refused here.
    fn spelling(&self, tenants: &TableInfo, key: &ColumnInfo) -> Option<Statement> {
        if !matches!(key.ty, ColumnType::Text { .. } | ColumnType::Enum { .. } | ColumnType::Uuid | ColumnType::Other) {
            return None;
        }
        let text = "SELECT concat(character_set_name, ' COLLATE ', collation_name) FROM information_schema.columns \
                    WHERE table_schema = database() AND table_name = ? AND column_name = ? \
                    AND character_set_name IS NOT NULL";
        let names = [&tenants.name, &key.name].map(|name| Value::Text(name.clone()));
        Some(one_text(text.to_owned(), names.into()))
    }
}
