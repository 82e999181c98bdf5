//! Names of projects, and their end.

use crate::{Control, ControlError, create::check_slug};
use portcullis_store::{StoreError, connections, projects};

impl Control {
    /// Gives a project another name. Its paths change with it; its id, its users, sessions and keys do not.
    ///
    /// # Errors
    ///
    /// [`ControlError::BadName`]; [`StoreError::Exists`] where the name is taken.
    pub async fn rename_project(&self, project: &projects::Project, slug: &str) -> Result<(), ControlError> {
        check_slug(slug)?;
        if project.slug == slug {
            return Ok(());
        }
        let (id, slug) = (project.id.clone(), slug.to_owned());
        Ok(self.store.db().write(move |tx| projects::rename(tx, &id, &slug)).await?)
    }

    /// Removes a project without stages. What a stage holds (users' sessions, keys, roles, the audit) is not thrown away
    /// by a call.
    ///
    /// # Errors
    ///
    /// [`StoreError::Changed`] where it has a stage.
    pub async fn remove_project(&self, project: &projects::Project) -> Result<(), ControlError> {
        let id = project.id.clone();
        let work = move |tx: &portcullis_store::Tx<'_>| match connections::of_project(tx, &id)?.is_empty() {
            true => projects::remove(tx, &id),
            false => Err(StoreError::Changed),
        };
        Ok(self.store.db().write(work).await?)
    }
}
