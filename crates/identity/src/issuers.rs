//! Identity providers elsewhere whose tokens a stage accepts in place of ours.
//!
//! Takes a token and the stage's [`ExternalIssuer`]; gives the user's id as text and what else the token says. The
//! issuer's public keys are fetched through [`Outbound`] and kept for a while ([`keys`]). Issuer and audience are
//! pinned (SEC-29); algorithms with a shared secret are never accepted (SEC-11).

mod config;
mod keys;

pub use config::{ExternalIssuer, IssuerDocument};

use crate::outbound::{Outbound, OutboundError};
use keys::KeyCache;
use portcullis_base::{Clock, ConnectionId};
use portcullis_crypto::jwt::{Claims, ForeignAlgorithm, ForeignExpected, JwtError};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// By how much an issuer's clock may differ from ours. Seconds.
const LEEWAY_S: u32 = 60;

/// The longest user id. SEC-52.
const MAX_ID_BYTES: usize = 256;

/// Why an issuer or one of its tokens is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The document that describes the issuer cannot be used.
    #[error("`{field}`: {why}")]
    Config {
        /// The member.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The token is not accepted.
    #[error(transparent)]
    Token(#[from] JwtError),
    /// The claim that names the user is missing, or neither text nor a whole number.
    #[error("the token's claim `{0}` names no user")]
    NoUser(String),
    /// The issuer's keys cannot be had: not the caller's fault.
    #[error("the keys of the issuer cannot be had: {0}")]
    Keys(Arc<OutboundError>),
    /// What the issuer publishes is no set of keys that we could use.
    #[error("the keys of the issuer cannot be used")]
    NoKeys,
}

impl IssuerError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Config { .. } => "invalid_auth_config",
            Self::Token(JwtError::Expired) => "token_expired",
            Self::Token(_) | Self::NoUser(_) => "invalid_token",
            Self::Keys(_) | Self::NoKeys => "issuer_unavailable",
        }
    }
}

/// Someone whom an issuer elsewhere vouches for.
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalUser {
    /// The user's id as text, as it stands in the mapped id column.
    pub id: String,
    /// Everything the token says.
    pub claims: Claims,
}

/// The issuers of all stages, and the keys they publish.
#[derive(Debug)]
pub struct Issuers {
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<ConnectionId, Arc<Known>>>,
}

/// An issuer as it was when its keys were fetched.
#[derive(Debug)]
struct Known {
    issuer: ExternalIssuer,
    keys: KeyCache,
}

impl Issuers {
    /// No issuers yet.
    pub fn new(outbound: Outbound, clock: Arc<dyn Clock>) -> Self {
        Self { outbound, clock, known: Mutex::default() }
    }

    /// Checks a token of a stage's issuer. A new key of the issuer is fetched when a token names it.
    ///
    /// # Errors
    ///
    /// [`IssuerError::Token`], [`IssuerError::NoUser`]; [`IssuerError::Keys`] and [`IssuerError::NoKeys`] when the
    /// issuer has no keys for us and none are remembered.
    pub async fn verify(
        &self,
        connection: &ConnectionId,
        issuer: &ExternalIssuer,
        token: &str,
    ) -> Result<ExternalUser, IssuerError> {
        let known = self.known(connection, issuer);
        let now = self.clock.now();
        let expected = ForeignExpected {
            issuer: issuer.issuer(),
            audience: issuer.audience(),
            algorithms: ForeignAlgorithm::ALL,
            nonce: None,
            leeway_s: LEEWAY_S,
            now,
        };
        let keys = known.keys.get(&self.outbound, issuer.jwks_url(), now).await?;
        let claims = match keys.verify(token, &expected) {
            Err(JwtError::UnknownKey) => {
                let newer = known.keys.newer(&keys, &self.outbound, issuer.jwks_url(), now).await;
                newer.ok_or(JwtError::UnknownKey)?.verify(token, &expected)?
            }
            checked => checked?,
        };
        let id = user_id(&claims, issuer.user_id_claim())?;
        Ok(ExternalUser { id, claims })
    }

    /// Forgets the keys of a stage's issuer: it was removed or replaced.
    pub fn forget(&self, connection: &ConnectionId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(connection);
    }

    fn known(&self, connection: &ConnectionId, issuer: &ExternalIssuer) -> Arc<Known> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(connection) {
            Some(known) if known.issuer == *issuer => Arc::clone(known),
            // New, or changed on another node: keys of the former one must not be used.
            _ => {
                let known = Arc::new(Known { issuer: issuer.clone(), keys: KeyCache::default() });
                all.insert(connection.clone(), Arc::clone(&known));
                known
            }
        }
    }
}

fn user_id(claims: &Claims, name: &str) -> Result<String, IssuerError> {
    let id = match claims.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.as_i64().map(|id| id.to_string()).unwrap_or_default(),
        _ => String::new(),
    };
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err(IssuerError::NoUser(name.to_owned()));
    }
    Ok(id)
}

#[cfg(test)]
#[path = "issuers/tests.rs"]
mod tests;
