//! Firebase's scrypt: the digest is the key under which the project's own key is sealed.
//!
//! A Firebase export holds a hash and a salt for each user, and four parameters for the project. They are read as one
//! text, the one that Supabase and others import: `$fbscrypt$v=1,n=14,r=8,p=1,ss=..,sk=..$salt$hash`, where `n` is the
//! memory cost of the export, `ss` its salt separator and `sk` its signer key. Source: github.com/firebase/scrypt.

use super::{
    recipe::{self, Parts, Scheme},
    scrypt::Cost,
    text,
};
use aes::{
    Aes256,
    cipher::{KeyIvInit, StreamCipher},
};
use rand::Rng;
use std::fmt;
use zeroize::Zeroizing;

const MIN_SIGNER_KEY_BYTES: usize = 16;

/// The password parameters of a Firebase project, in base64 as the Firebase console shows them.
#[derive(Clone, Copy)]
pub struct FirebaseProject<'a> {
    /// `base64_signer_key`.
    pub signer_key: &'a str,
    /// `base64_salt_separator`.
    pub salt_separator: &'a str,
    /// `rounds`.
    pub rounds: u32,
    /// `mem_cost`.
    pub memory_cost: u32,
}

impl fmt::Debug for FirebaseProject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirebaseProject(***)")
    }
}

impl FirebaseProject<'_> {
    /// The one text that [`super::verify`] reads, from a user's `passwordHash` and `salt`.
    ///
    /// The export's URL-safe base64 is accepted as well as the usual one.
    pub fn stored(&self, password_hash: &str, salt: &str) -> String {
        let plain = |text: &str| text.replace('-', "+").replace('_', "/");
        format!(
            "$fbscrypt$v=1,n={},r={},p=1,ss={},sk={}${}${}",
            self.memory_cost,
            self.rounds,
            plain(self.salt_separator),
            plain(self.signer_key),
            plain(salt),
            plain(password_hash)
        )
    }
}

/// Costs and the project's keys.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    cost: Cost,
    salt_separator: Vec<u8>,
    signer_key: Vec<u8>,
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipe").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// Takes a stored text apart.
pub(super) fn read(stored: &str) -> Option<Parts> {
    let ["", "fbscrypt", list, salt, digest] = text::fields(stored, '$')? else { return None };
    if text::named(list, "v")? != "1" {
        return None;
    }
    let cost = Cost {
        log_n: u8::try_from(text::number(text::named(list, "n")?)?).ok()?,
        r: text::number(text::named(list, "r")?)?,
        p: text::number(text::named(list, "p")?)?,
    };
    let salt_separator = text::from_base64(text::named(list, "ss").unwrap_or_default())?;
    let signer_key = text::from_base64(text::named(list, "sk")?)?;
    let (salt, digest) = (text::from_base64(salt)?, text::from_base64(digest)?);
    if signer_key.len() < MIN_SIGNER_KEY_BYTES || digest.len() != signer_key.len() {
        return None;
    }
    Some(Parts { recipe: recipe::Recipe::Firebase(Recipe { cost, salt_separator, signer_key }), salt, digest })
}

impl Scheme for Recipe {
    fn is_affordable(&self, _password_bytes: usize) -> bool {
        self.cost.is_affordable()
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let salt = [salt, &self.salt_separator].concat();
        let key = self.cost.derive(password, &salt, 32)?;
        let mut digest = Zeroizing::new(self.signer_key.clone());
        ctr::Ctr128BE::<Aes256>::new_from_slices(&key, &[0; 16]).ok()?.try_apply_keystream(&mut digest).ok()?;
        Some(digest)
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        let Cost { log_n, r, p } = self.cost;
        format!(
            "$fbscrypt$v=1,n={log_n},r={r},p={p},ss={},sk={}${}${}",
            text::base64(&self.salt_separator),
            text::base64(&self.signer_key),
            text::base64(salt),
            text::base64(digest)
        )
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, 16)
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, self.signer_key.len())
    }

    // The cost is the project's: 14 at most, and every user's.
    fn today(&self) -> recipe::Recipe {
        recipe::Recipe::Firebase(self.clone())
    }
}
