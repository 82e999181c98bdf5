//! What every rule looks at: the database, the samples, and what the tables' names say.

use super::{
    columns::{key_column, references, same_kind},
    names::folded_words,
    nouns::{Noun, common_prefix},
    samples::Samples,
};
use portcullis_schema::{Column, Database, Table, TableId};
use std::collections::HashMap;

/// The evidence.
pub struct Ground<'t> {
    /// Every table that was found.
    pub database: &'t Database,
    /// What some rows look like.
    pub samples: &'t Samples,
    nouns: Vec<Noun>,
    places: HashMap<(Option<&'t str>, &'t str), TableId>,
}

/// A column that points at a table.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'t> {
    /// The column.
    pub column: &'t Column,
    /// Whether the database knows of it; else the name says it.
    pub declared: bool,
}

impl<'t> Ground<'t> {
    /// Takes the names apart.
    pub fn new(database: &'t Database, samples: &'t Samples) -> Self {
        let common = common_prefix(database);
        let tables = database.tables();
        Self {
            database,
            samples,
            nouns: tables.iter().map(|table| Noun::of(&table.info.name, common.as_deref())).collect(),
            places: tables
                .iter()
                .map(|table| ((table.info.schema.as_deref(), table.info.name.as_str()), table.id))
                .collect(),
        }
    }

    /// What a table's name says.
    pub fn noun(&self, table: TableId) -> &Noun {
        &self.nouns[table.0]
    }

    /// The place of a table by its own name.
    pub fn place(&self, schema: Option<&str>, name: &str) -> Option<TableId> {
        self.places.get(&(schema, name)).copied()
    }

    /// The column of `table` that points at a row of `target`: by foreign key, else by name and type. Among several,
    /// the one named like the target.
    pub fn reference(&self, table: &'t Table, target: TableId) -> Option<Reference<'t>> {
        let names = self.noun(target).reference_keys();
        let named = |column: &Column| names.contains(&folded_words(&column.name).concat());
        let declared = references(table, |schema, name| self.place(schema, name));
        let mut declared: Vec<_> = declared.iter().filter(|(_, id)| *id == target).map(|(column, _)| *column).collect();
        declared.sort_by_key(|column| (!named(column), column.id.0));
        if let Some(column) = declared.first() {
            return Some(Reference { column, declared: true });
        }
        let key = key_column(self.database.table(target))?;
        let fits = |column: &&Column| named(column) && same_kind(&column.ty, &key.ty);
        // A column that points elsewhere does not point here.
        let elsewhere =
            |column: &Column| table.info.foreign_keys.iter().any(|key| key.columns == [column.name.clone()]);
        let column = table.columns.iter().filter(fits).find(|column| !elsewhere(column))?;
        Some(Reference { column, declared: false })
    }

    /// How many tables have a column that points at this one.
    pub fn pointing_at(&self, target: &Table) -> usize {
        let others = self.database.tables().iter().filter(|table| table.id != target.id);
        others.filter(|table| self.reference(table, target.id).is_some()).count()
    }
}
