//! End users' API keys: shown once, kept as hashes, never more than their owner. SEC-32.

use crate::{
    Accepted, Client, CredentialFault, Identity, IdentityError,
    audit::Event,
    mapped_keys,
    revocations::{ending, keep},
    times::rfc3339,
    users::Directory,
};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_crypto::{generate_key, sha256};
use portcullis_project::Project;
use portcullis_query::access::{Action, EndUser, Scope};
use portcullis_store::api_keys::{self, ApiKey};
use serde_json::{Value, json};
use std::sync::Arc;

/// How long an accepted key is remembered: what its owner's row says is looked up this often. Seconds.
const REMEMBERED_S: i64 = 5;
/// Live keys of a user at most.
const KEYS: usize = 100;

/// What a new key shall be.
#[derive(Debug, Default)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: String,
    /// Such as `orders.read`, `orders.*`, `*.read`; `None` is everything the owner may do.
    pub scopes: Option<Vec<String>>,
    /// Until when it works.
    pub expires_at: Option<Timestamp>,
}

/// A key that was made; its text is shown this once.
#[derive(Debug)]
pub struct MadeApiKey {
    /// The text.
    pub key: Secret<String>,
    /// The rest, as lists show it.
    pub view: Value,
}

impl Identity {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] for a scope that names nothing, or one key too many.
    pub async fn make_api_key(
        &self,
        project: &Project,
        owner: &EndUser,
        new: NewApiKey,
        client: &Client,
        now: Timestamp,
    ) -> Result<MadeApiKey, IdentityError> {
        // A key must not make one that can do more, or that lives on when it is gone.
        if crate::flows::is_key(owner) {
            return Err(IdentityError::Forbidden);
        }
        self.check_strength(project, owner, now).await?;
        for scope in new.scopes.iter().flatten() {
            if parse(project, scope).is_none() {
                let message = format!("`{scope}` is no scope; write one such as orders.read, orders.* or *.read");
                return Err(IdentityError::invalid("scopes", "invalid_scope", message));
            }
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(IdentityError::invalid("expires_at", "invalid_value", "`expires_at` has passed"));
        }
        let made = generate_key("ak", &mut rand::rng());
        let mut key = ApiKey {
            id: new_id("akey", &mut rand::rng()),
            connection: project.connection.clone(),
            user: owner.id.clone(),
            name: new.name,
            prefix: made.prefix,
            hash: made.hash,
            scopes: new.scopes,
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
            card_row: None,
        };
        let (connection, user) = (key.connection.clone(), key.user.clone());
        let full = move |tx: &portcullis_store::Tx<'_>| Ok(api_keys::live(tx, &connection, &user)?.len() >= KEYS);
        if self.store.db().read(full).await? {
            return Err(too_many());
        }
        // In the customer's own table too, where one is mapped and takes it.
        key.card_row = mapped_keys::keep(project, &owner.id, &made.text, key.expires_at, now).await;
        let kept = key.clone();
        let full = self
            .store
            .db()
            .write(move |tx| {
                if api_keys::live(tx, &kept.connection, &kept.user)?.len() >= KEYS {
                    return Ok(true);
                }
                api_keys::insert(tx, &kept).map(|()| false)
            })
            .await?;
        if full {
            if let Some(row) = &key.card_row {
                mapped_keys::revoke(project, row, now).await?;
            }
            return Err(too_many());
        }
        let event = Event::of_user("api_key_created", &owner.id).about(json!({"key": key.id}));
        self.audit(project, event, client, now).await;
        Ok(MadeApiKey { key: made.text, view: view(&key) })
    }

    /// A user's live keys, those of the customer's own table behind ours.
    ///
    /// # Errors
    ///
    /// The store's, the database's.
    pub async fn api_keys_of(
        &self,
        project: &Project,
        user: &str,
        now: Timestamp,
    ) -> Result<Vec<Value>, IdentityError> {
        let (connection, own) = (project.connection.clone(), user.to_owned());
        let all = self.store.db().read(move |tx| api_keys::live(tx, &connection, &own)).await?;
        let theirs = mapped_keys::list(project, user, now).await?;
        let theirs = theirs.iter().filter(|key| !all.iter().any(|own| own.card_row.as_ref() == Some(&key.row)));
        Ok(all.iter().map(view).chain(theirs.map(view_mapped)).collect())
    }

    /// Ends a key at once on this node, and within a second on the others.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where the user has no such key.
    pub async fn end_api_key(
        &self,
        project: &Project,
        owner: &EndUser,
        id: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, user, key) = (project.connection.clone(), owner.id.clone(), id.to_owned());
        let live = self.store.db().read(move |tx| api_keys::live(tx, &connection, &user)).await?;
        let Some(live) = live.into_iter().find(|live| live.id == key) else {
            return self.end_mapped_key(project, owner, id, client, now).await;
        };
        // First there: a key that goes on in the old application must not be one that its owner thinks ended.
        if let Some(row) = &live.card_row {
            mapped_keys::revoke(project, row, now).await?;
        }
        let (connection, user, key) = (project.connection.clone(), owner.id.clone(), id.to_owned());
        let one = ending(project, "api_key", id, 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                if api_keys::revoke(tx, &connection, &user, &key, now)? { keep(tx, vec![one]) } else { Ok(Vec::new()) }
            })
            .await?;
        self.apply(&kept);
        let event = Event::of_user("api_key_ended", &owner.id).about(json!({"key": id}));
        self.audit(project, event, client, now).await;
        Ok(())
    }

    /// Ends a key of the customer's own table: its row is marked, or deleted where nothing can be marked.
    async fn end_mapped_key(
        &self,
        project: &Project,
        owner: &EndUser,
        id: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let mut theirs = mapped_keys::list(project, &owner.id, now).await?.into_iter();
        let key = theirs.find(|key| key.id == id).ok_or(IdentityError::NotFound)?;
        mapped_keys::revoke(project, &key.row, now).await?;
        let one = ending(project, "api_key", id, 0, now);
        let kept = self.store.db().write(move |tx| keep(tx, vec![one])).await?;
        self.apply(&kept);
        let event = Event::of_user("api_key_ended", &owner.id).about(json!({"key": id}));
        self.audit(project, event, client, now).await;
        Ok(())
    }

    /// Whose API key this is.
    ///
    /// # Errors
    ///
    /// [`IdentityError::BadCredentials`] for whatever is wrong with it or its owner.
    pub async fn accept_api_key(
        &self,
        project: &Project,
        text: &str,
        now: Timestamp,
    ) -> Result<Accepted, IdentityError> {
        let accepted = self.key_holder(project, text, now).await?;
        self.up_to_date(project, accepted, now).await
    }

    async fn key_holder(&self, project: &Project, text: &str, now: Timestamp) -> Result<Accepted, IdentityError> {
        let hash = sha256(text.as_bytes());
        // The key stands where a token has its session: an ended one is an ended one.
        if let Some(accepted) = self.remembered(project, &hash, now)? {
            return Ok(accepted);
        }
        let directory = Directory::of(project).map_err(|_| CredentialFault::UnknownKey)?;
        let connection = project.connection.clone();
        let found = self.store.db().read(move |tx| api_keys::by_hash(tx, &connection, &hash)).await?;
        let key = match found {
            // What the old application ended in its table has ended here.
            Some(key) if key.card_row.is_some() => {
                let user = mapped_keys::owner(project, text, now).await?;
                if user.as_ref() != Some(&key.user) {
                    return Err(CredentialFault::SessionEnded { user: key.user, session: key.id }.into());
                }
                key
            }
            Some(key) => key,
            // A key of the customer's own table has neither scopes nor an id of ours: its hash stands for it.
            None => {
                let user = mapped_keys::owner(project, text, now).await?;
                ApiKey {
                    id: mapped_keys::name_of(&hash),
                    connection: project.connection.clone(),
                    user: user.ok_or(CredentialFault::UnknownKey)?,
                    name: String::new(),
                    prefix: String::new(),
                    hash,
                    scopes: None,
                    created_at: now,
                    expires_at: None,
                    last_used_at: Some(now),
                    card_row: None,
                }
            }
        };
        if key.expires_at.is_some_and(|at| at <= now) {
            return Err(CredentialFault::KeyExpired { user: key.user, key: key.id }.into());
        }
        let state = self.state_of(project, &key.user).await?;
        let user = directory.by_id(&key.user).await?.filter(|user| user.active && !state.disabled);
        let user = user.ok_or_else(|| CredentialFault::UserGone { user: key.user.clone() })?;
        let standing = self.stands(&directory, &user, &state).await?;
        let part = self.part(project, &standing, standing.chosen(None), now).await?;
        let scopes = key.scopes.map(|scopes| scopes.iter().filter_map(|scope| parse(project, scope)).collect());
        let end_user = EndUser {
            id: user.id.clone(),
            email: user.email.clone(),
            session: Some(key.id.clone()),
            scopes,
            ..EndUser::default()
        };
        let until = now.plus_s(REMEMBERED_S).min(key.expires_at.unwrap_or(Timestamp(i64::MAX)));
        let accepted = Accepted { user: Arc::new(part.end_user(end_user)), until, foreign: false };
        let keys = self.revocations.keys(&project.connection);
        self.remember(project, hash, keys, state.password_version, &accepted);
        if key.last_used_at.is_none_or(|at| now >= at.plus_s(60)) {
            let id = key.id;
            self.store.db().write(move |tx| api_keys::used(tx, &id, now)).await?;
        }
        Ok(accepted)
    }
}

