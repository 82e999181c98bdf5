//! What every rule looks at: the database, the samples, and what the tables' names say.

use super::{
    columns::{key_column, references, same_kind},
    names::folded_words,
    nouns::{Noun, common_prefix},
    samples::Samples,
};
use portcullis_schema::{Column, Database, Table, TableId};
use std::collections::{HashMap, HashSet};

/// The evidence.
pub struct Ground<'t> {
    /// Every table that was found.
    pub database: &'t Database,
    /// What some rows look like.
    pub samples: &'t Samples,
    nouns: Vec<Noun>,
    /// How columns that point at each table may be called.
    reference_keys: Vec<HashSet<String>>,
    /// The keys of each table's columns.
    column_keys: Vec<Vec<String>>,
    /// The foreign keys of each table.
    declared: Vec<Vec<(&'t Column, TableId)>>,
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
        let nouns: Vec<Noun> = tables.iter().map(|table| Noun::of(&table.info.name, common.as_deref())).collect();
        let places: HashMap<(Option<&str>, &str), TableId> =
            tables.iter().map(|table| ((table.info.schema.as_deref(), table.info.name.as_str()), table.id)).collect();
        let keys = |table: &Table| table.columns.iter().map(|column| folded_words(&column.name).concat()).collect();
        let place = |schema: Option<&str>, name: &str| places.get(&(schema, name)).copied();
        Self {
            database,
            samples,
            reference_keys: nouns.iter().map(|noun| noun.reference_keys().into_iter().collect()).collect(),
            column_keys: tables.iter().map(keys).collect(),
            declared: tables.iter().map(|table| references(table, place)).collect(),
            nouns,
        }
    }

    /// What a table's name says.
    pub fn noun(&self, table: TableId) -> &Noun {
        &self.nouns[table.0]
    }

    /// The columns of a table that are foreign keys of their own, and the tables they point at.
    pub fn declared(&self, table: TableId) -> &[(&'t Column, TableId)] {
        &self.declared[table.0]
    }

    /// The column of `table` that points at a row of `target`: by foreign key, else by name and type. Among several,
    /// the one named like the target.
    pub fn reference(&self, table: &'t Table, target: TableId) -> Option<Reference<'t>> {
        let names = &self.reference_keys[target.0];
        let named = |column: &Column| names.contains(&self.column_keys[table.id.0][column.id.0]);
        let declared = self.declared(table.id).iter();
        let mut declared: Vec<_> = declared.filter(|(_, id)| *id == target).map(|(column, _)| *column).collect();
        declared.sort_by_key(|column| (!named(column), column.id.0));
        if let Some(column) = declared.first() {
            return Some(Reference { column, declared: true });
        }
        // A column that points elsewhere does not point here.
        let elsewhere =
            |column: &Column| table.info.foreign_keys.iter().any(|key| key.columns == [column.name.clone()]);
        let mut free = table.columns.iter().filter(|column| named(column) && !elsewhere(column)).peekable();
        free.peek()?;
        let key = key_column(self.database.table(target))?;
        let column = free.find(|column| same_kind(&column.ty, &key.ty))?;
        Some(Reference { column, declared: false })
    }

    /// How many tables have a column that points at this one.
    pub fn pointing_at(&self, target: &Table) -> usize {
        let others = self.database.tables().iter().filter(|table| table.id != target.id);
        others.filter(|table| self.reference(table, target.id).is_some()).count()
    }
}
