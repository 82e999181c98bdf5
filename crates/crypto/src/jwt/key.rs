//! Keys that sign our own tokens, and their public half.

use super::{KeyError, secret};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm as LibAlgorithm, DecodingKey, EncodingKey, Header, encode,
    jwk::{CommonParameters, Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use portcullis_base::Secret;
use rand::Rng;
use serde::Serialize;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8. Source: RFC 8410 §7.
const PKCS8_ED25519: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// The first byte of a kept key.
const EDDSA: u8 = 1;
const HS256: u8 = 2;

/// How our own tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519: others can check a token with the public key.
    EdDsa,
    /// HMAC with SHA-256: whoever can check a token can make one.
    Hs256,
}

impl Algorithm {
    /// Its name in a token's header.
    pub const fn word(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    pub(super) const fn lib(self) -> LibAlgorithm {
        match self {
            Self::EdDsa => LibAlgorithm::EdDSA,
            Self::Hs256 => LibAlgorithm::HS256,
        }
    }
}

/// A key that signs tokens with one algorithm.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    bytes: Secret<Vec<u8>>,
    signs: EncodingKey,
    checks: DecodingKey,
    /// Its public half, if it has one.
    public: Option<Jwk>,
}

impl SigningKey {
    /// Makes a key of 32 random bytes.
    ///
    /// # Errors
    ///
    /// [`KeyError::Damaged`] if chance gave bytes that are no key, which it does not.
    pub fn generate(algorithm: Algorithm, rng: &mut dyn Rng) -> Result<Self, KeyError> {
        let mut bytes = vec![0u8; 32];
        rng.fill_bytes(&mut bytes);
        match algorithm {
            Algorithm::EdDsa => Self::eddsa(Secret::new(bytes)),
            Algorithm::Hs256 => Self::hs256(Secret::new(bytes)),
        }
    }

    /// An HS256 key from a secret that somebody chose.
    ///
    /// # Errors
    ///
    /// [`KeyError::ShortSecret`] and [`KeyError::GuessableSecret`]. SEC-15.
    pub fn from_secret(secret: &Secret<Vec<u8>>) -> Result<Self, KeyError> {
        secret::check(secret.expose())?;
        Self::hs256(secret.clone())
    }

    /// The key as bytes, to be sealed and kept.
    pub fn to_sealed_bytes(&self) -> Secret<Vec<u8>> {
        let kind = match self.algorithm {
            Algorithm::EdDsa => EDDSA,
            Algorithm::Hs256 => HS256,
        };
        let mut bytes = Vec::with_capacity(1 + self.bytes.expose().len());
        bytes.push(kind);
        bytes.extend_from_slice(self.bytes.expose());
        Secret::new(bytes)
    }

    /// The key that [`SigningKey::to_sealed_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`KeyError::Damaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        match bytes.split_first() {
            Some((&EDDSA, seed)) if seed.len() == 32 => Self::eddsa(Secret::new(seed.to_vec())),
            Some((&HS256, secret)) if secret.len() >= secret::MIN_BYTES => Self::hs256(Secret::new(secret.to_vec())),
            _ => Err(KeyError::Damaged),
        }
    }

    /// By which a token names the key: follows from the key, so that every node gives it the same name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its one algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) const fn checks(&self) -> &DecodingKey {
        &self.checks
    }

    fn eddsa(seed: Secret<Vec<u8>>) -> Result<Self, KeyError> {
        let der = Zeroizing::new([&PKCS8_ED25519, seed.expose().as_slice()].concat());
        let signs = EncodingKey::from_ed_der(&der);
        let mut public = Jwk::from_encoding_key(&signs, LibAlgorithm::EdDSA).map_err(|_| KeyError::Damaged)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyError::Damaged)?;
        let checks = DecodingKey::from_jwk(&public).map_err(|_| KeyError::Damaged)?;
        public.common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_id: Some(kid.clone()),
            ..public.common
        };
        Ok(Self { kid, algorithm: Algorithm::EdDsa, bytes: seed, signs, checks, public: Some(public) })
    }

    fn hs256(secret: Secret<Vec<u8>>) -> Result<Self, KeyError> {
        // Tells no more of the secret than any token does.
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).map_err(|_| KeyError::Damaged)?;
        mac.update(b"portcullis kid");
        let kid = URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..12]);
        let (signs, checks) = (EncodingKey::from_secret(secret.expose()), DecodingKey::from_secret(secret.expose()));
        Ok(Self { kid, algorithm: Algorithm::Hs256, bytes: secret, signs, checks, public: None })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// Signs claims.
