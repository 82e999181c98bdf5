//! Argon2: `i`, `d` and `id`, bare or with Django's or Spring's prefix.

use super::{
    Format,
    recipe::{self, Parts, Scheme},
    text,
};
use ::argon2::{Algorithm, Argon2, Params, Version};
use rand::Rng;
use zeroize::Zeroizing;

/// Caps: 256 MiB at once, 20 passes, and 1 GiB filled in all, which takes about a second.
const MAX_MEMORY_KIB: u32 = 256 * 1_024;
const MAX_PASSES: u32 = 20;
const MAX_WORK_KIB: u64 = 1_024 * 1_024;

/// What new hashes cost. Source: OWASP Password Storage Cheat Sheet, "Argon2id"; SEC-3.
const TODAY_MEMORY_KIB: u32 = 19_456;
const TODAY_PASSES: u32 = 2;

/// `i` needs a pass more. Source: RFC 9106, section 7.3.
const TODAY_PASSES_I: u32 = 3;

/// Shorter digests are not compared: too many passwords would match.
const MIN_DIGEST_BYTES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    I,
    D,
    Id,
}

impl Kind {
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::I => Algorithm::Argon2i,
            Self::D => Algorithm::Argon2d,
            Self::Id => Algorithm::Argon2id,
        }
    }
}

/// Kind, cost and spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    lead: String,
    kind: Kind,
    /// 19, or 16 for texts of before 2016 that name none.
    version: u32,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    digest_bytes: usize,
}

/// The spelling of a format at the lowest cost.
pub(super) fn of(format: Format) -> Recipe {
    let lead = match format {
        Format::DjangoArgon2 => "argon2",
        Format::SpringArgon2 => "{argon2@SpringSecurity_v5_8}",
        _ => "",
    };
    Recipe { lead: lead.to_owned(), kind: Kind::Id, version: 19, memory_kib: 8, passes: 1, lanes: 1, digest_bytes: 32 }
}

/// Takes a stored text apart.
pub(super) fn read(format: Format, stored: &str) -> Option<Parts> {
    let lead = match format {
        Format::DjangoArgon2 => "argon2",
        Format::SpringArgon2 => &stored[..=stored.find('}')?],
        _ => "",
    };
    let mut fields = stored[lead.len()..].strip_prefix('$')?.split('$');
    let kind = match fields.next()? {
        "argon2i" => Kind::I,
        "argon2d" => Kind::D,
        "argon2id" => Kind::Id,
        _ => return None,
    };
    let mut costs = fields.next()?;
    let version = match costs.strip_prefix("v=") {
        Some(version) => {
            costs = fields.next()?;
            text::number(version)?
        }
        None => 16,
    };
    let [memory, passes, lanes] = text::fields(costs, ',')?;
    let salt = text::from_base64(fields.next()?)?;
    let digest = text::from_base64(fields.next()?)?;
    if fields.next().is_some() || digest.len() < MIN_DIGEST_BYTES {
        return None;
    }
    let recipe = Recipe {
        lead: lead.to_owned(),
        kind,
        version,
        memory_kib: text::number(memory.strip_prefix("m=")?)?,
        passes: text::number(passes.strip_prefix("t=")?)?,
        lanes: text::number(lanes.strip_prefix("p=")?)?,
        digest_bytes: digest.len(),
    };
    Some(Parts { recipe: recipe::Recipe::Argon2(recipe), salt, digest })
}

impl Recipe {
    /// Whether both are `i`, `d` or `id`.
    pub(super) fn is_same_kind(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Scheme for Recipe {
    fn is_affordable(&self, _password_bytes: usize) -> bool {
        self.memory_kib <= MAX_MEMORY_KIB
            && self.passes <= MAX_PASSES
            && u64::from(self.memory_kib) * u64::from(self.passes) <= MAX_WORK_KIB
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(self.digest_bytes)).ok()?;
        let version = Version::try_from(self.version).ok()?;
        let mut digest = Zeroizing::new(vec![0; self.digest_bytes]);
        Argon2::new(self.kind.algorithm(), version, params).hash_password_into(password, salt, &mut digest).ok()?;
        Some(digest)
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        let version = if self.version == 16 { String::new() } else { format!("$v={}", self.version) };
        format!(
            "{}${}{version}$m={},t={},p={}${}${}",
            self.lead,
            self.kind.algorithm().as_str(),
            self.memory_kib,
            self.passes,
            self.lanes,
            text::bare_base64(salt),
            text::bare_base64(digest)
        )
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, 16)
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, self.digest_bytes)
    }

    fn today(&self) -> recipe::Recipe {
        let passes = if self.kind == Kind::I { TODAY_PASSES_I } else { TODAY_PASSES };
        // Either number may be the higher one, as long as memory alone does not carry it: fewer passes over more memory
        // is a choice the standard offers, less memory is not.
        let is_enough = self.memory_kib >= TODAY_MEMORY_KIB
            && self.memory_kib.saturating_mul(self.passes) >= TODAY_MEMORY_KIB * passes;
        let today = if is_enough && self.version == 19 {
            self.clone()
        } else {
            Self {
                memory_kib: self.memory_kib.max(TODAY_MEMORY_KIB),
                passes: self.passes.max(passes),
                version: 19,
                ..self.clone()
            }
        };
        recipe::Recipe::Argon2(today)
    }
}
