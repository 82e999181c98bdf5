//! Phpass, the portable hash of PHP applications, and Drupal 7's variant of it.
//!
//! `$P$`, one character of cost, eight of salt, and the digest. No crate of the present RustCrypto generation has it;
//! the loop is the one of Solar Designer's PHP original.

use super::{
    Format,
    recipe::{self, Parts, Scheme},
    text,
};
use md5::Md5;
use rand::Rng;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

/// The highest cost that is run: 2^20 rounds. WordPress uses 13, Drupal 15 or 16.
const MAX_LOG_ROUNDS: u8 = 20;

/// The lowest cost of new hashes: 2^17 rounds of MD5 cost a PHP application what bcrypt at 10 does.
const TODAY_LOG_ROUNDS_MD5: u8 = 17;
/// Source: Drupal 10.0's own default.
const TODAY_LOG_ROUNDS_SHA512: u8 = 16;

const SALT_CHARACTERS: usize = 8;

/// Rounds, and which digest under which letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    letter: char,
    log_rounds: u8,
}

/// The spelling of a format at the lowest cost.
pub(super) fn of(format: Format) -> Recipe {
    Recipe { letter: if format == Format::Drupal7 { 'S' } else { 'P' }, log_rounds: 7 }
}

/// Takes a stored text apart.
pub(super) fn read(format: Format, stored: &str) -> Option<Parts> {
    let letters: &[char] = if format == Format::Drupal7 { &['S'] } else { &['P', 'H'] };
    let letter = *letters.iter().find(|letter| stored[1..].starts_with(**letter))?;
    let rest = stored.as_bytes().get(3..)?;
    let (cost, rest) = rest.split_first()?;
    let (salt, digest) = rest.split_at_checked(SALT_CHARACTERS)?;
    let recipe = Recipe { letter, log_rounds: text::itoa64_value(*cost)? };
    if !(7..=30).contains(&recipe.log_rounds) || digest.len() != recipe.digest_characters() || !text::is_itoa64(digest)
    {
        return None;
    }
    Some(Parts { recipe: recipe::Recipe::Phpass(recipe), salt: salt.to_vec(), digest: digest.to_vec() })
}

impl Recipe {
    // Drupal cuts the whole text at 55 characters.
    const fn digest_characters(&self) -> usize {
        if self.letter == 'S' { 43 } else { 22 }
    }

    fn stretched<D: Digest>(&self, password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut digest = D::new_with_prefix(salt).chain_update(password).finalize();
        for _ in 0..1u32 << self.log_rounds {
            digest = D::new_with_prefix(&digest).chain_update(password).finalize();
        }
        let mut characters = Zeroizing::new(Vec::with_capacity(88));
        for bytes in digest.chunks(3) {
            text::push_itoa64(&mut characters, bytes, bytes.len() + 1);
        }
        characters.truncate(self.digest_characters());
        characters
    }
}

impl Scheme for Recipe {
    // Every round reads the password again.
    fn is_affordable(&self, password_bytes: usize) -> bool {
        self.log_rounds <= MAX_LOG_ROUNDS && (64 + password_bytes as u64) << self.log_rounds <= 1_088 << 18
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        Some(match self.letter {
            'S' => self.stretched::<Sha512>(password, salt),
            _ => self.stretched::<Md5>(password, salt),
        })
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        let (cost, salt, digest) =
            (text::itoa64_digit(self.log_rounds), String::from_utf8_lossy(salt), String::from_utf8_lossy(digest));
        format!("${}${cost}{salt}{digest}", self.letter)
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_itoa64(rng, SALT_CHARACTERS)
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        // The last character of a real digest holds fewer bits; nothing reads it.
        text::random_itoa64(rng, self.digest_characters())
    }

    fn today(&self) -> recipe::Recipe {
        let least = if self.letter == 'S' { TODAY_LOG_ROUNDS_SHA512 } else { TODAY_LOG_ROUNDS_MD5 };
        recipe::Recipe::Phpass(Self { log_rounds: self.log_rounds.max(least), letter: self.letter })
    }
}
