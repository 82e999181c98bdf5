//! SHA-crypt, `$5$` and `$6$`: the hashes of `crypt(3)`, Linux, Dovecot and many older PHP applications.

use super::{
    Format,
    recipe::{self, Parts, Scheme},
    text,
};
use ::sha_crypt::{Params, sha256_crypt, sha512_crypt};
use rand::Rng;
use zeroize::Zeroizing;

/// What `crypt(3)` takes at most. Source: libxcrypt, `CRYPT_MAX_PASSPHRASE_SIZE`.
pub(super) const MAX_PASSWORD_BYTES: usize = 512;

/// Rounds that are run at most.
const MAX_ROUNDS: u32 = 5_000_000;
/// Rounds read the password again and again: so many bytes in all, some four seconds.
const MAX_WORK_BYTES: u64 = MAX_ROUNDS as u64 * 128;

/// Rounds where the text names none.
const UNNAMED_ROUNDS: u32 = 5_000;
/// Rounds of new hashes: about as long as bcrypt at 12.
const TODAY_ROUNDS: u32 = 500_000;

const MAX_SALT_CHARACTERS: usize = 16;

/// The order in which the last digest is written, three bytes at a time, the lowest first.
const ORDER_256: [usize; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29, 19, 9, 30,
    31,
];
const ORDER_512: [usize; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51, 30, 9, 10,
    52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59, 60, 39, 18, 19, 61, 40,
    41, 20, 62, 63,
];

/// Which digest, and its rounds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    is_512: bool,
    rounds: u32,
    /// Whether the text says `rounds=`.
    names_rounds: bool,
}

/// The spelling of a format at its usual cost.
pub(super) fn of(format: Format) -> Recipe {
    Recipe { is_512: format == Format::Sha512Crypt, rounds: UNNAMED_ROUNDS, names_rounds: false }
}

/// Takes a stored text apart.
pub(super) fn read(format: Format, stored: &str) -> Option<Parts> {
    let mut recipe = of(format);
    let mut rest = stored.get(3..)?;
    if let Some(named) = rest.strip_prefix("rounds=") {
        let (rounds, after) = named.split_once('$')?;
        recipe.rounds = text::number(rounds)?;
        recipe.names_rounds = true;
        rest = after;
    }
    let [salt, digest] = text::fields(rest, '$')?;
    let (salt, digest) = (salt.as_bytes(), digest.as_bytes());
    // libxcrypt and Passlib agree that fewer rounds are no hash.
    if recipe.rounds < Params::ROUNDS_MIN
        || salt.len() > MAX_SALT_CHARACTERS
        || digest.len() != recipe.digest_characters()
        || !text::is_itoa64(digest)
    {
        return None;
    }
    Some(Parts { recipe: recipe::Recipe::ShaCrypt(recipe), salt: salt.to_vec(), digest: digest.to_vec() })
}

impl Recipe {
    const fn digest_characters(&self) -> usize {
        if self.is_512 { 86 } else { 43 }
    }
}

impl Scheme for Recipe {
    fn is_affordable(&self, password_bytes: usize) -> bool {
        self.rounds <= MAX_ROUNDS
            && password_bytes <= MAX_PASSWORD_BYTES
            && u64::from(self.rounds) * (64 + password_bytes as u64) <= MAX_WORK_BYTES
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let params = Params::new(self.rounds).ok()?;
        Some(if self.is_512 {
            written(&sha512_crypt(password, salt, params), &ORDER_512)
        } else {
            written(&sha256_crypt(password, salt, params), &ORDER_256)
        })
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        let number = if self.is_512 { 6 } else { 5 };
        let rounds = if self.names_rounds { format!("rounds={}$", self.rounds) } else { String::new() };
        format!("${number}${rounds}{}${}", String::from_utf8_lossy(salt), String::from_utf8_lossy(digest))
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_itoa64(rng, MAX_SALT_CHARACTERS)
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_itoa64(rng, self.digest_characters())
    }

    fn today(&self) -> recipe::Recipe {
        let rounds = self.rounds.max(TODAY_ROUNDS);
        recipe::Recipe::ShaCrypt(Self { rounds, names_rounds: true, is_512: self.is_512 })
    }

    fn takes_zero_bytes(&self) -> bool {
        false
    }
}

/// Writes the bytes of a digest in an order of `crypt(3)`.
pub(super) fn written(digest: &[u8], order: &[usize]) -> Zeroizing<Vec<u8>> {
    let mut characters = Zeroizing::new(Vec::with_capacity(88));
    for three in order.chunks(3) {
        let bytes: Vec<u8> = three.iter().map(|at| digest[*at]).collect();
        text::push_itoa64(&mut characters, &bytes, bytes.len() + 1);
    }
    characters
}
