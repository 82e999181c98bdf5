//! Which surfaces are on: read from the store, asked with every request.

use arc_swap::ArcSwap;
use portcullis_base::ProjectId;
use portcullis_store::{Store, StoreError, surfaces};
use std::collections::HashSet;

/// The switches of an instance as this node has last read them.
#[derive(Debug, Default)]
pub struct Enabled(ArcSwap<HashSet<(String, Option<String>)>>);

impl Enabled {
    /// Reads the switches again.
    ///
    /// # Errors
    ///
    /// The store's; what was known stays.
    pub async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let all = store.db().read(surfaces::list).await?;
        let set = all.into_iter().map(|one| (one.surface, one.project.map(|id| id.0))).collect();
        self.0.store(std::sync::Arc::new(set));
        Ok(())
    }

    /// Whether a surface is on for the whole instance.
    pub fn everywhere(&self, surface: &str) -> bool {
        self.0.load().contains(&(surface.to_owned(), None))
    }

    /// Whether a surface is on for a project.
    pub fn of(&self, surface: &str, project: &ProjectId) -> bool {
        self.0.load().contains(&(surface.to_owned(), Some(project.0.clone())))
    }

    /// Whether a surface is on for any project.
    pub fn anywhere(&self, surface: &str) -> bool {
        self.0.load().iter().any(|(name, project)| name == surface && project.is_some())
    }
}
