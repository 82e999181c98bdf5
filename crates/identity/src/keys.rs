//! The keys that sign access tokens: made on first use, sealed in the store, the same on every node.

use crate::{
    Identity, IdentityError, LONGEST_ACCESS_TTL_S, NATIVE, SurfaceAlgorithm, SurfaceRules, surface::NATIVE_NAME,
};
use parking_lot::Mutex;
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::jwt::{Algorithm, KeyError, MAX_LEEWAY_S, Rules, SigningKey, Verifier, jwks};
use portcullis_project::{
    Project,
    settings::{TokenAlgorithm, parse_duration},
};
use portcullis_store::{
    StoreError,
    signing_keys::{self, SealedKey},
};
use std::{collections::HashMap, sync::Arc};

/// The keys of the stages this node has signed or checked tokens of.
#[derive(Debug, Default)]
pub(crate) struct KeyRing(Mutex<HashMap<Place, Arc<KeySet>>>);

/// One opening of a stage, and a surface.
type Place = (ConnectionId, u64, &'static str);

impl KeyRing {
    /// Forgets the keys of a connection: they are read again.
    pub fn forget(&self, connection: &ConnectionId) {
        self.0.lock().retain(|(own, ..), _| own != connection);
    }
}

/// The keys of one stage.
#[derive(Debug)]
pub(crate) struct KeySet {
    /// Signs.
    pub current: SigningKey,
    pub verifier: Verifier,
    jwks: String,
    read_at: Timestamp,
}

impl Identity {
    /// The keys of a stage for the tokens of a surface.
    pub(crate) async fn key_set(
        &self,
        project: &Project,
        surface: &'static SurfaceRules,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, IdentityError> {
        let place = (project.connection.clone(), project.generation, surface.name);
        if let Some(set) = self.keys.0.lock().get(&place) {
            return Ok(set.clone());
        }
        let set = Arc::new(self.read_keys(project, surface, now).await?);
        let mut keys = self.keys.0.lock();
        keys.retain(|(connection, generation, _), _| {
            *connection != project.connection || *generation == project.generation
        });
        keys.insert(place, set.clone());
        Ok(set)
    }

    /// The keys read again, because a token names one that is not known here; at most once a second.
    pub(crate) async fn key_set_again(
        &self,
        project: &Project,
        surface: &'static SurfaceRules,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, IdentityError> {
        let set = self.key_set(project, surface, now).await?;
        if now < set.read_at.plus_s(1) && set.read_at <= now {
            return Ok(set);
        }
        self.keys.forget(&project.connection);
        self.key_set(project, surface, now).await
    }

    /// The public keys of a stage as a JWK set.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn jwks(&self, project: &Project, now: Timestamp) -> Result<String, IdentityError> {
        Ok(self.key_set(project, &NATIVE, now).await?.jwks.clone())
    }

    /// Ends all access tokens of a stage at once; refresh tokens live on and give tokens of the new key.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn rotate_secret(&self, project: &Project, now: Timestamp) -> Result<(), IdentityError> {
        self.rotate(project, now, now, now).await
    }

    /// Signs with another key from now on; the former one verifies for one lifetime of a token. SEC-15.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn rotate_key(&self, project: &Project, now: Timestamp) -> Result<(), IdentityError> {
        let overlap = access_ttl_s(project) + i64::from(MAX_LEEWAY_S);
        let others = longest_ttl_s(project) + i64::from(MAX_LEEWAY_S);
        self.rotate(project, now.plus_s(overlap), now.plus_s(others), now).await
    }

    /// The other surfaces make their new keys when they next sign.
    async fn rotate(
        &self,
        project: &Project,
        retire: Timestamp,
        others: Timestamp,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let connection = project.connection.clone();
        let made = self.make_key(project, NATIVE_NAME, algorithm(project), now)?;
        self.store
            .db()
            .write(move |tx| {
                signing_keys::retire(tx, &connection, NATIVE_NAME, retire)?;
                signing_keys::retire_others(tx, &connection, NATIVE_NAME, others)?;
                signing_keys::insert(tx, &made)
            })
            .await?;
        self.revoke_keys(project, now).await
    }

    async fn read_keys(
        &self,
        project: &Project,
        surface: &'static SurfaceRules,
        now: Timestamp,
    ) -> Result<KeySet, IdentityError> {
        let (home, wanted) = home(project, surface);
        let connection = project.connection.clone();
        let mut kept = self.store.db().read(move |tx| signing_keys::good(tx, &connection, home, now)).await?;
        let given = if home == NATIVE_NAME { self.given_secret(project).await? } else { None };
        let mut keys = self.open(&kept)?;
        // A secret that was chosen signs until it is rotated away.
        let signs = |keys: &[(SigningKey, Option<Timestamp>)]| {
            keys.iter().position(|(key, retires)| retires.is_none() && key.algorithm() == wanted)
        };
        if let (None, Some(secret)) = (signs(&keys), given) {
            keys.insert(0, (secret, None));
        }
        if signs(&keys).is_none() {
            let (connection, made) = (project.connection.clone(), self.make_key(project, home, wanted, now)?);
            let before = kept.len();
            // Of two nodes that start together one makes the key.
            kept = self
                .store
                .db()
                .write(move |tx| {
                    let kept = signing_keys::good(tx, &connection, home, now)?;
                    if kept.len() > before {
                        return Ok(kept);
                    }
                    signing_keys::insert(tx, &made)?;
                    signing_keys::good(tx, &connection, home, now)
                })
                .await?;
            keys = self.open(&kept)?;
        }
        let at = signs(&keys).ok_or_else(|| IdentityError::Internal("no signing key".to_owned()))?;
        let (current, _) = keys.remove(at);
        let rules = Rules {
            issuer: issuer(project),
            audience: audience(project, surface),
            kind: Some("access".to_owned()),
            leeway_s: 5,
        };
        let mut verifier = Verifier::new(rules, &current);
        for (key, retires) in &keys {
            verifier = verifier.with_rotated(key, retires.unwrap_or(Timestamp(i64::MAX)));
        }
        let public: Vec<&SigningKey> = std::iter::once(&current).chain(keys.iter().map(|(key, _)| key)).collect();
        Ok(KeySet { jwks: jwks(&public), verifier, current, read_at: now })
    }

    fn open(&self, kept: &[SealedKey]) -> Result<Vec<(SigningKey, Option<Timestamp>)>, IdentityError> {
        kept.iter()
            .map(|key| {
                let bytes = self.store.open_signing_key(key)?;
                Ok((SigningKey::from_bytes(bytes.expose()).map_err(broken)?, key.retires_at))
            })
            .collect()
    }

    fn make_key(
        &self,
        project: &Project,
        home: &str,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<SealedKey, IdentityError> {
        let key = SigningKey::generate(algorithm, &mut rand::rng()).map_err(broken)?;
        Ok(SealedKey {
            kid: key.kid().to_owned(),
            connection: project.connection.clone(),
            surface: home.to_owned(),
            sealed: self.store.seal_signing_key(key.kid(), key.to_sealed_bytes().expose()),
            created_at: now,
            retires_at: None,
        })
    }

    /// The secret that the settings name for HS256.
    async fn given_secret(&self, project: &Project) -> Result<Option<SigningKey>, IdentityError> {
        let auth = &project.settings.auth;
        let (TokenAlgorithm::Hs256, Some(name)) = (auth.algorithm, &auth.jwt_secret) else { return Ok(None) };
        let text = match name.strip_prefix("secret:") {
            Some(name) => self.store.secret(&project.connection, name).await?,
            None => None,
        };
        let Some(text) = text else {
            return Err(IdentityError::Internal(format!("`auth.jwt_secret`: `{name}` has no value")));
        };
        let bytes = Secret::new(text.expose().as_bytes().to_vec());
        SigningKey::from_secret(&bytes)
            .map(Some)
            .map_err(|error| IdentityError::Internal(format!("`auth.jwt_secret`: {error}")))
    }
}

