//! Whose each row is, worked out from the data in memory: another way than the one under test, which works in SQL.

use super::{
    CrossingError,
    owner::{Owners, Way, Whose},
    tree::{called, is_path},
};
use crate::{Asked, Stand};
use http::Method;
use portcullis_project::settings::TenancySettings;
use portcullis_query::access::Caller;
use portcullis_schema::{Table, TableId};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Rows of a table that are looked at.
const ROWS: usize = 10_000;
/// Rows of one call.
const PAGE: usize = 1_000;

/// A row as an administrator's key sees it.
pub type Row = Map<String, Value>;

/// A row and whose it is.
#[derive(Debug)]
pub struct Known {
    /// The key as paths name it; a made-up one where the row has none.
    pub key: String,
    /// Whether the key names the row in paths.
    pub named: bool,
    /// The row.
    pub row: Row,
    /// Whose it is.
    pub whose: Whose,
}

/// One table's rows and whose they are.
#[derive(Debug)]
pub struct TableTruth {
    /// The rows that were looked at.
    pub rows: Vec<Known>,
    /// Whether these are all, and whose each one is is known.
    pub whole: bool,
    /// Whether tenants are kept apart in it.
    pub scoped: bool,
    by_key: HashMap<String, usize>,
    by_values: HashMap<String, usize>,
}

impl TableTruth {
    /// Whose the row is that an answer shows; `None` where nobody knows it.
    pub fn shown(&self, table: &Table, row: &Row) -> Option<(&str, &Whose)> {
        let at = match key_of(table, row) {
            Some(key) => self.by_key.get(&key),
            None => self.by_values.get(&values_of(table, row)),
        };
        let known = self.rows.get(*at?)?;
        Some((known.key.as_str(), &known.whose))
    }

    /// The row with this key.
    pub fn get(&self, key: &str) -> Option<&Known> {
        self.rows.get(*self.by_key.get(key)?)
    }

    /// How many rows nobody can say about whose they are.
    pub fn unknown(&self) -> usize {
        self.rows.iter().filter(|row| row.whose == Whose::Unknown).count()
    }
}

/// All of it.
#[derive(Debug)]
pub struct Truth {
    tables: HashMap<TableId, Result<TableTruth, String>>,
    /// Every tenant met, those with the most rows first.
    pub tenants: Vec<String>,
}

/// The text of a value, as ids and tenants are compared.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The key of a row as a path names it; `None` where the answer does not show it.
pub fn key_of(table: &Table, row: &Row) -> Option<String> {
    if table.primary_key.is_empty() {
        return None;
    }
    let parts = table.primary_key.iter().map(|id| text(row.get(&table.column(*id).name)?));
    let parts: Vec<String> = parts.collect::<Option<_>>()?;
    if parts.len() == 1 && !parts[0].contains('\\') {
        return parts.into_iter().next();
    }
    Some(parts.iter().map(|part| part.replace('\\', "\\\\").replace(',', "\\,")).collect::<Vec<_>>().join(","))
}

/// Every value of a row, by which one without a key is known again. What is equal in all values is the same for us.
fn values_of(table: &Table, row: &Row) -> String {
    let values = table.columns.iter().map(|column| row.get(&column.name).map(Value::to_string).unwrap_or_default());
    values.collect::<Vec<_>>().join("\u{1}")
}

impl Truth {
    /// Reads the served tables with the right of an administrator's key.
    pub async fn read(stand: &Stand, declared: &TenancySettings) -> Result<Self, CrossingError> {
        let project = &stand.project;
        let (mut read, mut failed, mut cut) = (HashMap::new(), HashMap::new(), Vec::new());
        for table in project.database.tables() {
            match rows_of(stand, table).await? {
                Ok((rows, whole)) => {
                    read.insert(table.id, rows);
                    cut.extend((!whole).then_some(table.id));
                }
                Err(why) => drop(failed.insert(table.id, why)),
            }
        }
        let owners = Owners::new(project, declared, &read);
        let mut whose: HashMap<TableId, (bool, Vec<Whose>)> = HashMap::new();
        let mut count: HashMap<String, usize> = HashMap::new();
        for (id, rows) in &read {
            let table = project.database.table(*id);
            let of: Vec<Whose> = rows.iter().map(|row| owners.whose(table, row)).collect();
            for tenant in
                of.iter().filter_map(|one| if let Whose::Tenants(all) = one { Some(all) } else { None }).flatten()
            {
                *count.entry(tenant.clone()).or_default() += 1;
            }
            whose.insert(*id, (!matches!(owners.way(table), Way::Shared), of));
        }
        let mut tables: HashMap<TableId, Result<TableTruth, String>> =
            failed.into_iter().map(|(id, why)| (id, Err(why))).collect();
        for (id, rows) in read {
            let (scoped, of) = whose.remove(&id).unwrap_or_default();
            let table = project.database.table(id);
            tables.insert(id, Ok(known(table, rows.into_iter().zip(of), !cut.contains(&id), scoped)));
        }
        let mut tenants: Vec<(String, usize)> = count.into_iter().collect();
        tenants.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(Self { tables, tenants: tenants.into_iter().map(|(tenant, _)| tenant).collect() })
    }

    /// What is known of a table.
    ///
    /// # Errors
    ///
    /// Why it could not be read.
    pub fn table(&self, id: TableId) -> Result<&TableTruth, &str> {
        match self.tables.get(&id) {
            Some(Ok(known)) => Ok(known),
            Some(Err(why)) => Err(why),
            None => Err("nobody read it"),
        }
    }

    /// What is known of a table whose rows are tenants'.
    pub fn scoped(&self, id: TableId) -> Option<&TableTruth> {
        self.table(id).ok().filter(|known| known.scoped)
    }
}

fn known(table: &Table, rows: impl Iterator<Item = (Row, Whose)>, whole: bool, scoped: bool) -> TableTruth {
    let mut truth = TableTruth { rows: Vec::new(), whole, scoped, by_key: HashMap::new(), by_values: HashMap::new() };
    for (at, (row, whose)) in rows.enumerate() {
        let key = key_of(table, &row);
        let (found, named) = (key.is_some(), key.as_deref().is_some_and(is_path));
        let key = key.unwrap_or_else(|| format!("\u{0}{at}"));
        truth.by_key.insert(key.clone(), at);
        if !found {
            truth.by_values.insert(values_of(table, &row), at);
        }
        truth.whole &= whose != Whose::Unknown;
        truth.rows.push(Known { key, named, row, whose });
    }
    truth
}

async fn rows_of(stand: &Stand, table: &Table) -> Result<Result<(Vec<Row>, bool), String>, CrossingError> {
    let size = PAGE.min(usize::try_from(stand.project.settings.limits.page_size_max).unwrap_or(PAGE));
    let mut rows: Vec<Row> = Vec::new();
    for page in 1.. {
        let path = format!("/{}?total=false&pageSize={size}&page={page}", called(table));
        let asked = Asked { method: Method::GET, path, body: None, media_type: None };
        let answer = stand.rehearse(&Caller::Administrator, &asked).await?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if !answer.status.is_success() {
            return Ok(Err(body["message"].as_str().unwrap_or("no reason given").to_owned()));
        }
        let found = body["data"].as_array().cloned().unwrap_or_default();
        let len = found.len();
        rows.extend(found.into_iter().filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }));
        if len < size {
            return Ok(Ok((rows, true)));
        }
        if rows.len() >= ROWS {
            return Ok(Ok((rows, false)));
        }
    }
    Ok(Ok((rows, true)))
}
