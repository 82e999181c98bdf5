//! The document of a declared schema: read whole, every fault with its place.

use super::column::{self, DeclaredColumn, DeclaredType};
use crate::{ControlError, Faults};
use portcullis_query::access::AccessLevel;
use portcullis_schema::closest;
use serde_json::{Map, Value};

/// Names in the database's name space that are not for declaring.
const TAKEN: [&str; 3] = ["sqlite_", "pg_", "portcullis_"];
/// Columns that every table has by itself.
const BUILT_IN: [&str; 4] = ["id", "created_at", "updated_at", "deleted_at"];
/// Columns that the table of users has by itself.
const BUILT_IN_AUTH: [&str; 3] = ["email", "password_hash", "email_verified"];
/// The longest name: names of indexes are made of it.
const NAME_CHARS: usize = 48;

/// A declared schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The tables in the order of the document.
    pub tables: Vec<DeclaredTable>,
    /// Whether tables have `created_at` and `updated_at`.
    pub timestamps: bool,
    /// Whether deleted rows stay, with `deleted_at`.
    pub soft_delete: bool,
    /// The document itself, without what is said to one call only.
    pub source: Value,
    /// Whether the document itself confirms that rows or values may be lost.
    pub confirm_destructive: bool,
}

/// A declared table.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredTable {
    /// Its name.
    pub name: String,
    /// Its columns, without those it has by itself.
    pub columns: Vec<DeclaredColumn>,
    /// Whether its rows are the users.
    pub auth: bool,
    /// Whether new users get a mail that verifies the address.
    pub verify_email: bool,
    /// Who may do what.
    pub access: DeclaredAccess,
    /// The column that says whose a row is.
    pub owner_field: Option<String>,
    /// Columns whose values together occur once.
    pub unique: Vec<Vec<String>>,
}

/// Who may do what to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredAccess {
    /// Who reads.
    pub read: Level,
    /// Who creates.
    pub create: Level,
    /// Who updates.
    pub update: Level,
    /// Who deletes.
    pub delete: Level,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everybody.
    Public,
    /// Whoever is signed in.
    Authenticated,
    /// The row's owner.
    Owner,
    /// Whoever administers.
    Admin,
}

impl Level {
    /// The word in the document.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Authenticated => "authenticated",
            Self::Owner => "owner",
            Self::Admin => "admin",
        }
    }

    /// The same in the settings.
    pub const fn access(self) -> AccessLevel {
        match self {
            Self::Public => AccessLevel::Public,
            Self::Authenticated => AccessLevel::Authenticated,
            Self::Owner => AccessLevel::Owner,
            Self::Admin => AccessLevel::Admin,
        }
    }
}

impl DeclaredAccess {
    /// All four, in the order of the document.
    pub const fn all(&self) -> [(&'static str, Level); 4] {
        [("read", self.read), ("create", self.create), ("update", self.update), ("delete", self.delete)]
    }
}

impl Declared {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`ControlError::Declared`] with every fault.
    pub fn parse(text: &str) -> Result<Self, ControlError> {
        let tree = serde_json::from_str(text)
            .map_err(|error| ControlError::Declared(Faults(vec![format!("the document is not JSON: {error}")])))?;
        Self::from_tree(&tree)
    }

