//! What a sync makes of settings and approvals: what was dropped goes, what was retyped follows, what is new waits.

use portcullis_project::Settings;
use portcullis_schema::{Catalog, Database, Serve, Table};
use portcullis_store::approvals::Unapproved;
use std::fmt;

/// One difference between two syncs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A table is new: it waits for approval.
    TableAdded(String),
    /// A table is gone, and its settings with it.
    TableDropped(String),
    /// A column is new: it waits for approval.
    ColumnAdded(String, String),
    /// A column is gone, and its settings with it.
    ColumnDropped(String, String),
    /// A column has another type, default or nullability.
    ColumnChanged(String, String),
    /// Keys or other things of a table changed.
    TableChanged(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TableAdded(table) => write!(f, "table `{table}` is new and waits for approval"),
            Self::TableDropped(table) => write!(f, "table `{table}` is gone"),
            Self::ColumnAdded(table, column) => write!(f, "column `{table}.{column}` is new and waits for approval"),
            Self::ColumnDropped(table, column) => write!(f, "column `{table}.{column}` is gone"),
            Self::ColumnChanged(table, column) => write!(f, "column `{table}.{column}` has changed"),
            Self::TableChanged(table) => write!(f, "the keys of table `{table}` have changed"),
        }
    }
}

/// What follows from a new schema.
#[derive(Debug)]
pub struct Derived {
    pub settings: Settings,
    pub unapproved: Unapproved,
    pub changes: Vec<Change>,
}

/// Derives settings and approvals for `after` from those for `before`. A table or column that comes back under a
/// dropped one's name starts without any rights. SEC-45.
pub fn derive(before: &Catalog, after: &Catalog, settings: &Settings, unapproved: &Unapproved) -> Derived {
    let mut derived = Derived { settings: settings.clone(), unapproved: unapproved.clone(), changes: Vec::new() };
    let old = Database::build(before, settings.naming, &Serve::ALL);
    let new = Database::build(after, settings.naming, &Serve::ALL);
    for table in old.tables() {
        match new.by_name(&table.name).filter(|now| same_table(table, now)) {
            Some(now) => derived.compare(table, now),
            None => derived.drop_table(&table.name),
        }
    }
    for table in new.tables() {
        if !old.by_name(&table.name).is_some_and(|then| same_table(then, table)) {
            derived.unapproved.insert((table.name.clone(), String::new()));
            derived.changes.push(Change::TableAdded(table.name.clone()));
        }
    }
    derived
}

// An API name may pass to another table when a schema or table of that name comes or goes.
fn same_table(one: &Table, two: &Table) -> bool {
    (&one.info.schema, &one.info.name) == (&two.info.schema, &two.info.name)
}

impl Derived {
    fn drop_table(&mut self, name: &str) {
        self.settings.tables.remove(name);
        self.unapproved.retain(|(table, _)| table != name);
        self.changes.push(Change::TableDropped(name.to_owned()));
    }

    fn compare(&mut self, then: &Table, now: &Table) {
        let name = &now.name;
        let count = self.changes.len();
        for column in &then.columns {
            match now.info.columns.iter().find(|other| other.name == column.name) {
                None => self.drop_column(name, &column.name),
                Some(other) if *other != column.info => {
                    self.changes.push(Change::ColumnChanged(name.clone(), column.name.clone()));
                }
                Some(_) => {}
            }
        }
        for column in &now.info.columns {
            if !then.info.columns.iter().any(|other| other.name == column.name) {
                self.unapproved.insert((name.clone(), column.name.clone()));
                self.changes.push(Change::ColumnAdded(name.clone(), column.name.clone()));
            }
        }
        if self.changes.len() == count && then.info != now.info {
            self.changes.push(Change::TableChanged(name.clone()));
        }
    }

    fn drop_column(&mut self, table: &str, column: &str) {
        if let Some(settings) = self.settings.tables.get_mut(table) {
            settings.hidden.retain(|name| name != column);
            settings.read_only.retain(|name| name != column);
        }
        self.unapproved.remove(&(table.to_owned(), column.to_owned()));
        self.changes.push(Change::ColumnDropped(table.to_owned(), column.to_owned()));
    }
}
