//! The served tables: API names, columns, keys and relationships, found under every allowed spelling.

use crate::{
    Catalog, ColumnInfo, Decode, OutputShape, TableInfo, TableKind,
    names::{go_pascal, loose, pascal, plural, singular},
    relations, secrets, suggest,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
    sync::Arc,
};

/// Place of a table in its [`Database`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId(pub usize);

/// Place of a column in its [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub usize);

/// How model names are made from table names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// `order_items` gives `OrderItems`.
    #[default]
    Table,
    /// `api_keys` gives `APIKey`.
    Singular,
}

/// Which tables and columns of a catalogue are served. Both are asked with API table names.
pub struct Serve<'a> {
    /// Whether a table is exposed.
    pub table: &'a dyn Fn(&str) -> bool,
    /// Whether a column of an exposed table is approved.
    pub column: &'a dyn Fn(&str, &str) -> bool,
}

impl Serve<'_> {
    /// Everything that was found.
    pub const ALL: Serve<'static> = Serve { table: &|_| true, column: &|_, _| true };
}

/// The served tables of one database. Immutable; a sync makes a new one.
#[derive(Debug, Default)]
pub struct Database {
    tables: Vec<Table>,
    exact: HashMap<String, TableId>,
    /// `None` where two tables share the spelling.
    spellings: HashMap<String, Option<TableId>>,
}

/// What looking a table up gave.
#[derive(Debug)]
pub enum TableLookup<'a> {
    /// The one table of that name.
    Found(&'a Table),
    /// Nothing; the nearest name, if there is one.
    Unknown(Option<&'a str>),
}

/// One served table or view.
#[derive(Debug)]
pub struct Table {
    /// Its place.
    pub id: TableId,
    /// The name in paths and settings: the table's own, with its schema in front where that is taken.
    pub name: String,
    /// The model name: tag, operation ids, definitions.
    pub model: String,
    /// What the sync found.
    pub info: TableInfo,
    /// Served columns, in the order of the table.
    pub columns: Vec<Column>,
    /// Key columns in key order; empty without a key.
    pub primary_key: Vec<ColumnId>,
    /// Unique keys all of whose columns are served, the primary key first.
    pub unique_keys: Vec<Vec<ColumnId>>,
    /// Relationships to served tables.
    pub relations: Vec<Relation>,
    column_exact: HashMap<String, ColumnId>,
    column_loose: HashMap<String, Option<ColumnId>>,
}

/// One served column. Derefs to what the sync found.
#[derive(Debug)]
pub struct Column {
    /// Its place in the table.
    pub id: ColumnId,
    /// What the sync found.
    pub info: ColumnInfo,
    /// Name and reader of the column in a result.
    pub shape: Arc<OutputShape>,
    /// Named like a secret: nobody reads it.
    pub secret: bool,
}

impl Deref for Column {
    type Target = ColumnInfo;

    fn deref(&self) -> &ColumnInfo {
        &self.info
    }
}

/// The four kinds of relationship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// This table holds the foreign key: one parent or none.
    BelongsTo,
    /// The other table holds a unique foreign key: one child or none.
    HasOne,
    /// The other table holds the foreign key: any number of children.
    HasMany,
    /// A third table joins the two.
    ManyToMany,
}

impl RelationKind {
    /// The word of `/schema`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BelongsTo => "belongsTo",
            Self::HasOne => "hasOne",
            Self::HasMany => "hasMany",
            Self::ManyToMany => "manyToMany",
        }
    }

    /// Whether the relationship holds a list.
    pub const fn is_many(self) -> bool {
        matches!(self, Self::HasMany | Self::ManyToMany)
    }
}

