//! The use-cases' common ground: the store, the clock, and how a project is named.

use crate::ControlError;
use portcullis_base::{Clock, Timestamp};
use portcullis_project::Stage;
use portcullis_schema::closest;
use portcullis_store::{Store, connections, connections::Connection, projects};
use std::{sync::Arc, time::Duration};

/// How long a command waits until every running node has taken its change in.
const SETTLE: Duration = Duration::from_secs(3);

/// Creates and configures projects; cheap to clone.
#[derive(Debug, Clone)]
pub struct Control {
    pub(crate) store: Store,
    clock: Arc<dyn Clock>,
}

impl Control {
    /// Works on a store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The control store.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Every project, by slug.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn projects(&self) -> Result<Vec<projects::Project>, ControlError> {
        Ok(self.store.db().read(projects::list).await?)
    }

    /// Every connection, by slug and stage.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn connections(&self) -> Result<Vec<Connection>, ControlError> {
        Ok(self.store.db().read(connections::list).await?)
    }

    /// The project of an id or slug; without a name the only one there is.
    ///
    /// # Errors
    ///
    /// [`ControlError::UnknownProject`], [`ControlError::WhichProject`], [`ControlError::NoProjects`].
    pub async fn project(&self, name: Option<&str>) -> Result<projects::Project, ControlError> {
        let mut all = self.projects().await?;
        let slugs = || all.iter().map(|project| project.slug.as_str());
        let Some(name) = name else {
            return match all.len() {
                0 => Err(ControlError::NoProjects),
                1 => Ok(all.remove(0)),
                _ => Err(ControlError::WhichProject(slugs().collect::<Vec<_>>().join(", "))),
            };
        };
        match all.iter().position(|project| project.slug == name || project.id.as_str() == name) {
            Some(at) => Ok(all.swap_remove(at)),
            None => Err(ControlError::UnknownProject {
                name: name.to_owned(),
                suggestion: closest(name, slugs()).map(str::to_owned),
            }),
        }
    }

    /// The connection of a project's stage; without a stage the one that `/p/{project}` serves.
    ///
    /// # Errors
    ///
    /// As [`Control::project`], and [`ControlError::UnknownStage`].
    pub async fn connection(&self, project: Option<&str>, stage: Option<Stage>) -> Result<Connection, ControlError> {
        let project = self.project(project).await?;
        let id = project.id.clone();
        let all = self.store.db().read(move |tx| connections::of_project(tx, &id)).await?;
        let wanted: Vec<Stage> = stage.map_or_else(|| Stage::BY_PREFERENCE.to_vec(), |stage| vec![stage]);
        wanted
            .iter()
            .find_map(|stage| all.iter().find(|connection| connection.stage == stage.word()))
            .cloned()
            .ok_or_else(|| ControlError::UnknownStage {
                slug: project.slug,
                stage: stage.map_or("production", Stage::word).to_owned(),
                has: match all.as_slice() {
                    [] => "none yet".to_owned(),
                    all => all.iter().map(|one| one.stage.as_str()).collect::<Vec<_>>().join(", "),
                },
            })
    }

    /// Waits until every node that runs now has taken in all changes made so far; false when one takes too long.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn settle(&self) -> Result<bool, ControlError> {
        let revision = self.store.revision().await?;
        let deadline = tokio::time::Instant::now() + SETTLE;
        loop {
            if self.store.live_nodes().await?.iter().all(|node| node.seen_revision >= revision) {
                return Ok(true);
            }
            if tokio::time::Instant::now() > deadline {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
