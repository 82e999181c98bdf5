//! Syncs: reading a schema again and deriving what is served from it.

use crate::{
    Change, Control, ControlError, InForce, Target, connect,
    derive::{Derived, derive},
    in_force::Next,
};
use portcullis_base::{BuildId, ConnectionId};
use portcullis_engines::Engine;
use portcullis_store::{StoreError, connections::Connection};
use std::sync::Arc;

/// Other changes at the same moment after which a sync gives up.
const TRIES: usize = 5;

/// What a sync found and did.
#[derive(Debug)]
pub struct Synced {
    /// What differs from the last sync.
    pub changes: Vec<Change>,
    /// The build that is served now, if it is a new one.
    pub build: Option<BuildId>,
    /// What is in force now.
    pub in_force: InForce,
}

impl Control {
    /// Where a connection leads.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`] when the URL does not open, [`ControlError::Database`] when its file is gone.
    pub fn target(&self, connection: &Connection) -> Result<Target, ControlError> {
        Target::parse(&self.store.open_url(connection)?)
    }

    /// Reads a connection's schema through an open engine and serves what follows from it.
    ///
    /// # Errors
    ///
    /// [`ControlError::Database`], [`ControlError::Store`].
    pub async fn sync(
        &self,
        id: &ConnectionId,
        engine: &dyn Engine,
        progress: Option<Arc<dyn Fn(usize, usize) + Send + Sync>>,
    ) -> Result<Synced, ControlError> {
        let connection = self.in_force(id).await?.connection;
        let target = self.target(&connection)?;
        let catalog = connect::introspect(&target, engine, progress).await?;
        let mut tries = 0;
        loop {
            let before = self.in_force(id).await?;
            let Derived { settings, unapproved, changes } =
                derive(&before.catalog, &catalog, &before.settings, &before.unapproved);
            let next = Next { before, settings, catalog: catalog.clone(), unapproved, made_by: "sync" };
            match self.put_in_force(next).await {
                Err(ControlError::Store(StoreError::Changed)) if tries < TRIES => tries += 1,
                Err(error) => return Err(error),
                Ok(build) => return Ok(Synced { changes, build, in_force: self.in_force(id).await? }),
            }
        }
    }
}