/// A way from one table to another.
#[derive(Debug)]
pub struct Relation {
    /// `Orders`, `CurrentSchema`.
    pub name: String,
    /// `orders`, `current_schema`: the key of embedded rows.
    pub json_name: String,
    /// The JSON name as it stands in an object: quoted, with the colon.
    pub json_key: Box<str>,
    /// Which of the four.
    pub kind: RelationKind,
    /// The other table.
    pub target: TableId,
    /// Columns of this table that the join compares.
    pub columns: Vec<ColumnId>,
    /// Columns of the target (or, with a join table, the ones its far side points at).
    pub target_columns: Vec<ColumnId>,
    /// The table between, for many-to-many.
    pub join: Option<Join>,
    /// The foreign key columns as the documents show them, joined by `,`.
    pub foreign_key: String,
}

/// The table between two others.
#[derive(Debug, Clone)]
pub struct Join {
    /// The join table.
    pub table: TableId,
    /// Its columns that point at this table, in the order of [`Relation::columns`].
    pub near: Vec<ColumnId>,
    /// Its columns that point at the target, in the order of [`Relation::target_columns`].
    pub far: Vec<ColumnId>,
}

impl Database {
    /// The served part of a catalogue.
    pub fn build(catalog: &Catalog, naming: Naming, serve: &Serve<'_>) -> Self {
        let names = api_names(catalog);
        // A model named like another table would lead to that table.
        let reserved: HashSet<String> = names.iter().cloned().collect();
        let mut models = HashSet::new();
        let mut database = Self::default();
        for (info, name) in catalog.tables.iter().zip(names) {
            let model = unique_model(&name, naming, &reserved, &mut models);
            if (serve.table)(&name) {
                let id = TableId(database.tables.len());
                database.tables.push(Table::build(id, name, model, info, serve));
            }
        }
        let relations = relations::derive(&database.tables);
        for (table, relations) in database.tables.iter_mut().zip(relations) {
            table.relations = relations;
        }
        database.index();
        database
    }

    /// Makes a column one that nobody reads, whatever it is called.
    pub fn keep_secret(&mut self, table: &str, column: &str) {
        if let Some(table) = self.tables.iter_mut().find(|own| own.name == table)
            && let Some(column) = table.columns.iter_mut().find(|own| own.info.name == column)
        {
            column.secret = true;
        }
    }

    /// Every served table, in order.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table at a place.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.0]
    }

    /// The table of exactly this API name.
    pub fn by_name(&self, name: &str) -> Option<&Table> {
        self.exact.get(name).map(|id| self.table(*id)).filter(|table| table.name == name)
    }

    /// Looks a table up as a path names it: exactly, else in any case, singular or plural, snake or Pascal.
    pub fn find(&self, word: &str) -> TableLookup<'_> {
        if let Some(id) = self.exact.get(word) {
            return TableLookup::Found(self.table(*id));
        }
        match self.spellings.get(&loose(word)) {
            Some(Some(id)) => TableLookup::Found(self.table(*id)),
            _ => TableLookup::Unknown(suggest::closest(word, self.tables.iter().map(|table| table.name.as_str()))),
        }
    }

    fn index(&mut self) {
        for table in &self.tables {
            self.exact.insert(table.name.clone(), table.id);
        }
        for table in &self.tables {
            self.exact.entry(table.model.clone()).or_insert(table.id);
            let mut keys = HashSet::new();
            for name in [&table.name, &table.model] {
                keys.extend([loose(name), loose(&singular(name)), loose(&plural(name))]);
            }
            for key in keys {
                self.spellings
                    .entry(key)
                    .and_modify(|id| *id = id.filter(|id| *id == table.id))
                    .or_insert(Some(table.id));
            }
        }
        // A name in another case than written is still nearer than a plural of something else.
        let mut cases: HashMap<String, Option<TableId>> = HashMap::new();
        for table in &self.tables {
            cases.entry(loose(&table.name)).and_modify(|id| *id = None).or_insert(Some(table.id));
        }
        for (key, id) in cases {
            if id.is_some() {
                self.spellings.insert(key, id);
            }
        }
    }
}

