//! The platform as a database of its own: a file made from the control store and opened like any project, so that lists,
//! filters, relationships and documents are those that all projects have. Made anew when something has changed.

use super::{
    error::{of_control, of_operators},
    rows,
    script::NAMES,
};
use crate::State;
use portcullis_base::{BuildId, ConnectionId, ProjectId, Secret};
use portcullis_control::{ControlError, Target, connect, introspect};
use portcullis_project::{Keys, Opened, Project, Settings, Stage, settings::TableSettings};
use portcullis_schema::Naming;
use portcullis_store::embedded;
use portcullis_web::ApiError;
use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// Caches of this process tell one opening from another by it.
static GENERATION: AtomicU64 = AtomicU64::new(1);

/// The platform as this node has last made it.
#[derive(Default)]
pub struct Cache(Mutex<Option<Made>>);

struct Made {
    /// The store's revision and the operators it was made from.
    of: (i64, Vec<String>),
    platform: Arc<Platform>,
}

/// The opened platform.
pub struct Platform {
    /// Opened as projects are; its engine ends with it.
    pub project: Project,
    _folder: TempDir,
}

impl Cache {
    /// The platform as the control store is now.
    ///
    /// # Errors
    ///
    /// 503 where the store does not answer.
    pub async fn platform(&self, state: &State) -> Result<Arc<Platform>, ApiError> {
        let revision = state.control.store().revision().await.map_err(|error| of_control(error.into()))?;
        let operators = state.operators.list().await.map_err(of_operators)?;
        let of = (revision, operators.iter().map(|operator| operator.id.clone()).collect());
        // One makes it, the others wait for it.
        let mut made = self.0.lock().await;
        if let Some(made) = made.as_ref().filter(|made| made.of == of) {
            return Ok(made.platform.clone());
        }
        let script = rows::gather(state, &operators).await.map_err(of_control)?.whole();
        let platform = Arc::new(open(&script).await.map_err(of_control)?);
        *made = Some(Made { of, platform: platform.clone() });
        Ok(platform)
    }
}

async fn open(script: &str) -> Result<Platform, ControlError> {
    let other = |error: std::io::Error| {
        ControlError::Store(portcullis_store::StoreError::Other(format!("no temporary folder: {error}")))
    };
    let folder = tempfile::Builder::new().prefix("portcullis-platform-").tempdir().map_err(other)?;
    let path = folder.path().join("platform.db");
    let (script, place) = (script.to_owned(), path.clone());
    let made = tokio::task::spawn_blocking(move || embedded::create(&place, Some(&script))).await;
    made.map_err(|error| other(std::io::Error::other(error)))??;
    let target = Target::parse(&Secret::new(format!("sqlite:{}", path.display())))?;
    let engine = connect(&target).await?;
    let catalog = Arc::new(introspect(&target, &*engine, None).await?);
    let exposed = TableSettings { expose: true, ..TableSettings::default() };
    let settings = Settings {
        naming: Naming::Singular,
        tables: NAMES.iter().map(|name| ((*name).to_owned(), exposed.clone())).collect(),
        ..Settings::default()
    };
    let opened = Opened {
        id: ProjectId("platform".to_owned()),
        slug: "platform".to_owned(),
        stage: Stage::Production,
        connection: ConnectionId("platform".to_owned()),
        build: BuildId("platform".to_owned()),
        settings,
        catalog,
        unapproved: BTreeSet::new(),
        keys: Keys::default(),
        development: false,
    };
    let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
    Ok(Platform { project: Project::open(opened, engine, generation, Arc::default()), _folder: folder })
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}
