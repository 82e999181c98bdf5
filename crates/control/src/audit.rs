//! Reading the audit.

use crate::{Control, ControlError};
use portcullis_store::audit::{self, Filter, Recorded};

impl Control {
    /// The rows that a filter wants, the newest first.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn audit(&self, filter: Filter) -> Result<Vec<Recorded>, ControlError> {
        Ok(self.store.db().read(move |tx| audit::list(tx, &filter)).await?)
    }
}
