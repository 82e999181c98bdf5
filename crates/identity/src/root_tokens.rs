//! The root token of an application's server: compared by its hash, asked of the store every time, so that its end is at
//! once everywhere.

use crate::{Identity, IdentityError};
use portcullis_crypto::{same, sha256};
use portcullis_project::Project;
use portcullis_store::keys;

/// Characters of a root token at most. SEC-52.
const LONGEST: usize = 256;

/// A root token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootToken {
    /// Its id: `key_...`.
    pub id: String,
    /// The account of what is made with it.
    pub account: String,
}

impl Identity {
    /// The root token of the stage, if this is it.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn accept_root(&self, project: &Project, token: &str) -> Result<Option<RootToken>, IdentityError> {
        if token.len() > LONGEST {
            return Ok(None);
        }
        let (connection, hash) = (project.connection.clone(), sha256(token.as_bytes()));
        let live = self.store.db().read(move |tx| keys::live(tx, &connection)).await?;
        let found = live.into_iter().find(|key| key.kind == "root" && same(&key.hash, &hash));
        Ok(found.map(|key| RootToken { id: key.id, account: key.name }))
    }
}
