//! The declared schemas a stage has had.

use super::{Declared, SchemaChange};
use crate::{Control, ControlError, in_force::stored};
use portcullis_base::{ConnectionId, Timestamp};
use portcullis_store::declared;
use serde_json::Value;

/// One version of a declared schema.
#[derive(Debug, Clone)]
pub struct DeclaredVersion {
    /// Counted from 1.
    pub version: i64,
    /// The document.
    pub declared: Declared,
    /// What it changed.
    pub changes: Vec<Value>,
    /// Whether all of it is done.
    pub applied: bool,
    /// When it was begun.
    pub created_at: Timestamp,
}

impl Control {
    /// The declared schema in force, if there is one.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn declared(&self, connection: &ConnectionId) -> Result<Option<DeclaredVersion>, ControlError> {
        Ok(self.declared_versions(connection).await?.into_iter().find(|version| version.applied))
    }

    /// Every version, the newest first.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn declared_versions(&self, connection: &ConnectionId) -> Result<Vec<DeclaredVersion>, ControlError> {
        let id = connection.clone();
        let all = self.store.db().read(move |tx| declared::list(tx, &id)).await?;
        let version = |row: declared::Version| {
            let document: Value = stored(&row.document)?;
            Ok(DeclaredVersion {
                version: row.version,
                declared: Declared::from_tree(&document)?,
                changes: stored(&row.changes)?,
                applied: row.applied,
                created_at: row.created_at,
            })
        };
        all.into_iter().map(version).collect()
    }
}

/// What the engine is told, for the history.
pub fn changes_text(changes: &[SchemaChange]) -> String {
    serde_json::to_string(changes).unwrap_or_else(|_| "[]".to_owned())
}
