//! What a collection's name means: a served table, or one of the product's own collections.

use super::error::Refused;
use portcullis_project::{Project, settings::CardKind};
use portcullis_schema::{Table, TableLookup};
use serde_json::{Map, Value};

/// The users table under the name it has in the original.
pub const USERS: &str = "baasix_User";
/// The table of tenants under the name it has in the original.
pub const TENANTS: &str = "baasix_Tenant";

/// A table served as a collection.
#[derive(Debug, Clone)]
pub struct Collection<'a> {
    /// As it was asked for.
    pub name: &'a str,
    /// The table.
    pub table: &'a Table,
    /// Columns that are called otherwise here, as (column, name).
    pub names: Vec<(&'a str, &'static str)>,
}

/// Fields of the user card and what they are called here.
const USER_NAMES: [(&str, &str); 8] = [
    ("id", "id"),
    ("email", "email"),
    ("firstname", "firstName"),
    ("lastname", "lastName"),
    ("email_verified", "emailVerified"),
    ("created_at", "createdAt"),
    ("updated_at", "updatedAt"),
    ("last_login", "lastAccess"),
];

impl<'a> Collection<'a> {
    /// The table of a name.
    ///
    /// # Errors
    ///
    /// 404 `Model x not found`, also for a table that is not served.
    pub fn find(project: &'a Project, name: &'a str) -> Result<Self, Refused> {
        let missing = || Refused::no_model(name);
        if let Some(table) = table_behind(project, name) {
            let card = project.cards.get(CardKind::User).filter(|_| name == USERS);
            let renamed = |(field, own): (&str, &'static str)| {
                let column = card.and_then(|card| card.column(field))?;
                (column.name != own).then_some((column.name.as_str(), own))
            };
            let names = USER_NAMES.into_iter().filter_map(renamed).collect();
            return project.database.by_name(table).map(|table| Self { name, table, names }).ok_or_else(missing);
        }
        match project.database.find(name) {
            TableLookup::Found(table) => Ok(Self { name, table, names: Vec::new() }),
            _ => Err(missing()),
        }
    }

    /// The column's own name.
    pub fn column<'w>(&'w self, word: &'w str) -> &'w str {
        self.names.iter().find(|(_, own)| *own == word).map_or(word, |(column, _)| column)
    }

    /// A row under the names of this collection.
    pub fn shown(&self, row: Map<String, Value>) -> Map<String, Value> {
        let name = |column: String| match self.names.iter().find(|(own, _)| *own == column) {
            Some((_, name)) => (*name).to_owned(),
            None => column,
        };
        row.into_iter().map(|(column, value)| (name(column), value)).collect()
    }
}

/// The table behind a collection of the product's own.
pub fn table_behind<'a>(project: &'a Project, name: &str) -> Option<&'a str> {
    match name {
        USERS => project.cards.get(CardKind::User).map(|card| card.table.name.as_str()),
        TENANTS => project.settings.tenancy.tenant_table.as_deref().filter(|_| project.settings.tenancy.enabled),
        _ => None,
    }
}