/// `orders.read`, `orders.*`, `*.read`, `*`; a table that is gone opens nothing.
fn parse(project: &Project, scope: &str) -> Option<Scope> {
    if scope == "*" {
        return Some(Scope { table: None, action: None });
    }
    let (table, action) = scope.rsplit_once('.')?;
    let action = match action {
        "*" => None,
        "read" => Some(Action::Read),
        "create" => Some(Action::Create),
        "update" => Some(Action::Update),
        "delete" => Some(Action::Delete),
        _ => return None,
    };
    let table = match table {
        "*" => None,
        name => Some(project.database.by_name(name)?.id),
    };
    Some(Scope { table, action })
}

fn too_many() -> IdentityError {
    IdentityError::invalid("name", "too_many_keys", format!("there are {KEYS} keys already; end one first"))
}

fn view(key: &ApiKey) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "expires_at": key.expires_at.map(rfc3339),
        "created_at": rfc3339(key.created_at),
        "last_used": key.last_used_at.map(rfc3339),
    })
}

/// A key of the customer's own table: of what the table does not say there is nothing.
fn view_mapped(key: &mapped_keys::MappedKey) -> Value {
    json!({
        "id": key.id,
        "name": null,
        "prefix": null,
        "scopes": null,
        "expires_at": key.expires_at.map(rfc3339),
        "created_at": key.created_at.map(rfc3339),
        "last_used": null,
    })
}
