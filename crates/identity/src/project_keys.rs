//! A project's own keys, put anew by its server side.

use crate::{Client, Identity, IdentityError, audit::Event};
use portcullis_base::{ConnectionId, Secret, Timestamp, new_id};
use portcullis_crypto::generate_key;
use portcullis_project::Project;
use portcullis_store::{connections, keys};

/// The keys that were made; their texts are shown this once.
#[derive(Debug, Default)]
pub struct ProjectKeys {
    /// `sk_...`
    pub admin: Option<Secret<String>>,
    /// `pk_...`
    pub public: Option<Secret<String>>,
}

impl Identity {
    /// Writes down what a project's server side changed with its admin key.
    pub async fn note_management(
        &self,
        project: &Project,
        event: &'static str,
        detail: serde_json::Value,
        client: &Client,
        now: Timestamp,
    ) {
        let event = Event { actor: Some("admin_key".to_owned()), ..Event::of_user(event, &project.slug).about(detail) };
        self.audit(project, event, client, now).await;
    }

    /// Makes keys in place of all others of their kind.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn rotate_project_keys(
        &self,
        project: &Project,
        admin: bool,
        public: bool,
        now: Timestamp,
    ) -> Result<ProjectKeys, IdentityError> {
        let mut made = ProjectKeys::default();
        let mut records = Vec::new();
        if admin {
            let (record, text) = fresh(&project.connection, "admin", "sk", now);
            records.push(record);
            made.admin = Some(text);
        }
        if public {
            let (mut record, text) = fresh(&project.connection, "public", "pk", now);
            record.readable = Some(text.expose().clone());
            records.push(record);
            made.public = Some(text);
        }
        let id = project.connection.clone();
        self.store
            .db()
            .write(move |tx| {
                let all = connections::list(tx)?;
                let connection =
                    all.into_iter().find(|own| own.id == id).ok_or(portcullis_store::StoreError::Changed)?;
                connections::touch(tx, &id, connection.version)?;
                for record in &records {
                    for old in keys::live(tx, &id)?.iter().filter(|old| old.kind == record.kind) {
                        keys::revoke(tx, &old.id, now)?;
                    }
                    keys::insert(tx, record)?;
                }
                Ok(())
            })
            .await?;
        Ok(made)
    }
}

fn fresh(connection: &ConnectionId, kind: &str, prefix: &str, now: Timestamp) -> (keys::Key, Secret<String>) {
    let key = generate_key(prefix, &mut rand::rng());
    let record = keys::Key {
        id: new_id("key", &mut rand::rng()),
        connection: connection.clone(),
        kind: kind.to_owned(),
        name: kind.to_owned(),
        hash: key.hash,
        prefix: key.prefix,
        readable: None,
        created_at: now,
    };
    (record, key.text)
}