    /// Takes a document that is a tree already.
    ///
    /// # Errors
    ///
    /// As [`Declared::parse`].
    pub fn from_tree(tree: &Value) -> Result<Self, ControlError> {
        let mut faults = Vec::new();
        let declared = read(tree, &mut faults);
        match declared {
            Some(declared) if faults.is_empty() => Ok(declared),
            _ => Err(ControlError::Declared(Faults(faults))),
        }
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&DeclaredTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The table of users, if there is one.
    pub fn auth_table(&self) -> Option<&DeclaredTable> {
        self.tables.iter().find(|table| table.auth)
    }
}

/// What a table of this kind has by itself.
pub fn is_built_in(name: &str, auth: bool) -> bool {
    BUILT_IN.contains(&name)
        || (auth && (BUILT_IN_AUTH.contains(&name) || name.starts_with("verification_") || name.starts_with("reset_")))
}

fn read(tree: &Value, faults: &mut Vec<String>) -> Option<Declared> {
    let Some(members) = tree.as_object() else {
        faults.push("the document must be an object with `tables`".to_owned());
        return None;
    };
    const KEYS: [&str; 4] = ["tables", "ai_endpoints", "options", "confirm_destructive"];
    unknown("", members, &KEYS, faults);
    let Some(tables) = members.get("tables").and_then(Value::as_object) else {
        faults.push("`tables` is missing: an object of tables by name".to_owned());
        return None;
    };
    let (timestamps, soft_delete) = options(members.get("options"), faults);
    let confirm = flag("confirm_destructive", members.get("confirm_destructive"), faults);
    let mut source = members.clone();
    source.remove("confirm_destructive");
    let tables: Vec<DeclaredTable> = tables.iter().filter_map(|(name, value)| table(name, value, faults)).collect();
    check(&tables, faults);
    Some(Declared { tables, timestamps, soft_delete, source: Value::Object(source), confirm_destructive: confirm })
}

/// Whether there are timestamps, and whether deleted rows stay.
fn options(given: Option<&Value>, faults: &mut Vec<String>) -> (bool, bool) {
    let Some(given) = given.filter(|given| !given.is_null()) else { return (true, false) };
    let Some(members) = given.as_object() else {
        faults.push("`options` must be an object".to_owned());
        return (true, false);
    };
    unknown("options.", members, &["timestamps", "soft_delete"], faults);
    let timestamps =
        !members.contains_key("timestamps") || flag("options.timestamps", members.get("timestamps"), faults);
    (timestamps, flag("options.soft_delete", members.get("soft_delete"), faults))
}

fn flag(place: &str, given: Option<&Value>, faults: &mut Vec<String>) -> bool {
    match given {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(_) => {
            faults.push(format!("`{place}` is true or false"));
            false
        }
    }
}

fn unknown(place: &str, members: &Map<String, Value>, known: &[&str], faults: &mut Vec<String>) {
    for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
        let hint = closest(key, known.iter().copied())
            .map_or_else(|| format!("; known: {}", known.join(", ")), |near| format!("; did you mean `{near}`?"));
        faults.push(format!("`{place}{key}` is not known{hint}"));
    }
}

const TABLE_KEYS: [&str; 6] = ["columns", "auth_table", "verify_email", "access", "owner_field", "unique"];

fn table(name: &str, value: &Value, faults: &mut Vec<String>) -> Option<DeclaredTable> {
    let place = format!("tables.{name}");
    let before = faults.len();
    if let Err(fault) = good_name(name) {
        faults.push(format!("`{place}`: {fault}"));
    }
    let Some(members) = value.as_object() else {
        faults.push(format!("`{place}` must be an object with `columns`"));
        return None;
    };
    // Without `columns` the columns stand in the table itself.
    let (columns, rest) = match members.get("columns") {
        Some(Value::Object(columns)) => {
            unknown(&format!("{place}."), members, &TABLE_KEYS, faults);
            (columns.clone(), members.clone())
        }
        Some(_) => {
            faults.push(format!("`{place}.columns` must be an object of columns by name"));
            return None;
        }
        None => members.clone().into_iter().partition(|(key, _)| !TABLE_KEYS.contains(&key.as_str())),
    };
    let auth = flag(&format!("{place}.auth_table"), rest.get("auth_table"), faults);
    let verify_email = flag(&format!("{place}.verify_email"), rest.get("verify_email"), faults);
    if verify_email && !auth {
        faults.push(format!("`{place}.verify_email` belongs on the table with `auth_table`"));
    }
    let mut declared = Vec::new();
    for (column, value) in &columns {
        let place = format!("{place}.columns.{column}");
        if is_built_in(column, auth) {
            faults.push(format!("`{place}`: every such table has `{column}` by itself; leave it out"));
        } else if let Err(fault) = good_name(column) {
            faults.push(format!("`{place}`: {fault}"));
        } else {
            match column::parse(column, value) {
                Ok(column) => declared.push(column),
                Err(fault) => faults.push(format!("`{place}`: {fault}")),
            }
        }
    }
    let access = access(&place, rest.get("access"), faults);
    let owner_field = match rest.get("owner_field") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name.clone()),
        Some(_) => {
            faults.push(format!("`{place}.owner_field` is the name of a column"));
            None
        }
    };
    let unique = unique(&place, rest.get("unique"), faults);
    (faults.len() == before).then(|| DeclaredTable {
        name: name.to_owned(),
        columns: declared,
        auth,
        verify_email,
        access,
        owner_field,
        unique,
    })
}

