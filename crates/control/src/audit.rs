//! Reading what the store keeps about a stage: the audit, and what is known of an end user.

use crate::{Control, ControlError};
use portcullis_base::ConnectionId;
use portcullis_store::{
    audit::{self, Filter, Recorded},
    users::{self, UserState},
};

impl Control {
    /// The rows that a filter wants, the newest first.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn audit(&self, filter: Filter) -> Result<Vec<Recorded>, ControlError> {
        Ok(self.store.db().read(move |tx| audit::list(tx, &filter)).await?)
    }

    /// What the store knows of an end user beyond the table's row.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn end_user(&self, connection: &ConnectionId, user: &str) -> Result<UserState, ControlError> {
        let (connection, user) = (connection.clone(), user.to_owned());
        Ok(self.store.db().read(move |tx| users::load(tx, &connection, &user)).await?)
    }
}
