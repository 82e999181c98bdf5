//! Whose each row is, worked out from the data in memory: another way than the one under test, which works in SQL.

use super::{CrossingError, tree::segment};
use crate::{Asked, Stand};
use http::Method;
use portcullis_project::settings::TenancySettings;
use portcullis_query::access::Caller;
use portcullis_schema::{ColumnId, RelationKind, Table, TableId};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// Rows of a table that are looked at.
const ROWS: usize = 2_000;
/// Rows of one call.
const PAGE: usize = 1_000;

/// A row as an administrator's key sees it.
pub type Row = Map<String, Value>;

/// Whose a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// These tenants'; of none, it is nobody's.
    Tenants(BTreeSet<String>),
    /// One user's alone, by the user's id.
    User(String),
    /// Hangs on a row that was not looked at.
    Unknown,
}

impl Whose {
    /// Whether a caller of this tenant, with this id, may have the row. `None` where nobody can say.
    pub fn may(&self, tenant: Option<&str>, user: &str) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Tenants(all) => Some(tenant.is_some_and(|own| all.contains(own))),
            Self::User(id) => Some(id == user),
            Self::Unknown => None,
        }
    }
}

/// One table's rows and whose they are.
#[derive(Debug)]
pub struct TableTruth {
    /// The rows that were looked at, with their keys as paths name them.
    pub rows: Vec<(String, Row)>,
    /// Whether these are all.
    pub whole: bool,
    /// Whether tenants are kept apart in it.
    pub scoped: bool,
    whose: HashMap<String, Whose>,
}

impl TableTruth {
    /// Whose the row with this key is.
    pub fn whose(&self, key: &str) -> &Whose {
        self.whose.get(key).unwrap_or(&Whose::Unknown)
    }
}

/// All of it.
#[derive(Debug)]
pub struct Truth {
    tables: HashMap<TableId, TableTruth>,
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

impl Truth {
    /// Reads the served tables with the right of an administrator's key.
    pub async fn read(stand: &Stand) -> Result<Self, CrossingError> {
        let project = &stand.project;
        let tenancy = &project.settings.tenancy;
        let mut tables = HashMap::new();
        for table in project.database.tables().iter().filter(|table| !table.primary_key.is_empty()) {
            let (rows, whole) = rows_of(stand, table).await?;
            tables.insert(table.id, TableTruth { rows, whole, scoped: false, whose: HashMap::new() });
        }
        let mut count: HashMap<String, usize> = HashMap::new();
        let maker = Maker { stand, tenancy, tables: &tables };
        let mut made = HashMap::new();
        for (id, truth) in &tables {
            let table = project.database.table(*id);
            let whose: HashMap<String, Whose> =
                truth.rows.iter().map(|(key, row)| (key.clone(), maker.whose(table, row, 0))).collect();
            for one in whose.values() {
                if let Whose::Tenants(all) = one {
                    all.iter().for_each(|tenant| *count.entry(tenant.clone()).or_default() += 1);
                }
            }
            made.insert(*id, whose);
        }
        for (id, whose) in made {
            if let Some(truth) = tables.get_mut(&id) {
                truth.scoped = scopes(tenancy, project, project.database.table(id));
                truth.whose = whose;
            }
        }
        let mut tenants: Vec<(String, usize)> = count.into_iter().collect();
        tenants.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(Self { tables, tenants: tenants.into_iter().map(|(tenant, _)| tenant).collect() })
    }