fn good_name(name: &str) -> Result<(), String> {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !first || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') || name.len() > NAME_CHARS {
        return Err(format!("a name has letters, digits and `_`, a letter first, and at most {NAME_CHARS} characters"));
    }
    match TAKEN.iter().find(|taken| name.to_ascii_lowercase().starts_with(**taken)) {
        Some(taken) => Err(format!("names that begin with `{taken}` are taken")),
        None => Ok(()),
    }
}

fn access(place: &str, given: Option<&Value>, faults: &mut Vec<String>) -> DeclaredAccess {
    let all = Level::Authenticated;
    let mut access = DeclaredAccess { read: all, create: all, update: all, delete: all };
    let Some(given) = given.filter(|given| !given.is_null()) else { return access };
    let Some(members) = given.as_object() else {
        faults.push(format!("`{place}.access` must be an object"));
        return access;
    };
    unknown(&format!("{place}.access."), members, &["read", "create", "update", "delete"], faults);
    for (key, into) in [
        ("read", &mut access.read),
        ("create", &mut access.create),
        ("update", &mut access.update),
        ("delete", &mut access.delete),
    ] {
        match members.get(key).map(Value::as_str) {
            None => {}
            Some(Some("public")) => *into = Level::Public,
            Some(Some("authenticated" | "auth")) => *into = Level::Authenticated,
            Some(Some("owner")) => *into = Level::Owner,
            Some(Some("admin")) => *into = Level::Admin,
            Some(_) => {
                faults.push(format!("`{place}.access.{key}` is public, authenticated, owner or admin"));
            }
        }
    }
    access
}

fn unique(place: &str, given: Option<&Value>, faults: &mut Vec<String>) -> Vec<Vec<String>> {
    let words = |list: &Value| -> Option<Vec<String>> {
        list.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let Some(given) = given.filter(|given| !given.is_null()) else { return Vec::new() };
    let lists: Option<Vec<Vec<String>>> = given.as_array().and_then(|lists| lists.iter().map(words).collect());
    match lists {
        Some(lists) if lists.iter().all(|list| !list.is_empty()) => lists,
        _ => {
            faults.push(format!("`{place}.unique` is a list of lists of columns, such as [[\"team\", \"number\"]]"));
            Vec::new()
        }
    }
}

/// What holds between tables and columns.
fn check(tables: &[DeclaredTable], faults: &mut Vec<String>) {
    let users: Vec<&str> = tables.iter().filter(|table| table.auth).map(|table| table.name.as_str()).collect();
    if users.len() > 1 {
        faults.push(format!("`auth_table` belongs on one table, not on {}", users.join(" and ")));
    }
    for (at, table) in tables.iter().enumerate() {
        let place = format!("tables.{}", table.name);
        if tables[..at].iter().any(|other| other.name.eq_ignore_ascii_case(&table.name)) {
            faults.push(format!("`{place}` is there twice, in another case"));
        }
        for column in &table.columns {
            if let DeclaredType::Ref { table: target, .. } = &column.ty
                && !tables.iter().any(|other| other.name == *target)
            {
                let near = closest(target, tables.iter().map(|table| table.name.as_str()))
                    .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                faults.push(format!(
                    "`{place}.columns.{}` points at a table `{target}` that is not declared{near}",
                    column.name
                ));
            }
        }
        let has = |name: &str| {
            table.columns.iter().any(|column| column.name == name)
                || (is_built_in(name, table.auth) && !matches!(name, "deleted_at" | "password_hash"))
        };
        for name in table.unique.iter().flatten().filter(|name| !has(name)) {
            faults.push(format!("`{place}.unique` names a column `{name}` that is not declared"));
        }
        check_owner(table, &users, &place, faults);
    }
}

fn check_owner(table: &DeclaredTable, users: &[&str], place: &str, faults: &mut Vec<String>) {
    match table.owner_field.as_deref() {
        None => {
            if let Some((what, _)) = table.access.all().into_iter().find(|(_, level)| *level == Level::Owner) {
                faults.push(format!(
                    "`{place}.access.{what}` is owner, so `{place}.owner_field` must name the column that says whose a row is"
                ));
            }
        }
        Some("id") if table.auth => {}
        Some(name) => {
            let points_at_users = table.columns.iter().any(|column| {
                column.name == name
                    && matches!(&column.ty, DeclaredType::Ref { table, .. } if users.contains(&table.as_str()))
            });
            if !points_at_users {
                faults.push(format!(
                    "`{place}.owner_field` must be a `ref` to the table with `auth_table`, or `id` on that table itself, not `{name}`"
                ));
            }
        }
    }
}
