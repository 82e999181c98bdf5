//! What was never a password hash: bare digests, salted or not, and the password itself.
//!
//! Only read, and only where `legacy_hashes` names the kind. Which side of the password a salt stands on is not
//! written in most texts, so both are tried.

use super::{Format, Legacy, Verdict, text};
use ::pbkdf2::hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Rounds of Spring's `StandardPasswordEncoder`, the only one of these that has any.
const SPRING_STANDARD_ROUNDS: usize = 1_024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Md5,
    Sha1,
    Sha256,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Md5, Self::Sha1, Self::Sha256];

    const fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    const fn is_allowed(self, legacy: &Legacy) -> bool {
        match self {
            Self::Md5 => legacy.md5,
            Self::Sha1 => legacy.sha1,
            Self::Sha256 => legacy.sha256,
        }
    }

    fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        let bytes = parts.concat();
        match self {
            Self::Md5 => Md5::digest(bytes).to_vec(),
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        fn run<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
            let Ok(mac) = <M as KeyInit>::new_from_slice(key) else { return Vec::new() };
            mac.chain_update(message).finalize().into_bytes().to_vec()
        }
        match self {
            Self::Md5 => run::<Hmac<Md5>>(key, message),
            Self::Sha1 => run::<Hmac<Sha1>>(key, message),
            Self::Sha256 => run::<Hmac<Sha256>>(key, message),
        }
    }
}

/// Where the salt is and how it goes in.
enum Salt {
    None,
    /// `md5$salt$hex` (Django, old Werkzeug), `hex:salt` (Joomla, Magento, osCommerce), `{SSHA}` of LDAP.
    Around(Vec<u8>),
    /// Spring's `{MD5}{salt}hex`: the password, then the salt with its braces.
    Behind(Vec<u8>),
    /// Spring's `{sha256}`.
    SpringStandard(Vec<u8>),
}

struct Stored {
    kind: Kind,
    salt: Salt,
    digest: Vec<u8>,
    /// Whether it is 32, 40 or 64 hex digits and nothing else.
    is_bare: bool,
}

/// The format of a bare or salted digest, or of `{noop}`.
pub(super) fn identify(stored: &str) -> Option<Format> {
    if stored.starts_with("{noop}") {
        return Some(Format::Plain);
    }
    let Stored { kind, is_bare, .. } = read(stored)?;
    Some(match (kind, is_bare) {
        (Kind::Md5, true) => Format::Md5,
        (Kind::Sha1, true) => Format::Sha1,
        (Kind::Sha256, true) => Format::Sha256,
        (Kind::Md5, false) => Format::SaltedMd5,
        (Kind::Sha1, false) => Format::SaltedSha1,
        (Kind::Sha256, false) => Format::SaltedSha256,
    })
}

/// Compares with a text that [`identify`] knows.
pub(super) fn verify(stored: &str, password: &str, legacy: &Legacy) -> Verdict {
    if let Some(plain) = stored.strip_prefix("{noop}") {
        return verify_text(plain, password, legacy);
    }
    let Some(stored) = text::trimmed(stored).and_then(read) else { return Verdict::Unusable };
    if !stored.kind.is_allowed(legacy) {
        return Verdict::Unusable;
    }
    let (kind, password) = (stored.kind, password.as_bytes());
    let is = |derived: Vec<u8>| derived.ct_eq(&stored.digest);
    let matches: Choice = match &stored.salt {
        Salt::None => is(kind.digest(&[password])),
        Salt::Around(salt) => {
            is(kind.digest(&[salt, password])) | is(kind.digest(&[password, salt])) | is(kind.hmac(salt, password))
        }
        Salt::Behind(salt) => is(kind.digest(&[password, salt])),
        Salt::SpringStandard(salt) => {
            let first = kind.digest(&[salt, password]);
            is((1..SPRING_STANDARD_ROUNDS).fold(first, |digest, _| kind.digest(&[&digest])))
        }
    };
    Verdict::of(matches.into())
}

/// Compares with a text that is no hash: it may be the password.
pub(super) fn verify_plain(stored: &str, password: &str, legacy: &Legacy) -> Verdict {
    if is_no_password(stored) { Verdict::Unusable } else { verify_text(stored, password, legacy) }
}

fn verify_text(stored: &str, password: &str, legacy: &Legacy) -> Verdict {
    if !legacy.plain || stored.is_empty() {
        return Verdict::Unusable;
    }
    Verdict::of(crate::same(stored.as_bytes(), password.as_bytes()))
}

