//! What applying a declared schema would do. Changes nothing.

use super::settings;
use super::{
    Declared, DeclaredVersion, SchemaChange,
    difference::{Earlier, compare},
    wanted,
};
use crate::{
    Control, ControlError, Faults, InForce, Target, connect,
    connect::explain,
    managed::{USERS, USERS_TABLE},
    map_managed_users,
};
use portcullis_engines::Engine;
use portcullis_project::{Settings, settings::UserCard};
use portcullis_query::render::structure;
use portcullis_schema::{Catalog, wanted::WantedTable};

/// A declared schema, and the way to it.
#[derive(Debug)]
pub struct SchemaPlan {
    /// What is in force now.
    pub before: InForce,
    /// The document.
    pub declared: Declared,
    /// The one in force.
    pub earlier: Option<DeclaredVersion>,
    /// What changes.
    pub changes: Vec<SchemaChange>,
    /// How the engine is told.
    pub sql: Vec<String>,
    /// The settings that follow.
    pub settings: Settings,
    /// Whether the database is ours to change.
    pub managed: bool,
    /// Whether an earlier attempt stopped on its way.
    pub resumes: bool,
}

impl SchemaPlan {
    /// Whether rows or values may be lost.
    pub fn is_destructive(&self) -> bool {
        self.changes.iter().any(|change| change.destructive)
    }

    /// Whether everything is as the document says.
    pub fn is_empty(&self) -> bool {
        self.sql.is_empty()
            && self.settings == self.before.settings
            && self.earlier.as_ref().is_some_and(|earlier| earlier.declared.source == self.declared.source)
    }
}

impl Control {
    /// Tells what applying a declared schema would change in a connection's database, which is read for it.
    ///
    /// # Errors
    ///
    /// [`ControlError::Declared`] with what the database's rows do not allow, [`ControlError::Database`].
    pub async fn plan_schema(
        &self,
        before: InForce,
        engine: &dyn Engine,
        declared: Declared,
    ) -> Result<SchemaPlan, ControlError> {
        let target = self.target(&before.connection)?;
        let mut catalog = connect::introspect(&target, engine, None).await?;
        let versions = self.declared_versions(&before.connection.id).await?;
        let pending: Vec<&DeclaredVersion> = versions.iter().take_while(|version| !version.applied).collect();
        let known = Earlier {
            pending: pending.iter().flat_map(|version| wanted::tables(&version.declared)).collect(),
            applied: versions.iter().find(|v| v.applied).map(|v| wanted::tables(&v.declared)).unwrap_or_default(),
        };
        let wanted = wanted::tables(&declared);
        let spare = self.spare_users(&before, engine, &target, &declared, &known, &mut catalog).await?;
        let (mut changes, mut sql) = self.way(&target, engine, &wanted, &known, &catalog).await?;
        let spared = spare.is_some();
        if let Some((change, statements)) = spare {
            changes.insert(0, change);
            sql.splice(0..0, statements);
        }
        let resumes = !pending.is_empty();
        let earlier = versions.into_iter().find(|version| version.applied);
        let mut settings =
            settings::derive(&declared, earlier.as_ref().map(|earlier| &earlier.declared), &before.settings);
        if spared && declared.auth_table().is_none() {
            settings.mapping.user = UserCard::default();
        }
        if self.is_embedded(&before.connection)?
            && settings.mapping.user.table.is_none()
            && declared.table(USERS_TABLE).is_none()
        {
            let goes = changes.iter().any(|change| change.action == "drop_table" && change.table == USERS_TABLE);
            if goes || !catalog.tables.iter().any(|table| table.name == USERS_TABLE) {
                changes.push(users_again());
                sql.push(USERS.to_owned());
            }
            map_managed_users(&mut settings);
        }
        let managed = self.is_managed(&before.connection).await?;
        Ok(SchemaPlan { before, declared, earlier, changes, sql, settings, managed, resumes })
    }

    /// The users table that a database of ours has from the start makes room for a declared one, or for a table of its
    /// name, while it is empty.
    async fn spare_users(
        &self,
        before: &InForce,
        engine: &dyn Engine,
        target: &Target,
        declared: &Declared,
        known: &Earlier,
        catalog: &mut Catalog,
    ) -> Result<Option<(SchemaChange, Vec<String>)>, ControlError> {
        let Some(name) = before.settings.mapping.user.table.clone() else { return Ok(None) };
        let made = [&known.applied, &known.pending].into_iter().flatten().any(|table| table.name == name);
        let there = catalog.tables.iter().any(|table| table.name == name);
        let takes_place = declared.auth_table().is_some() || declared.table(&name).is_some();
        if !takes_place || made || !there || !self.is_embedded(&before.connection)? {
            return Ok(None);
        }
        let (dialect, schema) = (engine.dialect(), schema(target));
        let rows = engine.fetch(structure::any_row(&name, None, dialect, schema)).await;
        if !rows.map_err(|error| explain(target, &error))?.is_empty() {
            return Ok(None);
        }
        catalog.tables.retain(|table| table.name != name);
        let drop = structure::StructureChange::Drop { table: &name, references: Vec::new(), enums: Vec::new() };
        let statements = structure::statements(&[drop], dialect, schema);
        let message = format!("the table `{name}` that was made in advance, and is empty, makes room");
        Ok(Some((
            SchemaChange { action: "drop_table", table: name, column: None, destructive: false, message },
            statements,
        )))
    }

    async fn way(
        &self,
        target: &Target,
        engine: &dyn Engine,
        wanted: &[WantedTable],
        known: &Earlier,
        catalog: &Catalog,
    ) -> Result<(Vec<SchemaChange>, Vec<String>), ControlError> {
        let dialect = engine.dialect();
        let schema = schema(target);
        let difference = compare(wanted, known, catalog, dialect.name() == "sqlite");
        let mut faults = difference.faults;
        let checks = difference.must_be_empty.iter().map(|(table, column)| (*table, *column, None));
        let checks =
            checks.chain(difference.must_be_full.iter().map(|(table, column)| (*table, *column, Some(*column))));
        for (table, column, without) in checks {
            let statement = structure::any_row(table, without, dialect, schema);
            let rows = engine.fetch(statement).await.map_err(|error| explain(target, &error))?;
            if !rows.is_empty() {
                faults.push(format!(
                    "`tables.{table}.columns.{column}` is required, and there are rows without it: give it a `default`, or make it \
                     optional"
                ));
            }
        }
        if !faults.is_empty() {
            return Err(ControlError::Declared(Faults(faults)));
        }
        Ok((difference.told, structure::statements(&difference.changes, dialect, schema)))
    }
}

/// What a document without users leaves a database of ours with.
fn users_again() -> SchemaChange {
    let message = format!("the table `{USERS_TABLE}` is made, so that people can sign up");
    let table = USERS_TABLE.to_owned();
    SchemaChange { action: "create_table", table, column: None, destructive: false, message }
}

/// Where tables are made, on PostgreSQL.
fn schema(target: &Target) -> Option<&str> {
    (target.engine == "postgres").then(|| target.schemas.first().map_or("public", String::as_str))
}
