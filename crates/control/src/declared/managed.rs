//! Which databases Portcullis manages: the ones it made itself, and those an operator said so of.

use crate::{Control, ControlError};
use portcullis_store::{Tx, connections::Connection, declared};

impl Control {
    /// Whether a connection's structure is ours to change.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn is_managed(&self, connection: &Connection) -> Result<bool, ControlError> {
        if self.is_embedded(connection)? {
            return Ok(true);
        }
        let id = connection.id.clone();
        Ok(self.store.db().read(move |tx| declared::is_managed(tx, &id)).await?)
    }

    /// Says that a connection's structure is ours to change, or no longer is.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn set_managed(&self, connection: &Connection, managed: bool) -> Result<(), ControlError> {
        let (id, now) = (connection.id.clone(), self.now());
        Ok(self.store.db().write(move |tx: &Tx<'_>| declared::set_managed(tx, &id, managed, now)).await?)
    }

    /// Whether a connection's database is a file that we made.
    pub(crate) fn is_embedded(&self, connection: &Connection) -> Result<bool, ControlError> {
        let url = self.store.open_url(connection)?;
        // Both as the file system sees them.
        let own = self.store.dir().join("managed");
        let own = std::fs::canonicalize(&own).unwrap_or(own);
        Ok(url.expose().strip_prefix("sqlite:").is_some_and(|path| std::path::Path::new(path).starts_with(&own)))
    }
}
