//! The tenant column where tables lack it: what has to be done is shown as SQL, and done only on approval. Every step
//! looks first whether it is done already, so that a run that was broken off goes on where it was.

use crate::{Control, ControlError, InForce, connect, connect::explain, error::Faults, introspect};
use portcullis_engines::{Engine, EngineError};
use portcullis_query::{Cost, RowFormat, Statement, Value, render::Dialect};
use portcullis_schema::{Database, Serve, Table, TableKind, closest};
use std::{collections::BTreeSet, sync::Arc};

/// Rows that one statement fills.
const BATCH: u64 = 1_000;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct TenantColumn {
    /// The table of tenants.
    pub tenant_table: String,
    /// The column that tables get.
    pub column: String,
    /// Only these tables; none is every exposed table that lacks the column.
    pub tables: Vec<String>,
    /// The tenant of rows that nothing else tells of.
    pub fill: Option<String>,
}

/// What has to be done to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantStep {
    /// The table.
    pub table: String,
    /// `column`, `fill`, `foreign_key` or `index`.
    pub what: &'static str,
    /// The statement. A filling one runs again until there is nothing left to fill.
    pub sql: String,
    /// Whose tenant the rows get, in words, for a filling one.
    pub from: Option<String>,
}

/// How far a run is.
#[derive(Debug, Clone)]
pub struct TenantProgress {
    /// The step, counted from 1.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// The table.
    pub table: String,
    /// What is done.
    pub what: &'static str,
    /// Rows filled so far.
    pub rows: u64,
}

impl Control {
    /// The steps that give tables a tenant column, as SQL of the stage's engine; nothing is done.
    ///
    /// # Errors
    ///
    /// [`ControlError::UnknownTable`], [`ControlError::Settings`] where a table cannot be given one.
    pub fn tenant_column_plan(
        &self,
        before: &InForce,
        wanted: &TenantColumn,
        dialect: &'static dyn Dialect,
    ) -> Result<Vec<TenantStep>, ControlError> {
        plan(&before.all_tables(), before, wanted, dialect)
    }

    /// Runs what [`Control::tenant_column_plan`] shows, then reads the schema again. Broken off, it goes on when it is
    /// run again.
    ///
    /// # Errors
    ///
    /// As the plan's, and the database's.
    pub async fn run_tenant_column(
        &self,
        before: &InForce,
        wanted: &TenantColumn,
        progress: &(dyn Fn(TenantProgress) + Send + Sync),
    ) -> Result<u64, ControlError> {
        let target = self.target(&before.connection)?;
        let engine = connect(&target).await?;
        // What an earlier run did stands in the database, not in what was synced before it.
        let catalog = introspect(&target, &*engine, None).await?;
        let now = Database::build(&catalog, before.settings.naming, &Serve::ALL);
        let steps = plan(&now, before, wanted, engine.dialect())?;
        let mut filled = 0;
        for (at, step) in steps.iter().enumerate() {
            let mut tell = |rows| {
                progress(TenantProgress {
                    step: at + 1,
                    steps: steps.len(),
                    table: step.table.clone(),
                    what: step.what,
                    rows,
                });
            };
            tell(0);
            if step.what == "fill" {
                let done = fill(&engine, step, wanted.fill.as_deref(), &mut tell).await;
                filled += done.map_err(|error| explain(&target, &error))?;
            } else if let Err(failed) = engine.restructure(std::slice::from_ref(&step.sql)).await {
                return Err(explain(&target, &failed.error));
            }
        }
        Ok(filled)
    }
}