    /// What is known of a table; `None` without a key.
    pub fn table(&self, id: TableId) -> Option<&TableTruth> {
        self.tables.get(&id)
    }
}

async fn rows_of(stand: &Stand, table: &Table) -> Result<(Vec<(String, Row)>, bool), CrossingError> {
    let size = PAGE.min(usize::try_from(stand.project.settings.limits.page_size_max).unwrap_or(PAGE));
    let mut rows: Vec<(String, Row)> = Vec::new();
    for page in 1.. {
        let path = format!("/{}?total=false&pageSize={size}&page={page}", segment(&table.name));
        let asked = Asked { method: Method::GET, path, body: None, media_type: None };
        let answer = stand.rehearse(&Caller::Administrator, &asked).await?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if !answer.status.is_success() {
            let why = body["message"].as_str().unwrap_or("no reason given").to_owned();
            return Err(CrossingError::Unreadable { table: table.name.clone(), why });
        }
        let found = body["data"].as_array().cloned().unwrap_or_default();
        let len = found.len();
        for row in found {
            if let Value::Object(row) = row
                && let Some(key) = key_of(table, &row)
            {
                rows.push((key, row));
            }
        }
        if len < size {
            return Ok((rows, true));
        }
        if rows.len() >= ROWS {
            return Ok((rows, false));
        }
    }
    Ok((rows, true))
}

/// Whether the settings keep tenants apart in a table.
fn scopes(tenancy: &TenancySettings, project: &portcullis_project::Project, table: &Table) -> bool {
    let users = project.settings.mapping.user.table.as_deref();
    tenancy.enabled
        && !tenancy.exclude.contains(&table.name)
        && (tenancy.tenant_table.as_deref() == Some(&table.name)
            || tenancy.through.contains_key(&table.name)
            || tenancy.tenant_column.as_deref().is_some_and(|column| table.column_by_name(column).is_some())
            || users == Some(table.name.as_str()))
}

struct Maker<'a> {
    stand: &'a Stand,
    tenancy: &'a TenancySettings,
    tables: &'a HashMap<TableId, TableTruth>,
}

impl Maker<'_> {
    fn whose(&self, table: &Table, row: &Row, depth: usize) -> Whose {
        let (tenancy, project) = (self.tenancy, &self.stand.project);
        if depth > 8 || !scopes(tenancy, project, table) {
            return if depth > 8 { Whose::Unknown } else { Whose::All };
        }
        let one = |tenant: Option<String>| Whose::Tenants(tenant.into_iter().collect());
        if tenancy.tenant_table.as_deref() == Some(&table.name) {
            return one(table.primary_key.first().and_then(|id| text(row.get(&table.column(*id).name)?)));
        }
        if let Some(parent) = tenancy.through.get(&table.name) {
            return self.through(table, row, parent, depth);
        }
        if let Some(value) = tenancy.tenant_column.as_deref().and_then(|column| row.get(column)) {
            return one(text(value));
        }
        self.user(row)
    }

    fn through(&self, table: &Table, row: &Row, parent: &str, depth: usize) -> Whose {
        let database = &self.stand.project.database;
        let relation = table.relations.iter().find(|relation| {
            relation.kind == RelationKind::BelongsTo && database.table(relation.target).name == parent
        });
        let Some(relation) = relation else { return Whose::Unknown };
        let up = database.table(relation.target);
        let value = |table: &Table, row: &Row, id: &ColumnId| row.get(&table.column(*id).name).and_then(text);
        let wanted: Option<Vec<String>> = relation.columns.iter().map(|id| value(table, row, id)).collect();
        // A row without a parent is nobody's.
        let Some(wanted) = wanted else { return Whose::Tenants(BTreeSet::new()) };
        let Some(rows) = self.tables.get(&up.id) else { return Whose::Unknown };
        let found = rows.rows.iter().find(|(_, row)| {
            relation.target_columns.iter().zip(&wanted).all(|(id, wanted)| value(up, row, id).as_ref() == Some(wanted))
        });
        match found {
            Some((_, row)) => self.whose(up, row, depth + 1),
            None => Whose::Unknown,
        }
    }

    /// A row of the users table that has no tenant of its own: its user's tenants by membership, else the user's alone.
    fn user(&self, row: &Row) -> Whose {
        let project = &self.stand.project;
        let id = project.settings.mapping.user.id.as_deref().and_then(|id| row.get(id)).and_then(text);
        let Some(id) = id else { return Whose::Unknown };
        let Some(membership) = &self.tenancy.membership else { return Whose::User(id) };
        let rows = project.database.by_name(&membership.table).and_then(|table| self.tables.get(&table.id));
        let Some(rows) = rows.filter(|rows| rows.whole) else { return Whose::Unknown };
        let of = |row: &&(String, Row)| row.1.get(&membership.user_id).and_then(text).as_ref() == Some(&id);
        Whose::Tenants(
            rows.rows.iter().filter(of).filter_map(|(_, row)| text(row.get(&membership.tenant_id)?)).collect(),
        )
    }
}
