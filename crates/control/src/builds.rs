//! Builds of a stage, and going back to an earlier one.

use crate::{
    Control, ControlError, InForce,
    derive::derive,
    in_force::{Next, stored},
};
use portcullis_base::BuildId;
use portcullis_project::Settings;
use portcullis_schema::Catalog;
use portcullis_store::{builds, catalogs, connections::Connection, settings};

/// A build of a stage.
#[derive(Debug, Clone)]
pub struct BuildInfo {
    /// What the store keeps of it.
    pub build: builds::Build,
    /// Whether it is served now.
    pub served: bool,
}

impl Control {
    /// The builds of a stage, the newest first.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn builds(&self, connection: &Connection) -> Result<Vec<BuildInfo>, ControlError> {
        let id = connection.id.clone();
        let all = self.store.db().read(move |tx| builds::list(tx, &id)).await?;
        let served = |build: &builds::Build| connection.build.as_ref() == Some(&build.id);
        Ok(all.into_iter().map(|build| BuildInfo { served: served(&build), build }).collect())
    }

    /// Serves an earlier build again, named by its id or number: its settings, derived for the schema as it is now.
    /// What has been dropped since stays dropped, what is new keeps waiting. `None` when it is what is served.
    ///
    /// # Errors
    ///
    /// [`ControlError::UnknownBuild`].
    pub async fn deploy(&self, before: InForce, name: &str) -> Result<Option<BuildId>, ControlError> {
        let all = self.builds(&before.connection).await?;
        let build = all
            .into_iter()
            .map(|info| info.build)
            .find(|build| build.id.as_str() == name || build.number.to_string() == name.trim_start_matches('#'))
            .ok_or_else(|| ControlError::UnknownBuild(name.to_owned()))?;
        let (document, catalog) = self
            .store
            .db()
            .read(move |tx| {
                Ok((
                    settings::load(tx, &build.connection, build.settings_revision)?,
                    catalogs::load(tx, build.catalog)?,
                ))
            })
            .await?;
        let (settings, then): (Settings, Catalog) = (stored(&document)?, stored(&catalog)?);
        let derived = derive(&then, &before.catalog, &settings, &before.unapproved);
        // Approvals belong to the schema as it is: going back in settings neither grants nor takes any. What came
        // after the old build and was approved since is not exposed by its settings, or is a column like any other.
        let unapproved = before.unapproved.clone();
        let catalog = before.catalog.clone();
        let settings = derived.settings;
        self.put_in_force(Next { before, settings, catalog, unapproved, made_by: "deploy" }).await
    }
}
