//! Checks tokens of issuers elsewhere with the keys they publish.

use super::{
    Claims, JwtError, KeyError, MAX_FOREIGN_TOKEN_BYTES, claims,
    token::{self, Parts},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm as LibAlgorithm, DecodingKey, crypto,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use portcullis_base::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// More keys than any issuer has; what comes after is not read.
const MAX_KEYS: usize = 64;

/// Bytes of the shortest RSA modulus that is accepted.
const MIN_RSA_BYTES: usize = 256;

/// Bytes of a coordinate of P-256 and of an Ed25519 key.
const POINT_BYTES: usize = 32;

/// How issuers elsewhere sign. Shared secrets are not among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ForeignAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl ForeignAlgorithm {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Rs256, Self::Es256, Self::EdDsa];

    /// Its name in a token's header.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    const fn lib(self) -> LibAlgorithm {
        match self {
            Self::Rs256 => LibAlgorithm::RS256,
            Self::Es256 => LibAlgorithm::ES256,
            Self::EdDsa => LibAlgorithm::EdDSA,
        }
    }
}

/// What a foreign token must say to be accepted.
#[derive(Debug, Clone, Copy)]
pub struct ForeignExpected<'a> {
    /// Its `iss`, exactly.
    pub issuer: &'a str,
    /// Its `aud`: this text, or a list that has it.
    pub audience: &'a str,
    /// The algorithms that are accepted of this issuer.
    pub algorithms: &'a [ForeignAlgorithm],
    /// The `nonce` we asked with. With it the token is an ID token: of several audiences `azp` must be ours.
    pub nonce: Option<&'a str>,
    /// By how much clocks may differ; more than [`MAX_LEEWAY_S`](super::MAX_LEEWAY_S) counts as that. Seconds.
    pub leeway_s: u32,
    /// The present moment.
    pub now: Timestamp,
}

/// The public keys of an issuer.
#[derive(Debug, Clone)]
pub struct ForeignKeys(Vec<ForeignKey>);

#[derive(Debug, Clone)]
struct ForeignKey {
    kid: Option<String>,
    algorithm: ForeignAlgorithm,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl ForeignKeys {
    /// Reads a JWK set. Keys for other uses, of other kinds or too weak are left out.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAKeySet`]; [`KeyError::NoUsableKey`] when none is left.
    pub fn parse(document: &str) -> Result<Self, KeyError> {
        let document: Document = serde_json::from_str(document).map_err(|_| KeyError::NotAKeySet)?;
        let keys: Vec<_> = document.keys.into_iter().take(MAX_KEYS).filter_map(read).collect();
        if keys.is_empty() { Err(KeyError::NoUsableKey) } else { Ok(Self(keys)) }
    }

    /// Checks a token and gives what it says; `exp`, `iat`, `iss` and `aud` are required, and `sub` is text if it is there.
    ///
    /// # Errors
    ///
    /// [`JwtError::UnknownKey`] when the token names a key that is not in the set: a newer set may have it.
    /// Otherwise the first reason why it is not accepted.
    pub fn verify(&self, token: &str, expected: &ForeignExpected<'_>) -> Result<Claims, JwtError> {
        let parts = token::parse(token, MAX_FOREIGN_TOKEN_BYTES)?;
        self.check_signature(&parts, expected.algorithms)?;
        let claims = parts.claims()?;
        expected.check(&claims)?;
        Ok(claims)
    }

    fn check_signature(&self, parts: &Parts<'_>, algorithms: &[ForeignAlgorithm]) -> Result<(), JwtError> {
        let accepted = algorithms.iter().copied().find(|algorithm| algorithm.word() == parts.header.alg);
        let algorithm = accepted.ok_or(JwtError::Algorithm)?;
        let mut named =
            self.0.iter().filter(|key| parts.header.kid.is_none() || parts.header.kid == key.kid).peekable();
        if named.peek().is_none() {
            return Err(JwtError::UnknownKey);
        }
        let mut candidates = named.filter(|key| key.algorithm == algorithm).peekable();
        if candidates.peek().is_none() {
            return Err(JwtError::Algorithm);
        }
        if candidates.any(|key| key.fits(parts)) { Ok(()) } else { Err(JwtError::Signature) }
    }
}

impl ForeignKey {
    fn fits(&self, parts: &Parts<'_>) -> bool {
        let message = parts.message.as_bytes();
        crypto::verify(parts.signature, message, &self.key, self.algorithm.lib()).unwrap_or(false)
    }
}

impl ForeignExpected<'_> {
    fn check(&self, claims: &Claims) -> Result<(), JwtError> {
        claims::check_issuer(claims, self.issuer)?;
        let audiences = claims::check_audience(claims, self.audience)?;
        if claims.contains_key("sub") {
            claims::text(claims, "sub")?;
        }
        claims::check_times(claims, self.leeway_s, self.now)?;
        let Some(nonce) = self.nonce else { return Ok(()) };
        if !crate::same(claims::text(claims, "nonce")?.as_bytes(), nonce.as_bytes()) {
            return Err(JwtError::Nonce);
        }
        // Source: OpenID Connect Core §3.1.3.7.
        if audiences > 1 && claims::text(claims, "azp")? != self.audience {
            return Err(JwtError::Audience);
        }
        Ok(())
    }
}

fn read(key: Value) -> Option<ForeignKey> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let algorithm = algorithm(&jwk.algorithm)?;
    if !is_for_signatures(&jwk) || jwk.common.key_algorithm.is_some_and(|named| named != name(algorithm)) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(ForeignKey { kid: jwk.common.key_id, algorithm, key })
}

/// The one algorithm for a key of this kind, if the key is well-formed and strong enough.
fn algorithm(parameters: &AlgorithmParameters) -> Option<ForeignAlgorithm> {
    match parameters {
        AlgorithmParameters::RSA(rsa) if is_strong(&rsa.n) => Some(ForeignAlgorithm::Rs256),
        AlgorithmParameters::EllipticCurve(ec)
            if ec.curve == EllipticCurve::P256 && bytes(&ec.x) == POINT_BYTES && bytes(&ec.y) == POINT_BYTES =>
        {
            Some(ForeignAlgorithm::Es256)
        }
        AlgorithmParameters::OctetKeyPair(okp)
            if okp.curve == EllipticCurve::Ed25519 && bytes(&okp.x) == POINT_BYTES =>
        {
            Some(ForeignAlgorithm::EdDsa)
        }
        _ => None,
    }
}

const fn name(algorithm: ForeignAlgorithm) -> KeyAlgorithm {
    match algorithm {
        ForeignAlgorithm::Rs256 => KeyAlgorithm::RS256,
        ForeignAlgorithm::Es256 => KeyAlgorithm::ES256,
        ForeignAlgorithm::EdDsa => KeyAlgorithm::EdDSA,
    }
}

fn is_for_signatures(jwk: &Jwk) -> bool {
    let used = jwk.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
    let operations = jwk.common.key_operations.as_ref();
    used && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// How many bytes a text stands for; 0 when it is no base64url.
fn bytes(text: &str) -> usize {
    URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len())
}

/// Whether an RSA modulus is long enough; zeros in front do not count.
fn is_strong(modulus: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(modulus).unwrap_or_default();
    bytes.iter().skip_while(|byte| **byte == 0).count() >= MIN_RSA_BYTES
}