async fn fill(
    engine: &Arc<dyn Engine>,
    step: &TenantStep,
    tenant: Option<&str>,
    tell: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, EngineError> {
    let mut rows = 0;
    loop {
        let values = match (&step.from, tenant) {
            (None, Some(tenant)) => vec![tenant.parse().map_or_else(|_| Value::Text(tenant.to_owned()), Value::Int)],
            _ => Vec::new(),
        };
        let statement = Statement {
            text: step.sql.clone(),
            values,
            outputs: Arc::from([]),
            cost: Cost::Write,
            format: RowFormat::default(),
        };
        let done = engine.fetch(statement).await?.affected;
        rows += done;
        tell(rows);
        if done == 0 {
            return Ok(rows);
        }
    }
}

struct Words<'a> {
    dialect: &'static dyn Dialect,
    tenants: &'a Table,
    key: String,
    column: &'a str,
}

fn plan(
    database: &Database,
    before: &InForce,
    wanted: &TenantColumn,
    dialect: &'static dyn Dialect,
) -> Result<Vec<TenantStep>, ControlError> {
    let table = |name: &str| {
        database.by_name(name).ok_or_else(|| ControlError::UnknownTable {
            name: name.to_owned(),
            suggestion: closest(name, database.tables().iter().map(|table| table.name.as_str())).map(str::to_owned),
        })
    };
    let tenants = table(&wanted.tenant_table)?;
    let [key] = tenants.primary_key.as_slice() else {
        return Err(ControlError::Settings(Faults(vec![format!("`{}` needs a key of one column", tenants.name)])));
    };
    let words = Words { dialect, tenants, key: tenants.column(*key).name.clone(), column: wanted.column.as_str() };
    let mut open: Vec<&Table> = Vec::new();
    for name in &wanted.tables {
        open.push(table(name)?);
    }
    if wanted.tables.is_empty() {
        open.extend(undecided(database, before, wanted));
    }
    let mut have: BTreeSet<&str> = database
        .tables()
        .iter()
        .filter(|table| table.column_by_name(&wanted.column).is_some() && table.info.kind == TableKind::Table)
        .map(|table| table.name.as_str())
        .collect();
    let mut steps = Vec::new();
    // Tables whose rows follow from others come after those.
    while !open.is_empty() {
        let next = open.iter().position(|table| source(database, table, &words, &have).is_some()).unwrap_or(0);
        let table = open.remove(next);
        words.steps(database, table, &have, wanted, tenants.column(*key).native_type.as_str(), &mut steps);
        have.insert(&table.name);
    }
    Ok(steps)
}

/// Exposed tables of which the settings do not say whose their rows are.
fn undecided<'d>(database: &'d Database, before: &InForce, wanted: &TenantColumn) -> Vec<&'d Table> {
    let settings = &before.settings;
    let mapped = |name: &str| {
        portcullis_project::settings::CardKind::ALL
            .iter()
            .any(|kind| settings.mapping.card(*kind).is_some_and(|(table, _)| table == name))
    };
    database
        .tables()
        .iter()
        .filter(|table| {
            let name = table.name.as_str();
            let exposed = settings.tables.get(name).is_some_and(|table| table.expose);
            exposed
                && table.info.kind == TableKind::Table
                && name != wanted.tenant_table
                && !settings.tenancy.exclude.iter().any(|out| out == name)
                && !settings.tenancy.through.contains_key(name)
                && !mapped(name)
        })
        .collect()
}

/// Where the tenant of a table's rows follows from: a foreign key to the tenants, or to a table that has the column.
fn source<'t>(
    database: &Database,
    table: &'t Table,
    words: &Words<'_>,
    have: &BTreeSet<&str>,
) -> Option<(&'t portcullis_schema::ForeignKeyInfo, String)> {
    let single =
        || table.info.foreign_keys.iter().filter(|key| key.columns.len() == 1 && key.columns[0] != words.column);
    let parent = |key: &portcullis_schema::ForeignKeyInfo| {
        let mut all = database.tables().iter();
        all.find(|table| table.info.name == key.parent && table.info.schema == key.parent_schema)
            .map(|t| t.name.clone())
    };
    let to_tenants = single().find(|key| parent(key).as_deref() == Some(&words.tenants.name));
    let found =
        to_tenants.or_else(|| single().find(|key| parent(key).is_some_and(|name| have.contains(name.as_str()))));
    found.and_then(|key| Some((key, parent(key)?)))
}