///
/// # Errors
///
/// [`KeyError::Claims`] for claims that are no JSON object.
pub fn sign(key: &SigningKey, claims: &impl Serialize) -> Result<Secret<String>, KeyError> {
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(key.algorithm.lib()) };
    encode(&header, claims, &key.signs).map(Secret::new).map_err(|_| KeyError::Claims)
}

/// The public halves of keys as a JWK set. Keys without one are left out.
pub fn jwks(keys: &[&SigningKey]) -> String {
    let set = JwkSet { keys: keys.iter().filter_map(|key| key.public.clone()).collect() };
    serde_json::to_string(&set).unwrap_or_else(|_| r#"{"keys":[]}"#.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The key of RFC 8037, appendix A.1.
    fn rfc_8037() -> SigningKey {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        SigningKey::eddsa(Secret::new(seed)).unwrap()
    }

    #[test]
    fn an_ed25519_key_signs_as_the_standard_shows() {
        // Source: RFC 8037, appendix A.2 to A.4. Its payload is no JSON, so that the parts are put together here.
        let key = rfc_8037();
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key.signs, LibAlgorithm::EdDSA).unwrap();
        assert_eq!(signature, "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
        let fits = |key: &SigningKey| {
            jsonwebtoken::crypto::verify(&signature, message.as_bytes(), key.checks(), LibAlgorithm::EdDSA).unwrap()
        };
        assert!(fits(&key) && !fits(&SigningKey::generate(Algorithm::EdDsa, &mut rand::rng()).unwrap()));
    }

    #[test]
    fn hs256_is_the_one_of_the_standard() {
        // Source: RFC 7515, appendix A.1.
        let secret = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let key = SigningKey::from_secret(&Secret::new(secret)).unwrap();
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
                       eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key.signs, LibAlgorithm::HS256).unwrap();
        assert_eq!(signature, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn a_kept_key_comes_back_as_it_was() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Hs256] {
            let key = SigningKey::generate(algorithm, &mut rand::rng()).unwrap();
            let back = SigningKey::from_bytes(key.to_sealed_bytes().expose()).unwrap();
            assert_eq!((back.kid(), back.algorithm()), (key.kid(), algorithm));
            let claims = json!({"sub": "7"});
            assert_eq!(sign(&back, &claims).unwrap().expose(), sign(&key, &claims).unwrap().expose());
        }
        for damaged in [&[][..], &[1], &[9; 33], &[1; 32], &[1; 34], &[2; 32]] {
            assert_eq!(SigningKey::from_bytes(damaged).unwrap_err(), KeyError::Damaged);
        }
    }

    #[test]
    fn a_key_set_shows_public_halves_only() {
        let (one, two) = (rfc_8037(), SigningKey::generate(Algorithm::Hs256, &mut rand::rng()).unwrap());
        let set: Value = serde_json::from_str(&jwks(&[&one, &two])).unwrap();
        assert_eq!(
            set,
            json!({"keys": [{
                "use": "sig", "alg": "EdDSA", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
            }]})
        );
        assert_eq!(jwks(&[&two]), r#"{"keys":[]}"#);
    }

    #[test]
    fn sec_61_a_key_does_not_print_itself() {
        let key = SigningKey::from_secret(&Secret::new(b"b7Kq0xVw2mZp9sLd4tYh6nRf1cGj3aE8".to_vec())).unwrap();
        let printed = format!("{key:?}");
        assert!(printed.contains("Hs256") && !printed.contains("98, 55") && !printed.contains("b7Kq"), "{printed}");
    }

    #[test]
    fn sec_15_a_weak_secret_makes_no_key() {
        let weak = |text: &str| SigningKey::from_secret(&Secret::new(text.as_bytes().to_vec())).unwrap_err();
        assert_eq!(weak("secret"), KeyError::ShortSecret);
        assert_eq!(weak("reallyreallyreallyreallyverysafe"), KeyError::GuessableSecret);
    }
}
