//! Tokens put together by hand, as an attacker would.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::jwt::{self, Rules, SigningKey, Verifier};
use serde_json::{Value, json};

pub const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
pub const NOW_S: i64 = 1_800_000_000;
pub const SECRET: &[u8] = b"b7Kq0xVw2mZp9sLd4tYh6nRf1cGj3aE8";

pub fn eddsa() -> SigningKey {
    SigningKey::generate(jwt::Algorithm::EdDsa, &mut rand::rng()).unwrap()
}

pub fn hs256() -> SigningKey {
    SigningKey::from_secret(&Secret::new(SECRET.to_vec())).unwrap()
}

pub fn rules() -> Rules {
    Rules {
        issuer: "https://shop.example".into(),
        audience: "shop/production".into(),
        kind: Some("access".into()),
        leeway_s: 30,
    }
}

pub fn verifier(key: &SigningKey) -> Verifier {
    Verifier::new(rules(), key)
}

pub fn claims() -> Value {
    json!({
        "iss": "https://shop.example", "aud": "shop/production", "typ": "access", "sub": "7", "jti": "t1",
        "iat": NOW_S, "exp": NOW_S + 3600
    })
}

/// The claims with one of them changed.
pub fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

pub fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

pub fn sign(key: &SigningKey, claims: &Value) -> String {
    jwt::sign(key, claims).unwrap().expose().clone()
}

pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with any header, signed by any key with any algorithm.
pub fn forge(header: &Value, claims: &Value, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// A token with any header, properly signed with our HS256 secret.
pub fn forge_hs256(header: &Value, claims: &Value) -> String {
    forge(header, claims, &EncodingKey::from_secret(SECRET), Algorithm::HS256)
}
