//! Keys we hand out, and their hashes: only the hash is kept.
//!
//! A key is a readable prefix and 32 random bytes in base64url (SEC-32), so that its SHA-256 needs no salt and no cost.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::hmac::{Hmac, KeyInit, Mac};
use portcullis_base::Secret;
use rand::Rng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Characters of a key that may be shown and stored, prefix included.
const SHOWN_CHARS: usize = 8;

/// A fresh key: the text goes to its owner once, the rest is kept.
#[derive(Debug, Clone)]
pub struct GeneratedKey {
    /// The whole key.
    pub text: Secret<String>,
    /// What is kept of it.
    pub hash: [u8; 32],
    /// Its first characters, by which a list names it.
    pub prefix: String,
}

/// Makes a key such as `sk_` and 43 characters.
pub fn generate_key(prefix: &str, rng: &mut dyn Rng) -> GeneratedKey {
    let text = format!("{prefix}_{}", random_token(rng).expose());
    GeneratedKey {
        hash: sha256(text.as_bytes()),
        prefix: text.chars().take(SHOWN_CHARS).collect(),
        text: Secret::new(text),
    }
}

/// 32 random bytes as 43 characters of base64url.
pub fn random_token(rng: &mut dyn Rng) -> Secret<String> {
    let mut bytes = [0u8; 32];
    rng.fill_bytes(&mut bytes);
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

/// The SHA-256 of a key or token.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A value that only the holder of `key` can make from `message`: HMAC-SHA256.
pub fn keyed(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length; without one there would be nothing to keep secret.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mut mac| {
        mac.update(message);
        mac.finalize().into_bytes().into()
    })
}

/// Whether two values are equal, in a time that depends on their length alone.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_32_a_key_has_its_prefix_and_256_random_bits() {
        let (one, two) = (generate_key("sk", &mut rand::rng()), generate_key("sk", &mut rand::rng()));
        assert!(one.text.expose().starts_with("sk_") && one.text.expose().len() == 46);
        assert_ne!(one.text.expose(), two.text.expose());
        assert_eq!(one.hash, sha256(one.text.expose().as_bytes()));
        assert!(one.text.expose().starts_with(&one.prefix) && one.prefix.len() == 8);
    }

    #[test]
    fn sha256_is_the_one_of_the_standard() {
        // Source: FIPS 180-2, appendix B.1.
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn equal_means_equal() {
        assert!(same(b"abc", b"abc") && !same(b"abc", b"abd") && !same(b"abc", b"ab"));
    }
}
