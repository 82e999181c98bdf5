//! MD5-crypt, `$1$`, and Apache's `$apr1$`, which differs by its name alone. Read, never written.
//!
//! No crate of the present RustCrypto generation has it; the steps are those of Poul-Henning Kamp's original.

use super::{
    Format,
    recipe::{self, Parts, Scheme},
    sha_crypt::{MAX_PASSWORD_BYTES, written},
    text,
};
use md5::{Digest, Md5};
use rand::Rng;
use zeroize::Zeroizing;

const ROUNDS: usize = 1_000;
const MAX_SALT_CHARACTERS: usize = 8;
const DIGEST_CHARACTERS: usize = 22;

/// The order in which the last digest is written, three bytes at a time, the lowest first.
const ORDER: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];

/// Which of the two names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    magic: &'static str,
}

/// The spelling of a format.
pub(super) fn of(format: Format) -> Recipe {
    Recipe { magic: if format == Format::Apr1Crypt { "$apr1$" } else { "$1$" } }
}

/// Takes a stored text apart.
pub(super) fn read(format: Format, stored: &str) -> Option<Parts> {
    let recipe = of(format);
    let [salt, digest] = text::fields(stored.strip_prefix(recipe.magic)?, '$')?;
    let (salt, digest) = (salt.as_bytes(), digest.as_bytes());
    if salt.len() > MAX_SALT_CHARACTERS || digest.len() != DIGEST_CHARACTERS || !text::is_itoa64(digest) {
        return None;
    }
    Some(Parts { recipe: recipe::Recipe::Md5Crypt(recipe), salt: salt.to_vec(), digest: digest.to_vec() })
}

impl Scheme for Recipe {
    fn is_affordable(&self, password_bytes: usize) -> bool {
        password_bytes <= MAX_PASSWORD_BYTES
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let inner = Md5::new_with_prefix(password).chain_update(salt).chain_update(password).finalize();
        let mut first = Md5::new_with_prefix(password).chain_update(self.magic).chain_update(salt);
        for piece in password.chunks(inner.len()) {
            first.update(&inner[..piece.len()]);
        }
        let mut length = password.len();
        while length > 0 {
            first.update(if length & 1 == 1 { &[0] } else { &password[..1] });
            length >>= 1;
        }
        let mut digest = first.finalize();
        for round in 0..ROUNDS {
            let mut next = Md5::new();
            next.update(if round & 1 == 1 { password } else { &digest[..] });
            if round % 3 != 0 {
                next.update(salt);
            }
            if round % 7 != 0 {
                next.update(password);
            }
            next.update(if round & 1 == 1 { &digest[..] } else { password });
            digest = next.finalize();
        }
        Some(written(&digest, &ORDER))
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        format!("{}{}${}", self.magic, String::from_utf8_lossy(salt), String::from_utf8_lossy(digest))
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_itoa64(rng, MAX_SALT_CHARACTERS)
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_itoa64(rng, DIGEST_CHARACTERS)
    }

    fn today(&self) -> recipe::Recipe {
        recipe::Recipe::Md5Crypt(self.clone())
    }

    fn takes_zero_bytes(&self) -> bool {
        false
    }
}
