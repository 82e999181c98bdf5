//! A node's side of control: opens what is in force and publishes it.
//!
//! Engines are kept as long as URL and limits stay the same, so that a change of settings costs no connection.
//! Whatever goes wrong with one stage is that stage's own trouble.

use crate::{Control, ControlError, connect::Target, in_force::stored, keys, offline::Offline};
use portcullis_base::{BuildId, ConnectionId};
use portcullis_crypto::sha256;
use portcullis_engines::{Engine, EngineOptions};
use portcullis_project::{Keys, Opened, Project, Registry, Settings, Stage, settings::parse_duration};
use portcullis_schema::Catalog;
use portcullis_store::{
    StoreError, Tx,
    approvals::{self, Unapproved},
    catalogs,
    connections::{self, Connection},
    keys as kept, revision, settings,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{Mutex, Notify};

/// An open stage, for those who watch over it.
#[derive(Clone)]
pub struct OpenStage {
    /// The connection.
    pub connection: ConnectionId,
    /// What is served.
    pub project: Arc<Project>,
    /// Woken when a statement shows that the schema has changed.
    pub drift: Arc<Notify>,
    /// Whether the database could not be opened at all.
    pub offline: bool,
}

/// Opens stages and publishes them to a registry.
pub struct Opener {
    control: Control,
    registry: Arc<Registry>,
    /// Whether development stages may show what only a developer should see.
    development: bool,
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    open: HashMap<ConnectionId, Slot>,
    generation: u64,
}

struct Slot {
    version: i64,
    stage: OpenStage,
    /// What the engine depends on.
    engine_key: [u8; 32],
    engine: Arc<dyn Engine>,
    catalog: (i64, Arc<Catalog>),
}

/// One connection as the store has it.
struct Stored {
    connection: Connection,
    /// Settings, schema (unless the slot has it), keys and approvals; `None` when the slot is up to date.
    parts: Option<Parts>,
}

struct Parts {
    settings: String,
    catalog: Option<String>,
    keys: Vec<kept::Key>,
    unapproved: Unapproved,
}

impl Opener {
    /// Opens nothing yet; see [`Opener::refresh`].
    pub fn new(control: Control, registry: Arc<Registry>, development: bool) -> Self {
        Self { control, registry, development, slots: Mutex::default() }
    }

    /// The use-cases it opens for.
    pub const fn control(&self) -> &Control {
        &self.control
    }

    /// Takes in every change of the store and publishes; gives the revision it has taken in.
    ///
    /// # Errors
    ///
    /// Only the control store's; a stage that cannot be opened is logged and left out, or stays as it was.
    pub async fn refresh(&self) -> Result<i64, StoreError> {
        let mut slots = self.slots.lock().await;
        let known: HashMap<ConnectionId, (i64, i64)> =
            slots.open.iter().map(|(id, slot)| (id.clone(), (slot.version, slot.catalog.0))).collect();
        let (revision, all) =
            self.control.store.db().read(move |tx| Ok((revision::current(tx)?, load(tx, &known)?))).await?;
        let mut open = HashMap::new();
        for Stored { connection, parts } in all {
            let old = slots.open.remove(&connection.id);
            let slot = match (parts, old) {
                (None, Some(slot)) => Some(slot),
                (None, None) => None,
                (Some(parts), old) => {
                    slots.generation += 1;
                    self.open_or_keep(&connection, parts, old, slots.generation).await
                }
            };
            if let Some(slot) = slot {
                open.insert(connection.id, slot);
            }
        }
        slots.open = open;
        self.registry.publish(slots.open.values().map(|slot| slot.stage.project.clone()));
        Ok(revision)
    }

    /// Tries again to open a stage whose database could not be opened.
    ///
    /// # Errors
    ///
    /// As [`Opener::refresh`].
    pub async fn retry(&self, connection: &ConnectionId) -> Result<(), StoreError> {
        if let Some(slot) = self.slots.lock().await.open.get_mut(connection)
            && slot.stage.offline
        {
            // No version is negative: the slot is opened anew.
            slot.version = -1;
        }
        self.refresh().await.map(drop)
    }

    /// Opens one stage for a command, beside whatever nodes run.
    ///
    /// # Errors
    ///
    /// [`ControlError::NotSynced`], [`ControlError::Database`].
    pub async fn open_alone(control: &Control, connection: &Connection) -> Result<Arc<Project>, ControlError> {
        let opener = Self::new(control.clone(), Arc::default(), false);
        let id = connection.id.clone();
        let all = control.store.db().read(move |tx| load(tx, &HashMap::new())).await?;
        let found = all.into_iter().find(|one| one.connection.id == id);
        let Some(Stored { connection, parts: Some(parts) }) = found else {
            return Err(ControlError::NotSynced(connection.slug.clone()));
        };
        // Says what is wrong and what to try, where a node would only wait.
        crate::connect(&control.target(&connection)?).await?;
        Ok(opener.open(&connection, parts, None, 1).await?.stage.project)
    }

    /// Every open stage.
    pub async fn stages(&self) -> Vec<OpenStage> {
        self.slots.lock().await.open.values().map(|slot| slot.stage.clone()).collect()
    }

    async fn open_or_keep(&self, connection: &Connection, parts: Parts, old: Option<Slot>, n: u64) -> Option<Slot> {
        match self.open(connection, parts, old.as_ref(), n).await {
            Ok(slot) => Some(slot),
            Err(error) => {
                let (slug, stage) = (&connection.slug, &connection.stage);
                tracing::error!("Project `{slug}` ({stage}) cannot be opened as it is now: {error}");
                old
            }
        }
    }

    async fn open(
        &self,
        connection: &Connection,
        parts: Parts,
        old: Option<&Slot>,
        generation: u64,
    ) -> Result<Slot, ControlError> {
        let mut settings: Settings = stored(&parts.settings)?;
        let number = connection.catalog.unwrap_or_default();
        let catalog = match (parts.catalog, old) {
            (Some(text), _) => Arc::new(stored(&text)?),
            (None, Some(slot)) => slot.catalog.1.clone(),
            (None, None) => return Err(ControlError::NotSynced(connection.slug.clone())),
        };
        let stage: Stage = connection.stage.parse().map_err(StoreError::Other)?;
        let (engine_key, engine, offline) = self.engine(connection, &settings, old).await?;
        // A table that came back under a dropped one's name waits for approval, whatever an older build says.
        for (table, settings) in &mut settings.tables {
            settings.expose &= !parts.unapproved.contains(&(table.clone(), String::new()));
        }
        let opened = Opened {
            id: connection.project.clone(),
            slug: connection.slug.clone(),
            stage,
            connection: connection.id.clone(),
            build: connection.build.clone().unwrap_or_else(|| BuildId(String::new())),
            settings,
            catalog: catalog.clone(),
            unapproved: parts.unapproved.into_iter().filter(|(_, column)| !column.is_empty()).collect(),
            keys: Keys::new(
                parts
                    .keys
                    .iter()
                    .filter(|key| key.kind != crate::root_tokens::ROOT)
                    .map(|key| (key.hash, keys::kind(&key.kind))),
            ),
            development: self.development && stage == Stage::Development,
        };
        let drift = old.map_or_else(Arc::default, |slot| slot.stage.drift.clone());
        let project = Arc::new(Project::open(opened, engine.clone(), generation, drift.clone()));
        let stage = OpenStage { connection: connection.id.clone(), project, drift, offline };
        Ok(Slot { version: connection.version, stage, engine_key, engine, catalog: (number, catalog) })
    }

    /// The stage's engine: the one that is open if it still fits, else a new one; what cannot be opened is offline.
    async fn engine(
        &self,
        connection: &Connection,
        settings: &Settings,
        old: Option<&Slot>,
    ) -> Result<([u8; 32], Arc<dyn Engine>, bool), ControlError> {
        let url = self.control.store.open_url(connection)?;
        let timeout = parse_duration(&settings.limits.statement_timeout).unwrap_or(Duration::from_secs(5));
        let key = sha256(format!("{}\n{timeout:?}", url.expose()).as_bytes());
        if let Some(slot) = old.filter(|slot| slot.engine_key == key && !slot.stage.offline) {
            return Ok((key, slot.engine.clone(), false));
        }
        let options = EngineOptions { statement_timeout: timeout, ..EngineOptions::default() };
        let opened = match Target::parse(&url) {
            // An engine would make a file that is not there.
            Err(error) => Err(error.to_string()),
            Ok(_) => portcullis_engines::connect(&url, &options)
                .await
                .map_err(|error| error.cause().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))),
        };
        match opened {
            Ok(engine) => Ok((key, engine, false)),
            Err(cause) => {
                if !old.is_some_and(|slot| slot.stage.offline) {
                    let (slug, stage) = (&connection.slug, &connection.stage);
                    tracing::warn!("The database of project `{slug}` ({stage}) cannot be opened: {cause}");
                }
                Ok((key, Arc::new(Offline::new(&connection.engine, cause)), true))
            }
        }
    }
}

/// Every connection that has a build, with what its slot lacks.
fn load(tx: &Tx<'_>, known: &HashMap<ConnectionId, (i64, i64)>) -> Result<Vec<Stored>, StoreError> {
    let mut all = Vec::new();
    for connection in connections::list(tx)? {
        let Some(number) = connection.catalog else { continue };
        let slot = known.get(&connection.id);
        let parts = if slot.is_some_and(|(version, _)| *version == connection.version) {
            None
        } else {
            Some(Parts {
                settings: settings::load(tx, &connection.id, connection.settings_revision)?,
                catalog: match slot {
                    Some((_, have)) if *have == number => None,
                    _ => Some(catalogs::load(tx, number)?),
                },
                keys: kept::live(tx, &connection.id)?,
                unapproved: approvals::list(tx, &connection.id)?,
            })
        };
        all.push(Stored { connection, parts });
    }
    Ok(all)
}