fn broken(error: KeyError) -> IdentityError {
    IdentityError::Store(StoreError::Other(error.to_string()))
}

const fn algorithm(project: &Project) -> Algorithm {
    match project.settings.auth.algorithm {
        TokenAlgorithm::EdDsa => Algorithm::EdDsa,
        TokenAlgorithm::Hs256 => Algorithm::Hs256,
    }
}

/// Who issues a stage's tokens: the same on every node, whatever address it is reached by.
pub(crate) fn issuer(project: &Project) -> String {
    format!("urn:portcullis:{}", project.id)
}

/// For whom: one stage, and of it one surface. SEC-12, SEC-14.
pub(crate) fn audience(project: &Project, surface: &SurfaceRules) -> String {
    match surface.name {
        NATIVE_NAME => format!("{}@{}", project.id, project.stage),
        name => format!("{}@{}/{name}", project.id, project.stage),
    }
}

/// Under which surface's name the keys are kept that sign for this one, and what they sign with.
fn home(project: &Project, surface: &SurfaceRules) -> (&'static str, Algorithm) {
    match (surface.algorithm, algorithm(project)) {
        (SurfaceAlgorithm::Hs256, Algorithm::EdDsa) => (surface.name, Algorithm::Hs256),
        (SurfaceAlgorithm::Hs256 | SurfaceAlgorithm::Project, own) => (NATIVE_NAME, own),
    }
}

/// How long an access token is good. Seconds.
pub(crate) fn access_ttl_s(project: &Project) -> i64 {
    ttl_s(&project.settings.auth.access_token_ttl, 3_600)
}

/// How long an access token of a surface is good. Seconds.
pub(crate) fn access_ttl_of(project: &Project, surface: &SurfaceRules) -> i64 {
    surface.access_ttl_s.map_or_else(|| access_ttl_s(project), |own| own.min(LONGEST_ACCESS_TTL_S))
}

/// How long an access token of any surface is good at most. Seconds.
pub(crate) fn longest_ttl_s(project: &Project) -> i64 {
    access_ttl_s(project).max(LONGEST_ACCESS_TTL_S)
}

/// A duration of the settings. Seconds.
pub(crate) fn ttl_s(text: &str, default: i64) -> i64 {
    parse_duration(text).ok().and_then(|time| i64::try_from(time.as_secs()).ok()).filter(|s| *s > 0).unwrap_or(default)
}
