//! Switching compatibility surfaces on and off. What a surface is called is the caller's to know.

use crate::{Control, ControlError};
use portcullis_base::ProjectId;
use portcullis_store::surfaces::{self, SurfaceSwitch};

impl Control {
    /// Every surface that is on.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn surfaces(&self) -> Result<Vec<SurfaceSwitch>, ControlError> {
        Ok(self.store.db().read(surfaces::list).await?)
    }

    /// Switches a surface on, for a project or for the whole instance; false where it was on. Nodes notice at once.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn enable_surface(&self, surface: &str, project: Option<&ProjectId>) -> Result<bool, ControlError> {
        let (surface, project, now) = (surface.to_owned(), project.cloned(), self.now());
        Ok(self.store.db().write(move |tx| surfaces::enable(tx, &surface, project.as_ref(), now)).await?)
    }

    /// Switches a surface off; false where it was off. Sessions that it opened live on.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn disable_surface(&self, surface: &str, project: Option<&ProjectId>) -> Result<bool, ControlError> {
        let (surface, project) = (surface.to_owned(), project.cloned());
        Ok(self.store.db().write(move |tx| surfaces::disable(tx, &surface, project.as_ref())).await?)
    }
}
