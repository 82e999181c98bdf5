//! Whose an access token is: checked once, remembered by its hash, and asked of the revocations every time.
//! Costs no call of any database on the way of a request.

use crate::{
    Client, CredentialFault, Identity, IdentityError, SurfaceRules, keys::access_ttl_of, methods::password::Who,
    surface::NATIVE_NAME, users::Directory,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use parking_lot::Mutex;
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::{
    jwt::{Claims, JwtError},
    keyed, sha256,
};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// Entries of half a shard; with two halves and 16 shards at most 65,536 tokens are remembered.
const HALF: usize = 2_048;
const SHARDS: usize = 16;
/// How long a verified pair of HTTP Basic is remembered. Seconds.
const BASIC_S: i64 = 60;
/// By how much clocks of nodes may differ. Seconds.
const LEEWAY_S: i64 = 5;

/// What was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Who calls.
    pub user: Arc<EndUser>,
    /// Until when.
    pub until: Timestamp,
    /// Whether the users table has no row for the user, who comes of another issuer.
    pub(crate) foreign: bool,
}

#[derive(Debug, Clone)]
struct Remembered {
    connection: ConnectionId,
    generation: u64,
    keys: u64,
    version: i64,
    accepted: Accepted,
}

/// Accepted tokens by their hash. What was not asked for since the half before was filled is forgotten.
#[derive(Debug)]
pub(crate) struct TokenCache([Mutex<Halves>; SHARDS]);

#[derive(Debug, Default)]
struct Halves {
    young: HashMap<[u8; 32], Arc<Remembered>>,
    old: HashMap<[u8; 32], Arc<Remembered>>,
}

impl Default for TokenCache {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl TokenCache {
    fn get(&self, hash: &[u8; 32]) -> Option<Arc<Remembered>> {
        let mut halves = self.0[usize::from(hash[0]) % SHARDS].lock();
        if let Some(known) = halves.young.get(hash) {
            return Some(Arc::clone(known));
        }
        let known = halves.old.remove(hash)?;
        halves.put(*hash, Arc::clone(&known));
        Some(known)
    }

    fn put(&self, hash: [u8; 32], known: Remembered) {
        self.0[usize::from(hash[0]) % SHARDS].lock().put(hash, Arc::new(known));
    }

    fn remove(&self, hash: &[u8; 32]) {
        let mut halves = self.0[usize::from(hash[0]) % SHARDS].lock();
        halves.young.remove(hash);
        halves.old.remove(hash);
    }
}

impl Halves {
    fn put(&mut self, hash: [u8; 32], known: Arc<Remembered>) {
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, known);
    }
}

impl Identity {
    /// Whose access token this is; it must be one of the surface that is asked.
    ///
    /// # Errors
    ///
    /// [`IdentityError::BadCredentials`] for whatever is wrong with it.
    pub async fn accept_token(
        &self,
        project: &Project,
        surface: &'static SurfaceRules,
        token: &str,
        now: Timestamp,
    ) -> Result<Accepted, IdentityError> {
        let accepted = self.token_holder(project, surface, token, now).await?;
        self.up_to_date(project, accepted, now).await
    }

    async fn token_holder(
        &self,
        project: &Project,
        surface: &'static SurfaceRules,
        token: &str,
        now: Timestamp,
    ) -> Result<Accepted, IdentityError> {
        // What one surface accepted is nothing to another. SEC-12.
        let hash = match surface.name {
            NATIVE_NAME => sha256(token.as_bytes()),
            name => sha256(format!("{name} {token}").as_bytes()),
        };
        if let Some(accepted) = self.remembered(project, &hash, now)? {
            return Ok(accepted);
        }
        let keys = self.revocations.keys(&project.connection);
        let set = self.key_set(project, surface, now).await?;
        let checked = match set.verifier.verify(token, now) {
            // Another node may have made the key a moment ago.
            Err(JwtError::UnknownKey) => self.key_set_again(project, surface, now).await?.verifier.verify(token, now),
            other => other,
        };
        let claims = match checked {
            Ok(claims) => claims,
            Err(error) => {
                let other = self.accept_external(project, token, hash, now).await?;
                return other.ok_or(CredentialFault::Token(error).into());
            }
        };
        let (user, version, until) = read(&claims).ok_or(CredentialFault::Claims)?;
        // What ended it is remembered for as long as tokens live now: one that was made to live longer does not. SEC-18.
        let made = claims.get("iat").and_then(Value::as_i64).ok_or(CredentialFault::Claims)?;
        let until = until.min(Timestamp(made.saturating_mul(1_000_000)).plus_s(access_ttl_of(project, surface)));
        if now >= until.plus_s(LEEWAY_S) {
            return Err(CredentialFault::Outlived.into());
        }
        self.revocations.check(&project.connection, &user.id, version, user.session.as_deref())?;
        let accepted = Accepted { user: Arc::new(user), until, foreign: false };
        self.remember(project, hash, keys, version, &accepted);
        Ok(accepted)
    }

