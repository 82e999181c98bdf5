//! A stage's keys: `pk_` for clients, `sk_` for servers.

use crate::{Control, ControlError};
use portcullis_base::{ConnectionId, Secret, Timestamp, new_id};
use portcullis_crypto::generate_key;
use portcullis_project::KeyKind;
use portcullis_store::{
    connections::{self, Connection},
    keys,
};

/// A live key, as far as it can be shown.
#[derive(Debug, Clone)]
pub struct KeyInfo {
    /// Its id.
    pub id: String,
    /// `public` or `admin`.
    pub kind: String,
    /// What its owner calls it.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// The key itself, if it is public.
    pub readable: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The word under which a kind is kept.
pub const fn word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Public => "public",
        KeyKind::Admin => "admin",
    }
}

/// The kind a kept word means.
pub fn kind(word: &str) -> KeyKind {
    // Whatever is not clearly an admin key has no rights.
    if word == "admin" { KeyKind::Admin } else { KeyKind::Public }
}

/// A fresh key: what is kept of it, and its text.
pub fn fresh(connection: &ConnectionId, kind: KeyKind, name: &str, now: Timestamp) -> (keys::Key, Secret<String>) {
    let prefix = match kind {
        KeyKind::Public => "pk",
        KeyKind::Admin => "sk",
    };
    let key = generate_key(prefix, &mut rand::rng());
    let readable = matches!(kind, KeyKind::Public).then(|| key.text.expose().clone());
    let record = keys::Key {
        id: new_id("key", &mut rand::rng()),
        connection: connection.clone(),
        kind: word(kind).to_owned(),
        name: name.to_owned(),
        hash: key.hash,
        prefix: key.prefix,
        readable,
        created_at: now,
    };
    (record, key.text)
}

impl Control {
    /// The live keys of a stage.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn keys(&self, connection: &Connection) -> Result<Vec<KeyInfo>, ControlError> {
        let id = connection.id.clone();
        let all = self.store.db().read(move |tx| keys::live(tx, &id)).await?;
        let info = |key: keys::Key| KeyInfo {
            id: key.id,
            kind: key.kind,
            name: key.name,
            prefix: key.prefix,
            readable: key.readable,
            created_at: key.created_at,
        };
        Ok(all.into_iter().map(info).collect())
    }

    /// Makes one more key of a kind; the others live on. Its text is given this once.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn create_key(
        &self,
        connection: &Connection,
        kind: KeyKind,
        name: &str,
    ) -> Result<Secret<String>, ControlError> {
        self.new_key(connection, kind, name, false).await
    }

    /// Makes a key of a kind and ends all others of that kind at once. Its text is given this once.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn rotate_key(&self, connection: &Connection, kind: KeyKind) -> Result<Secret<String>, ControlError> {
        self.new_key(connection, kind, word(kind), true).await
    }

    /// Ends a key's life at once.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn revoke_key(&self, connection: &Connection, key: &str) -> Result<(), ControlError> {
        let (id, version, now) = (connection.id.clone(), connection.version, self.now());
        let key = key.to_owned();
        let work = move |tx: &portcullis_store::Tx<'_>| {
            connections::touch(tx, &id, version)?;
            keys::revoke(tx, &key, now)
        };
        Ok(self.store.db().write(work).await?)
    }

    async fn new_key(
        &self,
        connection: &Connection,
        kind: KeyKind,
        name: &str,
        instead: bool,
    ) -> Result<Secret<String>, ControlError> {
        let now = self.now();
        let (id, version) = (connection.id.clone(), connection.version);
        let (key, text) = fresh(&id, kind, name, now);
        self.store
            .db()
            .write(move |tx| {
                connections::touch(tx, &id, version)?;
                if instead {
                    for old in keys::live(tx, &id)?.iter().filter(|old| old.kind == word(kind)) {
                        keys::revoke(tx, &old.id, now)?;
                    }
                }
                keys::insert(tx, &key)
            })
            .await?;
        Ok(text)
    }
}
