//! The root token of a stage: what an application's server calls with where a client knows no `sk_`. It has an account of
//! its own, which what it makes belongs to.

use crate::{Control, ControlError};
use portcullis_base::{ConnectionId, Secret, new_id};
use portcullis_crypto::{random_token, sha256};
use portcullis_project::KeyKind;
use portcullis_store::{accounts, connections::Connection, keys};

/// The word under which its hash is kept.
pub(crate) const ROOT: &str = "root";

impl Control {
    /// The public key of a stage, the oldest that lives; one is made where there is none.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn public_key(&self, connection: &Connection) -> Result<String, ControlError> {
        let found = self.keys(connection).await?.into_iter().find_map(|key| key.readable);
        match found {
            Some(key) => Ok(key),
            None => Ok(self.create_key(connection, KeyKind::Public, "public").await?.expose().clone()),
        }
    }

    /// Makes a stage's root token, `id|account|secret`, and ends the one before, whose account it takes over. Its text is
    /// given this once, only its hash is kept.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn root_token(&self, connection: &ConnectionId) -> Result<Secret<String>, ControlError> {
        let (stage, now) = (connection.clone(), self.now());
        let (id, fresh) = (new_id("key", &mut rand::rng()), new_id("acc", &mut rand::rng()));
        let secret = random_token(&mut rand::rng());
        let made = self.store.db().write(move |tx| {
            let mut account = None;
            for old in keys::live(tx, &stage)?.into_iter().filter(|key| key.kind == ROOT) {
                keys::revoke(tx, &old.id, now)?;
                account = Some(old.name);
            }
            let account = match account {
                Some(account) => account,
                None => {
                    accounts::create(tx, &stage, &fresh, now)?;
                    fresh
                }
            };
            let text = format!("{id}|{account}|{}", secret.expose());
            let key = keys::Key {
                prefix: format!("{id}|"),
                id,
                connection: stage,
                kind: ROOT.to_owned(),
                hash: sha256(text.as_bytes()),
                name: account,
                readable: None,
                created_at: now,
            };
            keys::insert(tx, &key)?;
            Ok(text)
        });
        Ok(Secret::new(made.await?))
    }
}
