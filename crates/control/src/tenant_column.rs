//! The tenant column where tables lack it: what has to be done is shown as SQL, and done only on approval. Every step
//! looks first whether it is done already, so that a run that was broken off goes on where it was.

use crate::{Control, ControlError, InForce, connect, connect::explain, error::Faults, introspect};
use portcullis_engines::{Engine, EngineError};
use portcullis_project::settings::CardKind;
use portcullis_query::{
    Cost, Json, RowFormat, Statement, Value,
    convert::{Purpose, typed_as},
    render::structure::tenant_column::{Gaining, Tells},
};
use portcullis_schema::{Column, Database, ForeignKeyInfo, Serve, Table, TableInfo, TableKind, closest};
use std::{collections::BTreeSet, sync::Arc};

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
    pub async fn tenant_column_plan(
        &self,
        before: &InForce,
        wanted: &TenantColumn,
        engine: &dyn Engine,
    ) -> Result<Vec<TenantStep>, ControlError> {
        let target = self.target(&before.connection)?;
        let steps = steps(&before.all_tables(), before, wanted, engine).await;
        steps.map_err(|fault| fault.told(&target)).map(|(steps, _)| steps)
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
        let (steps, given) = steps(&now, before, wanted, &*engine).await.map_err(|fault| fault.told(&target))?;
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
                let values = if step.from.is_some() { Vec::new() } else { given.iter().cloned().collect() };
                filled += fill(&engine, step, &values, &mut tell).await.map_err(|error| explain(&target, &error))?;
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
    values: &[Value],
    tell: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, EngineError> {
    let mut rows = 0;
    loop {
        let statement = Statement {
            text: step.sql.clone(),
            values: values.to_vec(),
            outputs: Arc::from([]),
            cost: Cost::Write,
            format: RowFormat::default(),
        };
        let done = engine.fetch(statement).await?.affected;
        if done == 0 {
            return Ok(rows);
        }
        rows += done;
        tell(rows);
    }
}

/// What keeps the steps from being made.
enum Fault {
    Wrong(ControlError),
    Database(EngineError),
}

impl Fault {
    fn new(text: String) -> Self {
        Self::Wrong(ControlError::Settings(Faults(vec![text])))
    }

    fn told(self, target: &crate::Target) -> ControlError {
        match self {
            Self::Wrong(error) => error,
            Self::Database(error) => explain(target, &error),
        }
    }
}

/// The steps, and the value that [`TenantColumn::fill`] is in the database.
async fn steps(
    database: &Database,
    before: &InForce,
    wanted: &TenantColumn,
    engine: &dyn Engine,
) -> Result<(Vec<TenantStep>, Option<Value>), Fault> {
    let tenants = find(database, &wanted.tenant_table)?;
    let [key] = tenants.primary_key.as_slice() else {
        return Err(Fault::new(format!("`{}` needs a key of one column", tenants.name)));
    };
    let key = tenants.column(*key);
    let given = wanted.fill.as_ref().map(|given| spelt(given, key, engine)).transpose()?;
    let mut open: Vec<&Table> = Vec::new();
    for name in &wanted.tables {
        let table = find(database, name)?;
        if table.info.kind != TableKind::Table {
            return Err(Fault::new(format!("`{}` is a view: its columns are those of its query", table.name)));
        }
        open.push(table);
    }
    if wanted.tables.is_empty() {
        open.extend(undecided(database, before, wanted));
    }
    let spelling = spelling(tenants, key, engine).await.map_err(Fault::Database)?;
    let plan = Plan { database, wanted, engine, tenants, key, spelling: spelling.as_deref() };
    let with_it = database.tables().iter().filter(|table| table.column_by_name(&wanted.column).is_some());
    let mut have: BTreeSet<&str> =
        with_it.filter(|table| table.info.kind == TableKind::Table).map(|table| table.name.as_str()).collect();
    let mut steps = Vec::new();
    // Tables whose rows follow from others come after those.
    while !open.is_empty() {
        let next = open.iter().position(|table| plan.source(table, &have).is_some()).unwrap_or(0);
        let table = open.remove(next);
        plan.add(table, &have, &mut steps);
        have.insert(&table.name);
    }
    Ok((steps, given))
}

fn find<'d>(database: &'d Database, name: &str) -> Result<&'d Table, Fault> {
    database.by_name(name).ok_or_else(|| {
        Fault::Wrong(ControlError::UnknownTable {
            name: name.to_owned(),
            suggestion: closest(name, database.tables().iter().map(|table| table.name.as_str())).map(str::to_owned),
        })
    })
}

