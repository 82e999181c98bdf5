//! Sealing: a secret at rest under a key that does not lie beside it. SEC-60.
//!
//! A sealed value is `1 | key id (4) | nonce (12) | AES-256-GCM`. The place where it is kept (table, record, field)
//! is associated data, so a value moved to another place does not open.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce, Payload},
};
use hkdf::Hkdf;
use portcullis_base::Secret;
use rand::Rng;
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A master key has at least so many characters: 32 random bytes are 43 of base64, 64 of hex.
pub const MIN_MASTER_KEY_CHARS: usize = 32;

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 1 + 4 + 12;

/// Where a sealed value is kept.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The record's id.
    pub record: &'a str,
    /// The column.
    pub field: &'a str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for part in [self.table, self.record, self.field] {
            data.extend_from_slice(&(part.len() as u64).to_be_bytes());
            data.extend_from_slice(part.as_bytes());
        }
        data
    }
}

/// Why a value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The master key is too short to be one.
    #[error("the master key has fewer than {MIN_MASTER_KEY_CHARS} characters; make one with `openssl rand -base64 32`")]
    WeakMasterKey,
    /// Sealed under another master key.
    #[error("the value was sealed with another master key")]
    OtherKey,
    /// Altered, cut short, or taken from another place.
    #[error("the sealed value is damaged or not from this place")]
    Damaged,
}

/// Seals and opens values, and derives keys for other uses, all from one master key.
#[derive(Clone)]
pub struct Sealer {
    cipher: Aes256Gcm,
    key_id: [u8; 4],
    kdf: Hkdf<Sha256>,
}

impl Sealer {
    /// Derives the keys from a master key.
    ///
    /// # Errors
    ///
    /// [`SealError::WeakMasterKey`] below [`MIN_MASTER_KEY_CHARS`].
    pub fn new(master: &Secret<String>) -> Result<Self, SealError> {
        let text = master.expose().trim();
        if text.chars().count() < MIN_MASTER_KEY_CHARS {
            return Err(SealError::WeakMasterKey);
        }
        let kdf = Hkdf::<Sha256>::new(Some(b"portcullis"), text.as_bytes());
        let key = Zeroizing::new(derive::<32>(&kdf, "seal"));
        Ok(Self { cipher: Aes256Gcm::new((&*key).into()), key_id: derive(&kdf, "seal key id"), kdf })
    }

    /// Which master key this is: stands in front of every sealed value.
    pub const fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    /// Seals a value for one place, under a fresh nonce.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Vec<u8> {
        // Chance is not a parameter here: a nonce that a test could repeat would be a way to break the seal.
        let mut nonce = Nonce::<Aes256Gcm>::default();
        rand::rng().fill_bytes(&mut nonce);
        let aad = place.associated_data();
        let body = self.cipher.encrypt(&nonce, Payload { msg: plain, aad: &aad }).unwrap_or_default();
        let mut sealed = Vec::with_capacity(HEAD_BYTES + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.key_id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    ///
    /// [`SealError::OtherKey`] and [`SealError::Damaged`].
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let Some((head, body)) = sealed.split_at_checked(HEAD_BYTES) else { return Err(SealError::Damaged) };
        if head[0] != VERSION {
            return Err(SealError::Damaged);
        }
        if head[1..5] != self.key_id {
            return Err(SealError::OtherKey);
        }
        let nonce = Nonce::<Aes256Gcm>::try_from(&head[5..]).map_err(|_| SealError::Damaged)?;
        let aad = place.associated_data();
        let plain = self.cipher.decrypt(&nonce, Payload { msg: body, aad: &aad }).map_err(|_| SealError::Damaged)?;
        Ok(Secret::new(plain))
    }

    /// As [`Sealer::open`], for text.
    ///
    /// # Errors
    ///
    /// As [`Sealer::open`]; also when the value is not UTF-8.
    pub fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret<String>, SealError> {
        let plain = self.open(place, sealed)?;
        std::str::from_utf8(plain.expose()).map(|text| Secret::new(text.to_owned())).map_err(|_| SealError::Damaged)
    }

    /// A key for another purpose (signed cursors and the like), the same on every node with this master key.
    pub fn derive_key(&self, purpose: &str) -> Secret<Vec<u8>> {
        let mut key = derive::<32>(&self.kdf, &format!("key {purpose}"));
        let secret = Secret::new(key.to_vec());
        key.zeroize();
        secret
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(***)")
    }
}

fn derive<const N: usize>(kdf: &Hkdf<Sha256>, info: &str) -> [u8; N] {
    let mut key = [0u8; N];
    // Fails only above 255 blocks of 32 bytes.
    let fits = kdf.expand(info.as_bytes(), &mut key).is_ok();
    debug_assert!(fits);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place { table: "connections", record: "conn_1", field: "url" };

    fn sealer(master: &str) -> Sealer {
        Sealer::new(&Secret::new(master.repeat(32))).unwrap()
    }

    #[test]
    fn sec_60_a_sealed_value_opens_at_its_place_and_nowhere_else() {
        let sealer = sealer("a");
        let sealed = sealer.seal(PLACE, b"postgres://ada:hunter2@db/shop");
        assert!(!String::from_utf8_lossy(&sealed).contains("hunter2"));
        assert_eq!(sealer.open_text(PLACE, &sealed).unwrap().expose(), "postgres://ada:hunter2@db/shop");
        for other in [
            Place { record: "conn_2", ..PLACE },
            Place { field: "urls", ..PLACE },
            // The parts are told apart by their lengths: moving a letter over the border is another place.
            Place { table: "connection", record: "sconn_1", ..PLACE },
        ] {
            assert_eq!(sealer.open(other, &sealed).unwrap_err(), SealError::Damaged);
        }
    }

    #[test]
    fn sec_60_every_value_has_its_own_nonce() {
        let sealer = sealer("a");
        assert_ne!(sealer.seal(PLACE, b"x")[5..17], sealer.seal(PLACE, b"x")[5..17]);
    }

    #[test]
    fn another_master_key_is_told_from_damage() {
        let sealed = sealer("a").seal(PLACE, b"x");
        assert_eq!(sealer("b").open(PLACE, &sealed).unwrap_err(), SealError::OtherKey);
        let mut bent = sealed.clone();
        *bent.last_mut().unwrap() ^= 1;
        assert_eq!(sealer("a").open(PLACE, &bent).unwrap_err(), SealError::Damaged);
        assert_eq!(sealer("a").open(PLACE, &sealed[..10]).unwrap_err(), SealError::Damaged);
    }

    #[test]
    fn a_short_master_key_is_refused() {
        assert_eq!(Sealer::new(&Secret::new("secret".to_owned())).unwrap_err(), SealError::WeakMasterKey);
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_stay_the_same() {
        assert_eq!(sealer("a").derive_key("cursor").expose(), sealer("a").derive_key("cursor").expose());
        assert_ne!(sealer("a").derive_key("cursor").expose(), sealer("a").derive_key("mail").expose());
    }
}