    /// Whose HTTP Basic credentials these are; a pair that was good a minute ago costs no hash. Failures count as
    /// failed logins.
    ///
    /// # Errors
    ///
    /// As a login's.
    pub async fn accept_basic(
        &self,
        project: &Project,
        credentials: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Accepted, IdentityError> {
        let accepted = self.basic_holder(project, credentials, client, now).await?;
        self.up_to_date(project, accepted, now).await
    }

    async fn basic_holder(
        &self,
        project: &Project,
        credentials: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Accepted, IdentityError> {
        // Who sets up a second factor is asked again at once: no pair is known under another number.
        let epoch = self.revocations.basics(&project.connection);
        // The same pair may be two users', in two tenants.
        let tenant = client.tenant.as_deref().unwrap_or_default();
        let message = format!("basic {} {epoch} {} {tenant} {credentials}", project.connection, tenant.len());
        let hash = keyed(self.secret.expose(), message.as_bytes());
        if let Some(accepted) = self.remembered(project, &hash, now)? {
            return Ok(accepted);
        }
        let directory = Directory::of(project)?.within(client.tenant.as_deref())?;
        let plain = STANDARD.decode(credentials.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let plain = Secret::new(plain.ok_or(CredentialFault::BasicForm)?);
        let (login, password) = plain.expose().split_once(':').ok_or(CredentialFault::BasicForm)?;
        let given = Secret::new(password.to_owned());
        let proof = self.prove_password(&directory, Who::Login(login), &given, client, now).await?;
        let user = proof.user();
        let state = self.state_of(project, &user.id).await?;
        if project.settings.auth.require_verified_email && !crate::sessions::is_verified(user, &state) {
            return Err(IdentityError::EmailNotVerified);
        }
        if self.owner(project, &user.id).second_factors().await?.any() {
            return Err(CredentialFault::BasicSecondFactor { user: user.id.clone() }.into());
        }
        let standing = self.stands(&directory, user, &state).await?;
        let part = self.part(project, &standing, standing.chosen(None), now).await?;
        let known = EndUser { id: user.id.clone(), email: user.email.clone(), ..EndUser::default() };
        let user = Arc::new(part.end_user(known));
        let accepted = Accepted { user, until: now.plus_s(BASIC_S), foreign: false };
        let keys = self.revocations.keys(&project.connection);
        let version = proof.version().unwrap_or(state.password_version);
        self.remember(project, hash, keys, version, &accepted);
        Ok(accepted)
    }

    pub(crate) fn remember(&self, project: &Project, hash: [u8; 32], keys: u64, version: i64, accepted: &Accepted) {
        let (connection, generation) = (project.connection.clone(), project.generation);
        self.tokens.put(hash, Remembered { connection, generation, keys, version, accepted: accepted.clone() });
    }

    pub(crate) fn remembered(
        &self,
        project: &Project,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Accepted>, IdentityError> {
        let Some(known) = self.tokens.get(hash) else { return Ok(None) };
        let own = known.connection == project.connection
            && known.generation == project.generation
            && known.keys == self.revocations.keys(&project.connection);
        if !own || now >= known.accepted.until {
            self.tokens.remove(hash);
            return Ok(None);
        }
        let user = &known.accepted.user;
        match self.revocations.check(&project.connection, &user.id, known.version, user.session.as_deref()) {
            Ok(()) => Ok(Some(known.accepted.clone())),
            // What ended it may have left the credentials good, such as a role that was given: they are looked at again.
            Err(IdentityError::BadCredentials(_)) => {
                self.tokens.remove(hash);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// What a checked token says; a claim of another type than ours is a refusal. SEC-12.
fn read(claims: &Claims) -> Option<(EndUser, i64, Timestamp)> {
    let text = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
    let roles = claims.get("roles")?.as_array()?.iter().map(|role| role.as_str().map(str::to_owned));
    let tenant = match claims.get("tenant_id")? {
        Value::Null => None,
        Value::String(tenant) => Some(tenant.clone()),
        _ => return None,
    };
    let administrator = match claims.get("administrator") {
        None => false,
        Some(flag) => flag.as_bool()?,
    };
    let user = EndUser {
        id: text("sub")?,
        email: text("email")?,
        roles: roles.collect::<Option<_>>()?,
        tenant,
        administrator,
        session: Some(text("sid")?),
        aal2: text("aal")? == "aal2",
        scopes: None,
        ..EndUser::default()
    };
    let until = Timestamp(claims.get("exp")?.as_i64()?.checked_mul(1_000_000)?);
    Some((user, claims.get("pv")?.as_i64()?, until))
}