/// A tenant as the command line names it, as the database spells it.
fn spelt(given: &str, key: &Column, engine: &dyn Engine) -> Result<Value, Fault> {
    let typed = typed_as(&key.ty, &Json::String(given.to_owned()), Purpose::Write);
    typed
        .and_then(|typed| engine.dialect().store(&key.ty, key.storage, typed))
        .map_err(|mismatch| Fault::new(format!("`{given}` is no tenant: {}", mismatch.0)))
}

async fn spelling(tenants: &Table, key: &Column, engine: &dyn Engine) -> Result<Option<String>, EngineError> {
    let Some(statement) = engine.dialect().structure().spelling(&tenants.info, &key.info) else { return Ok(None) };
    let found = engine.fetch(statement).await?.captured.into_iter().next();
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' '));
    Ok(match found {
        Some(Value::Text(text)) if plain(&text) => Some(text),
        _ => None,
    })
}

/// Exposed tables of which the settings do not say whose their rows are.
fn undecided<'d>(database: &'d Database, before: &InForce, wanted: &TenantColumn) -> Vec<&'d Table> {
    let settings = &before.settings;
    let mapped = |name: &str| {
        CardKind::ALL.iter().any(|kind| settings.mapping.card(*kind).is_some_and(|(table, _)| table == name))
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

struct Plan<'a> {
    database: &'a Database,
    wanted: &'a TenantColumn,
    engine: &'a dyn Engine,
    tenants: &'a Table,
    key: &'a Column,
    spelling: Option<&'a str>,
}

impl Plan<'_> {
    /// Where the tenant of a table's rows follows from: a foreign key to the tenants, or to another table that has the
    /// column.
    fn source<'t>(&self, table: &'t Table, have: &BTreeSet<&str>) -> Option<(&'t ForeignKeyInfo, &Table)> {
        let parent = |key: &ForeignKeyInfo| {
            let mut all = self.database.tables().iter();
            all.find(|table| table.info.name == key.parent && table.info.schema == key.parent_schema)
        };
        let keys = || {
            let usable = table.info.foreign_keys.iter().filter(|key| {
                key.columns.len() == key.parent_columns.len() && !key.columns.contains(&self.wanted.column)
            });
            usable.filter_map(|key| Some((key, parent(key)?)))
        };
        let to_key = |key: &ForeignKeyInfo| key.parent_columns == [self.key.name.as_str()];
        keys()
            .find(|(key, parent)| parent.id == self.tenants.id && to_key(key))
            .or_else(|| keys().find(|(_, parent)| parent.id != table.id && have.contains(parent.name.as_str())))
    }

    fn add(&self, table: &Table, have: &BTreeSet<&str>, steps: &mut Vec<TenantStep>) {
        let sql = self.engine.dialect().structure();
        let column = self.wanted.column.as_str();
        let gaining = Gaining {
            table: &table.info,
            column,
            tenants: &self.tenants.info,
            key: &self.key.info,
            spelling: self.spelling,
        };
        let mut add = |what, sql, from| steps.push(TenantStep { table: table.name.clone(), what, sql, from });
        if table.column_by_name(column).is_none() {
            add("column", sql.add_column(&gaining), None);
        }
        if let Some(sql) = sql.add_index(&gaining) {
            add("index", sql, None);
        }
        // Before the values, so that a tenant that is not there is refused before anything is filled.
        if !points(&table.info, column)
            && let Some(sql) = sql.add_reference(&gaining)
        {
            add("foreign_key", sql, None);
        }
        if let Some((key, parent)) = self.source(table, have) {
            let holds = if parent.id == self.tenants.id { self.key.name.as_str() } else { column };
            let by = key.columns.iter().zip(&key.parent_columns).map(|(ours, theirs)| (ours.as_str(), theirs.as_str()));
            let tells = Tells::Above { table: &parent.info, holds, by: by.collect() };
            let said = format!("{}, by {}", parent.name, key.columns.join(" and "));
            add("fill", sql.fill(&gaining, &tells), Some(said));
        }
        if self.wanted.fill.is_some() {
            add("fill", sql.fill(&gaining, &Tells::Given), None);
        }
    }
}

fn points(table: &TableInfo, column: &str) -> bool {
    table.foreign_keys.iter().any(|key| key.columns == [column])
}