impl Words<'_> {
    fn quoted(&self, name: &str) -> String {
        let mut out = String::with_capacity(name.len() + 2);
        self.dialect.write_ident(&mut out, name);
        out
    }

    fn table(&self, table: &Table) -> String {
        let name = self.quoted(&table.info.name);
        table.info.schema.as_ref().map_or_else(|| name.clone(), |schema| format!("{}.{name}", self.quoted(schema)))
    }

    fn steps(
        &self,
        database: &Database,
        table: &Table,
        have: &BTreeSet<&str>,
        wanted: &TenantColumn,
        ty: &str,
        steps: &mut Vec<TenantStep>,
    ) {
        let (own, tenants) = (self.table(table), self.table(self.tenants));
        let (column, key) = (self.quoted(self.column), self.quoted(&self.key));
        let inline = self.dialect.name() == "sqlite";
        let mut add = |what, sql, from| steps.push(TenantStep { table: table.name.clone(), what, sql, from });
        if table.column_by_name(self.column).is_none() {
            // SQLite adds a foreign key with its column or never; its type is one of few words.
            let ty = if inline && ty.is_empty() { "BLOB" } else { ty };
            let points = if inline { format!(" REFERENCES {tenants} ({key})") } else { String::new() };
            add("column", format!("ALTER TABLE {own} ADD COLUMN {column} {ty}{points}"), None);
        }
        if let Some((from, parent)) = source(database, table, self, have) {
            let above = database.by_name(&parent).map_or_else(|| self.quoted(&parent), |parent| self.table(parent));
            let far = if parent == self.tenants.name { &self.key } else { self.column };
            let way = format!(
                "SELECT p.{} FROM {above} p WHERE p.{} = {own}.{}",
                self.quoted(far),
                self.quoted(&from.parent_columns[0]),
                self.quoted(&from.columns[0])
            );
            let known = format!("EXISTS ({way} AND p.{} IS NOT NULL)", self.quoted(far));
            let said = format!("{parent}, by {}", from.columns[0]);
            add("fill", self.batch(&own, &column, &format!("({way})"), &known), Some(said));
        }
        if wanted.fill.is_some() {
            let mut place = String::new();
            self.dialect.write_placeholder(&mut place, 1);
            add("fill", self.batch(&own, &column, &place, "1 = 1"), None);
        }
        let points = |key: &&portcullis_schema::ForeignKeyInfo| key.columns == [self.column.to_owned()];
        if !inline && !table.info.foreign_keys.iter().any(|key| points(&key)) {
            let name = self.quoted(&short(&format!("{}_{}_fkey", table.info.name, self.column)));
            let sql =
                format!("ALTER TABLE {own} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {tenants} ({key})");
            add("foreign_key", sql, None);
        }
        let name = short(&format!("{}_{}_idx", table.info.name, self.column));
        add("index", format!("CREATE INDEX IF NOT EXISTS {} ON {own} ({column})", self.quoted(&name)), None);
    }

    /// An UPDATE of so many rows at most that have no tenant yet.
    fn batch(&self, own: &str, column: &str, value: &str, known: &str) -> String {
        let rest = format!("{column} IS NULL AND {known}");
        match self.dialect.name() {
            "mysql" => format!("UPDATE {own} SET {column} = {value} WHERE {rest} LIMIT {BATCH}"),
            name => {
                let row = if name == "postgres" { "ctid" } else { "rowid" };
                format!(
                    "UPDATE {own} SET {column} = {value} WHERE {row} IN (SELECT {row} FROM {own} WHERE {rest} LIMIT {BATCH})"
                )
            }
        }
    }
}

/// Names of constraints have 63 bytes at most on PostgreSQL, 64 characters on MySQL.
fn short(name: &str) -> String {
    let mut end = name.len().min(60);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].to_owned()
}
