//! Bcrypt, bare or with something around it.
//!
//! Bare bcrypt reads the first 72 bytes of a password and, in the C libraries, stops at a zero byte. WordPress, Django
//! and Passlib have spellings that hash the password first, so that all of it counts.

use super::{
    Format,
    recipe::{self, Parts, Scheme},
    text,
};
use ::pbkdf2::hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroizing;

/// The highest cost that is run. 16 takes some four seconds, and no framework's default is above 13.
const MAX_COST: u32 = 16;

/// The lowest cost of new hashes. Source: the default of PHP 8.4, Laravel, Rails and Django.
const TODAY_COST: u32 = 12;

/// What bcrypt looks at.
const KEY_BYTES: usize = 72;

/// Bcrypt keeps 23 of its 24 bytes.
const DIGEST_BYTES: usize = 23;

/// What happens to the password before bcrypt sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Before {
    /// Nothing.
    Bare,
    /// Hex of SHA-256.
    Sha256Hex,
    /// Base64 of HMAC-SHA384 under a fixed key.
    WordPress,
    /// Base64 of SHA-256: Passlib before 1.7.3.
    PasslibV1,
    /// Base64 of HMAC-SHA256 under the text of the salt.
    PasslibV2,
}

/// Version, cost and spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    lead: &'static str,
    version: u8,
    cost: u32,
    before: Before,
}

/// The spelling of a format at the lowest cost.
pub(super) fn of(format: Format) -> Recipe {
    let (lead, version, before) = match format {
        Format::WordPressBcrypt => ("$wp", b'y', Before::WordPress),
        Format::DjangoBcrypt => ("bcrypt$", b'b', Before::Bare),
        Format::DjangoBcryptSha256 => ("bcrypt_sha256$", b'b', Before::Sha256Hex),
        Format::PasslibBcryptSha256 => ("$bcrypt-sha256$", b'b', Before::PasslibV2),
        Format::SpringBcrypt => ("{bcrypt}", b'a', Before::Bare),
        _ => ("", b'b', Before::Bare),
    };
    Recipe { lead, version, cost: 4, before }
}

/// Takes a stored text apart.
pub(super) fn read(format: Format, stored: &str) -> Option<Parts> {
    let plain = of(format);
    let rest = stored.strip_prefix(plain.lead)?;
    let (version, cost, before, salt, digest) = match format {
        Format::PasslibBcryptSha256 => read_passlib(rest)?,
        _ => {
            let ["", version, cost, body] = text::fields(rest, '$')? else { return None };
            let (salt, digest) = body.split_at_checked(22)?;
            if cost.len() != 2 {
                return None;
            }
            (version, cost, plain.before, salt, digest)
        }
    };
    let [b'2', version @ (b'a' | b'b' | b'x' | b'y')] = version.as_bytes() else { return None };
    let cost = (cost.len() <= 2).then(|| text::number(cost))??;
    let salt = text::from_bcrypt_base64(salt)?;
    let digest = text::from_bcrypt_base64(digest)?;
    if salt.len() != 16 || digest.len() != DIGEST_BYTES || !(4..=31).contains(&cost) {
        return None;
    }
    let recipe = Recipe { version: *version, cost, before, ..plain };
    Some(Parts { recipe: recipe::Recipe::Bcrypt(recipe), salt, digest })
}

// `v=2,t=2b,r=12$salt$digest`, before 1.7.3 `2b,12$salt$digest`.
fn read_passlib(rest: &str) -> Option<(&str, &str, Before, &str, &str)> {
    let [head, salt, digest] = text::fields(rest, '$')?;
    if let Some(list) = head.strip_prefix("v=2,") {
        return Some((text::named(list, "t")?, text::named(list, "r")?, Before::PasslibV2, salt, digest));
    }
    let [version, cost] = text::fields(head, ',')?;
    Some((version, cost, Before::PasslibV1, salt, digest))
}

impl Scheme for Recipe {
    fn is_affordable(&self, _password_bytes: usize) -> bool {
        self.cost <= MAX_COST
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let password = self.prepared(password, salt);
        let key = key(&password, self.version == b'x');
        let digest = Zeroizing::new(::bcrypt::bcrypt(self.cost, salt.try_into().ok()?, &key));
        Some(Zeroizing::new(digest[..DIGEST_BYTES].to_vec()))
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        let Self { lead, version, cost, before } = self;
        let version = char::from(*version);
        let (salt, digest) = (text::bcrypt_base64(salt), text::bcrypt_base64(digest));
        match before {
            Before::PasslibV1 => format!("{lead}2{version},{cost}${salt}${digest}"),
            Before::PasslibV2 => format!("{lead}v=2,t=2{version},r={cost}${salt}${digest}"),
            _ => format!("{lead}$2{version}${cost:02}${salt}{digest}"),
        }
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, 16)
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, DIGEST_BYTES)
    }

    fn today(&self) -> recipe::Recipe {
        // The faults of `x` and of Passlib's first version are read, not written.
        let version = if self.version == b'x' { b'y' } else { self.version };
        let before = if self.before == Before::PasslibV1 { Before::PasslibV2 } else { self.before };
        recipe::Recipe::Bcrypt(Self { version, before, cost: self.cost.max(TODAY_COST), lead: self.lead })
    }

    fn takes_zero_bytes(&self) -> bool {
        self.before != Before::Bare
    }
}

impl Recipe {
    fn prepared(&self, password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self.before {
            Before::Bare => password.to_vec(),
            Before::Sha256Hex => text::hex(&Sha256::digest(password)).into_bytes(),
            Before::PasslibV1 => text::base64(&Sha256::digest(password)).into_bytes(),
            Before::PasslibV2 => {
                text::base64(&hmac::<Hmac<Sha256>>(text::bcrypt_base64(salt).as_bytes(), password)).into_bytes()
            }
            Before::WordPress => text::base64(&hmac::<Hmac<Sha384>>(b"wp-sha384", password)).into_bytes(),
        })
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of every length.
    let Ok(mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

/// The key that bcrypt repeats until it has 72 bytes: the password and its closing zero.
///
/// `$2x$` marks hashes of a C library that widened its signed characters, so that a byte above 127 wiped out the ones
/// before it in its word of four. The key schedule reads 18 such words: those, spelled out, are a key like any other.
/// Source: crypt_blowfish 1.3, `BF_set_key`, "the bug".
fn key(password: &[u8], sign_extended: bool) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(password[..password.len().min(KEY_BYTES)].to_vec());
    if key.len() < KEY_BYTES {
        key.push(0);
    }
    if !sign_extended {
        return key;
    }
    let mut bytes = key.iter().copied().cycle();
    let mut words = Zeroizing::new(Vec::with_capacity(KEY_BYTES));
    for _ in 0..KEY_BYTES / 4 {
        let word =
            bytes.by_ref().take(4).fold(0u32, |word, byte| word << 8 | i32::from(byte.cast_signed()).cast_unsigned());
        words.extend_from_slice(&word.to_be_bytes());
    }
    words
}
