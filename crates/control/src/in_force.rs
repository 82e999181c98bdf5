//! What is in force for a connection, and the one way in which it changes.

use crate::{Control, ControlError};
use portcullis_base::{BuildId, ConnectionId};
use portcullis_project::Settings;
use portcullis_schema::{Catalog, Database, Serve};
use portcullis_store::{
    StoreError, Tx,
    approvals::{self, Unapproved},
    builds, catalogs,
    connections::{self, Connection},
    settings,
};

/// A connection with its settings document, its schema, and what waits for approval.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The connection.
    pub connection: Connection,
    /// The settings document in force.
    pub settings: Settings,
    /// The schema as last synced.
    pub catalog: Catalog,
    /// (Table, column) that a later sync found and nobody has approved; an empty column is the table itself.
    pub unapproved: Unapproved,
}

/// What is to be in force next.
pub struct Next {
    /// What it was decided upon; a change in between refuses it.
    pub before: InForce,
    pub settings: Settings,
    pub catalog: Catalog,
    pub unapproved: Unapproved,
    /// `apply`, `sync`, `approve`, `deploy`.
    pub made_by: &'static str,
}

impl InForce {
    /// Every table of the schema under its API name, served or not.
    pub fn all_tables(&self) -> Database {
        Database::build(&self.catalog, self.settings.naming, &Serve::ALL)
    }

    /// Whether a table is served.
    pub fn serves(&self, table: &str) -> bool {
        self.settings.tables.get(table).is_some_and(|table| table.expose)
            && !self.unapproved.contains(&(table.to_owned(), String::new()))
    }
}

impl Control {
    /// What is in force for a connection.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotSynced`] before the first build.
    pub async fn in_force(&self, id: &ConnectionId) -> Result<InForce, ControlError> {
        let id = id.clone();
        let (connection, texts, unapproved) = self
            .store
            .db()
            .read(move |tx| {
                let connection = connections::load(tx, &id)?;
                let texts = match connection.catalog {
                    Some(catalog) => {
                        Some((settings::load(tx, &id, connection.settings_revision)?, catalogs::load(tx, catalog)?))
                    }
                    None => None,
                };
                Ok((connection, texts, approvals::list(tx, &id)?))
            })
            .await?;
        let Some((settings, catalog)) = texts else { return Err(ControlError::NotSynced(connection.slug)) };
        Ok(InForce { settings: stored(&settings)?, catalog: stored(&catalog)?, connection, unapproved })
    }

    /// Makes a build of settings and schema and serves it. `None` when everything is as before.
    pub(crate) async fn put_in_force(&self, next: Next) -> Result<Option<BuildId>, ControlError> {
        let Next { before, settings, catalog, unapproved, made_by } = next;
        let now = self.now();
        let id = before.connection.id.clone();
        if settings == before.settings && catalog == before.catalog && unapproved == before.unapproved {
            if made_by == "sync" {
                self.store.db().write(move |tx| connections::set_synced(tx, &id, now)).await?;
            }
            return Ok(None);
        }
        let document = (settings != before.settings).then(|| text(&settings)).transpose()?;
        let catalog = text(&catalog)?;
        let version = before.connection.version;
        let revision = before.connection.settings_revision;
        let build = self
            .store
            .db()
            .write(move |tx| {
                connections::touch(tx, &id, version)?;
                let revision = match document {
                    Some(document) => settings::append(tx, &id, &document, made_by, now)?,
                    None => revision,
                };
                approvals::replace(tx, &id, &unapproved, now)?;
                if made_by == "sync" {
                    connections::set_synced(tx, &id, now)?;
                }
                build(tx, &id, revision, &catalog, made_by, now)
            })
            .await?;
        Ok(Some(build))
    }
}

/// Adds a build and serves it.
pub fn build(
    tx: &Tx<'_>,
    connection: &ConnectionId,
    settings_revision: i64,
    catalog: &str,
    made_by: &str,
    now: portcullis_base::Timestamp,
) -> Result<BuildId, StoreError> {
    let build = builds::Build {
        id: BuildId::new(&mut rand::rng()),
        connection: connection.clone(),
        number: 0,
        settings_revision,
        catalog: catalogs::keep(tx, connection, catalog, now)?,
        made_by: made_by.to_owned(),
        created_at: now,
    };
    connections::set_in_force(tx, connection, settings_revision, build.catalog, &build.id)?;
    builds::insert(tx, &build)?;
    builds::deployed(tx, &build, now)?;
    Ok(build.id)
}

/// A document as the store keeps it.
pub fn text(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(format!("a document cannot be written: {error}")))
}

/// A document the store kept.
pub fn stored<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| {
        StoreError::Other(format!("a document of the control store cannot be read by this version: {error}"))
    })
}