impl Table {
    fn build(id: TableId, name: String, model: String, info: &TableInfo, serve: &Serve<'_>) -> Self {
        let mut table = Self {
            id,
            model,
            info: info.clone(),
            columns: Vec::new(),
            primary_key: Vec::new(),
            unique_keys: Vec::new(),
            relations: Vec::new(),
            column_exact: HashMap::new(),
            column_loose: HashMap::new(),
            name,
        };
        for info in info.columns.iter().filter(|column| (serve.column)(&table.name, &column.name)) {
            let id = ColumnId(table.columns.len());
            table.column_exact.insert(info.name.clone(), id);
            table.column_loose.entry(loose(&info.name)).and_modify(|id| *id = None).or_insert(Some(id));
            table.columns.push(Column {
                id,
                shape: OutputShape::new(&info.name, Decode::of(&info.ty, info.storage)),
                secret: secrets::named_like_a_secret(&info.name),
                info: info.clone(),
            });
        }
        table.primary_key = table.column_ids(&info.primary_key).unwrap_or_default();
        if !table.primary_key.is_empty() {
            table.unique_keys.push(table.primary_key.clone());
        }
        // A key over no plain column says nothing about columns.
        let plain = info.unique_keys.iter().filter(|key| !key.columns.is_empty());
        let further: Vec<_> = plain.filter_map(|key| table.column_ids(&key.columns)).collect();
        table.unique_keys.extend(further);
        table
    }

    /// The column at a place.
    pub fn column(&self, id: ColumnId) -> &Column {
        &self.columns[id.0]
    }

    /// The columns of these names, if all of them are served.
    pub fn column_ids(&self, names: &[String]) -> Option<Vec<ColumnId>> {
        names.iter().map(|name| self.column_exact.get(name).copied()).collect()
    }

    /// The column of exactly this name.
    pub fn column_by_name(&self, name: &str) -> Option<&Column> {
        self.column_exact.get(name).map(|id| self.column(*id))
    }

    /// The column a request means: exactly, else without regard to case and `_` if only one fits.
    pub fn find_column(&self, word: &str) -> Option<&Column> {
        match self.column_exact.get(word) {
            Some(id) => Some(self.column(*id)),
            None => self.column_loose.get(&loose(word)).copied().flatten().map(|id| self.column(id)),
        }
    }

    /// The relationship a request means, by Go-style or JSON name; loosely only if one alone fits.
    pub fn find_relation(&self, word: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.json_name == word || relation.name == word).or_else(|| {
            let key = loose(word);
            let mut near = self.relations.iter().filter(|relation| loose(&relation.json_name) == key);
            near.next().filter(|_| near.next().is_none())
        })
    }

    /// Whether rows can be written at all.
    pub fn is_writable(&self) -> bool {
        self.info.kind == TableKind::Table
    }
}

/// API names of all tables of a catalogue: the table's own name for the first that has it, `<schema>_<table>` for the rest.
fn api_names(catalog: &Catalog) -> Vec<String> {
    let mut taken = HashSet::new();
    catalog
        .tables
        .iter()
        .map(|table| {
            let mut name = table.name.clone();
            if taken.contains(&name)
                && let Some(schema) = &table.schema
            {
                name = format!("{schema}_{}", table.name);
            }
            let base = name.clone();
            let mut n = 2;
            while !taken.insert(name.clone()) {
                name = format!("{base}_{n}");
                n += 1;
            }
            name
        })
        .collect()
}

fn unique_model(name: &str, naming: Naming, tables: &HashSet<String>, taken: &mut HashSet<String>) -> String {
    let base = match naming {
        Naming::Table => pascal(name),
        Naming::Singular => go_pascal(&singular(name)),
    };
    let base = match base.chars().next() {
        None => "Table".to_owned(),
        Some(first) if first.is_numeric() => format!("T{base}"),
        Some(_) => base,
    };
    let mut model = base.clone();
    let mut n = 2;
    while (model != name && tables.contains(&model)) || !taken.insert(model.clone()) {
        model = format!("{base}{n}");
        n += 1;
    }
    model
}