// Whoever has read a damaged or unknown hash must not log in with its text; nor with the marks of a locked account.
fn is_no_password(stored: &str) -> bool {
    let marks = |text: &str| text.trim().bytes().all(|byte| matches!(byte, b'!' | b'*' | b'x'));
    // Django's "no password": `!` and 40 random characters.
    let is_django_none = stored.len() == 41 && stored.starts_with('!');
    let is_modular = stored.strip_prefix('$').is_some_and(|rest| rest.contains('$'));
    let is_prefixed = stored.strip_prefix('{').is_some_and(|rest| rest.contains('}'));
    let is_named = ["pbkdf2", "bcrypt", "argon2", "scrypt", "md5$", "sha1$", "sha256$", "sha512$", "crypt$", "hmac:"]
        .iter()
        .any(|name| stored.trim_start_matches(['$', '{']).starts_with(name));
    marks(stored) || is_django_none || is_modular || is_prefixed || is_named
}

fn read(stored: &str) -> Option<Stored> {
    bare(stored).or_else(|| named(stored)).or_else(|| with_colon(stored)).or_else(|| prefixed(stored))
}

fn bare(stored: &str) -> Option<Stored> {
    let (kind, digest) = hex_digest(stored)?;
    Some(Stored { kind, salt: Salt::None, digest, is_bare: true })
}

// Only Django writes `md5$$hex` without a salt.
fn named(stored: &str) -> Option<Stored> {
    let [name, salt, digest] = text::fields(stored, '$')?;
    let (kind, digest) = hex_digest(digest)?;
    let salt = if salt.is_empty() { Salt::None } else { Salt::Around(salt.as_bytes().to_vec()) };
    (kind.name() == name).then_some(Stored { kind, salt, digest, is_bare: false })
}

// Magento adds `:1` behind the salt.
fn with_colon(stored: &str) -> Option<Stored> {
    let (digest, salt) = stored.split_once(':')?;
    let (kind, digest) = hex_digest(digest)?;
    let salt = salt.strip_suffix(":1").unwrap_or(salt);
    (!salt.is_empty()).then(|| Stored { kind, salt: Salt::Around(salt.as_bytes().to_vec()), digest, is_bare: false })
}

fn prefixed(stored: &str) -> Option<Stored> {
    let (name, body) = stored.strip_prefix('{')?.split_once('}')?;
    let (kind, is_ldap_salted) = match name.to_ascii_uppercase().as_str() {
        "MD5" => (Kind::Md5, false),
        "SHA" | "SHA1" | "SHA-1" => (Kind::Sha1, false),
        "SHA256" if name == "sha256" && body.len() == 80 => {
            let (salt, digest) = body.split_at_checked(16)?;
            let (salt, digest) = (text::from_hex(salt)?, text::from_hex(digest)?);
            return Some(Stored { kind: Kind::Sha256, salt: Salt::SpringStandard(salt), digest, is_bare: false });
        }
        "SHA256" | "SHA-256" => (Kind::Sha256, false),
        "SMD5" => (Kind::Md5, true),
        "SSHA" => (Kind::Sha1, true),
        "SSHA256" => (Kind::Sha256, true),
        _ => return None,
    };
    if is_ldap_salted {
        let block = text::from_base64(body)?;
        let (digest, salt) = block.split_at_checked(kind.bytes())?;
        let (digest, salt) = (digest.to_vec(), salt.to_vec());
        return (!salt.is_empty()).then_some(Stored { kind, salt: Salt::Around(salt), digest, is_bare: false });
    }
    let (salt, digest) = match body.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((salt, digest)) => (Salt::Behind(format!("{{{salt}}}").into_bytes()), digest),
        None => (Salt::None, body),
    };
    let digest = text::from_hex(digest).filter(|digest| digest.len() == kind.bytes()).or_else(|| {
        // LDAP writes base64 without a salt.
        text::from_base64(digest).filter(|digest| digest.len() == kind.bytes())
    })?;
    Some(Stored { kind, salt, digest, is_bare: false })
}

fn hex_digest(text: &str) -> Option<(Kind, Vec<u8>)> {
    let kind = Kind::ALL.into_iter().find(|kind| text.len() == kind.bytes() * 2)?;
    Some((kind, text::from_hex(text)?))
}
