//! Checks our own tokens with the current key and those it came after.

use super::{
    Algorithm, Claims, JwtError, MAX_TOKEN_BYTES, SigningKey, claims,
    token::{self, Parts},
};
use jsonwebtoken::{DecodingKey, crypto};
use portcullis_base::Timestamp;

/// What a token must say to be accepted.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Its `iss`.
    pub issuer: String,
    /// Its `aud`: this text, or a list that has it.
    pub audience: String,
    /// Its `typ` claim; `None`: it must not have one. SEC-13.
    pub kind: Option<String>,
    /// By how much clocks may differ; more than [`MAX_LEEWAY_S`](super::MAX_LEEWAY_S) counts as that. Seconds.
    pub leeway_s: u32,
}

/// Checks tokens of one issuer for one audience.
#[derive(Debug, Clone)]
pub struct Verifier {
    rules: Rules,
    current: Key,
    rotated: Vec<(Key, Timestamp)>,
}

/// A key and its one algorithm. SEC-11.
#[derive(Debug, Clone)]
struct Key {
    kid: String,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Verifier {
    /// A verifier with the key that signs now.
    pub fn new(rules: Rules, current: &SigningKey) -> Self {
        Self { rules, current: Key::of(current), rotated: Vec::new() }
    }

    /// Also accepts a former key, until `not_after`. SEC-15.
    #[must_use]
    pub fn with_rotated(mut self, key: &SigningKey, not_after: Timestamp) -> Self {
        self.rotated.push((Key::of(key), not_after));
        self
    }

    /// Checks a token and gives what it says. A token without `kid` is checked with the current key.
    ///
    /// # Errors
    ///
    /// The first reason why it is not accepted; the signature is checked before any claim is read.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, JwtError> {
        let parts = token::parse(token, MAX_TOKEN_BYTES)?;
        self.key(parts.header.kid.as_deref(), now)?.check(&parts)?;
        let claims = parts.claims()?;
        self.rules.check(&claims, now)?;
        Ok(claims)
    }

    fn key(&self, kid: Option<&str>, now: Timestamp) -> Result<&Key, JwtError> {
        let Some(kid) = kid.filter(|kid| *kid != self.current.kid) else { return Ok(&self.current) };
        match self.rotated.iter().find(|(key, _)| key.kid == kid) {
            Some((key, not_after)) if now < *not_after => Ok(key),
            Some(_) => Err(JwtError::RetiredKey),
            None => Err(JwtError::UnknownKey),
        }
    }
}

impl Key {
    fn of(key: &SigningKey) -> Self {
        Self { kid: key.kid().to_owned(), algorithm: key.algorithm(), key: key.checks().clone() }
    }

    fn check(&self, parts: &Parts<'_>) -> Result<(), JwtError> {
        if parts.header.alg != self.algorithm.word() {
            return Err(JwtError::Algorithm);
        }
        match crypto::verify(parts.signature, parts.message.as_bytes(), &self.key, self.algorithm.lib()) {
            Ok(true) => Ok(()),
            _ => Err(JwtError::Signature),
        }
    }
}

impl Rules {
    fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), JwtError> {
        claims::check_issuer(claims, &self.issuer)?;
        claims::check_audience(claims, &self.audience)?;
        claims::check_kind(claims, self.kind.as_deref())?;
        claims::text(claims, "sub")?;
        claims::text(claims, "jti")?;
        claims::check_times(claims, self.leeway_s, now)
    }
}
