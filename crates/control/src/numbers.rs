//! Whole numbers for ids of ours, for clients that know no other.

use crate::{Control, ControlError};
use portcullis_store::numbers;
use std::collections::BTreeMap;

impl Control {
    /// The numbers of these ids of a kind; those that have none get one.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn numbers(&self, kind: &'static str, ids: Vec<String>) -> Result<BTreeMap<String, i64>, ControlError> {
        let known = self.store.db().read(move |tx| numbers::known(tx, kind)).await?;
        if ids.iter().all(|id| known.contains_key(id)) {
            return Ok(known);
        }
        Ok(self.store.db().write(move |tx| numbers::give(tx, kind, &ids)).await?)
    }

    /// The id of a kind that has this number.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn numbered(&self, kind: &'static str, number: i64) -> Result<Option<String>, ControlError> {
        Ok(self.store.db().read(move |tx| numbers::id_of(tx, kind, number)).await?)
    }
}
