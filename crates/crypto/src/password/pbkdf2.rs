//! PBKDF2 as Django, Passlib, Werkzeug, ASP.NET Identity and Spring spell it.

use super::{
    Format,
    recipe::{self, Parts, Scheme},
    text,
};
use ::pbkdf2::pbkdf2_hmac;
use rand::Rng;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

/// Shorter digests are not compared: too many passwords would match.
const MIN_DIGEST_BYTES: usize = 16;

/// What ASP.NET Identity 2 and Spring use; their texts name no number.
const ASP_NET_V2_ROUNDS: u32 = 1_000;
const SPRING_5_5_ROUNDS: u32 = 185_000;
const SPRING_5_8_ROUNDS: u32 = 310_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Prf {
    Sha1,
    Sha256,
    Sha512,
}

impl Prf {
    const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha512].into_iter().find(|prf| prf.name() == name)
    }

    /// Iterations that are run at most, all blocks of the digest together: some three seconds.
    const fn max_rounds(self) -> u64 {
        match self {
            Self::Sha1 | Self::Sha256 => 10_000_000,
            Self::Sha512 => 4_000_000,
        }
    }

    /// Iterations of new hashes. Source: OWASP Password Storage Cheat Sheet, "PBKDF2".
    const fn today_rounds(self) -> u32 {
        match self {
            Self::Sha1 => 1_300_000,
            Self::Sha256 => 600_000,
            Self::Sha512 => 210_000,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Layout {
    /// `pbkdf2_sha256$600000$salt$digest`.
    Django,
    /// `$pbkdf2-sha256$29000$salt$digest`.
    Passlib,
    /// `$pbkdf2-sha256$i=600000,l=32$salt$digest`.
    Phc,
    /// `pbkdf2:sha256:600000$salt$hex`.
    Werkzeug,
    /// `00 | salt (16) | digest (32)`.
    AspNetV2,
    /// `01 | prf (4) | rounds (4) | length of the salt (4) | salt | digest`.
    AspNetV3,
    /// `{pbkdf2}` and hex of salt and digest: Spring 5.5.
    Spring55,
    /// `{pbkdf2@SpringSecurity_v5_8}`.
    Spring58,
}

/// Costs and spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    layout: Layout,
    prf: Prf,
    rounds: u32,
    salt_bytes: usize,
    digest_bytes: usize,
}

/// The spelling of a format at the lowest cost.
pub(super) fn of(format: Format) -> Recipe {
    let recipe =
        |layout, prf, rounds, salt_bytes, digest_bytes| Recipe { layout, prf, rounds, salt_bytes, digest_bytes };
    match format {
        Format::PasslibPbkdf2 => recipe(Layout::Passlib, Prf::Sha512, 1, 16, 64),
        Format::PhcPbkdf2 => recipe(Layout::Phc, Prf::Sha256, 1, 16, 32),
        Format::WerkzeugPbkdf2 => recipe(Layout::Werkzeug, Prf::Sha256, 1, 16, 32),
        Format::AspNetV2 => recipe(Layout::AspNetV2, Prf::Sha1, ASP_NET_V2_ROUNDS, 16, 32),
        Format::AspNetV3 => recipe(Layout::AspNetV3, Prf::Sha512, 1, 16, 32),
        Format::SpringPbkdf2 => recipe(Layout::Spring58, Prf::Sha256, SPRING_5_8_ROUNDS, 16, 32),
        _ => recipe(Layout::Django, Prf::Sha256, 1, 22, 32),
    }
}

/// Takes a stored text apart.
pub(super) fn read(format: Format, stored: &str) -> Option<Parts> {
    let (layout, prf, rounds, salt, digest) = match format {
        Format::DjangoPbkdf2 => {
            let [name, rounds, salt, digest] = text::fields(stored, '$')?;
            let prf = Prf::named(name.strip_prefix("pbkdf2_")?)?;
            (Layout::Django, prf, text::number(rounds)?, salt.as_bytes().to_vec(), text::from_base64(digest)?)
        }
        Format::WerkzeugPbkdf2 => {
            let [method, salt, digest] = text::fields(stored, '$')?;
            let ["pbkdf2", name, rounds] = text::fields(method, ':')? else { return None };
            let salt = salt.as_bytes().to_vec();
            (Layout::Werkzeug, Prf::named(name)?, text::number(rounds)?, salt, text::from_hex(digest)?)
        }
        Format::PasslibPbkdf2 | Format::PhcPbkdf2 => read_modular(stored)?,
        Format::AspNetV2 | Format::AspNetV3 => read_asp_net(stored)?,
        Format::SpringPbkdf2 => read_spring(stored)?,
        _ => return None,
    };
    if digest.len() < MIN_DIGEST_BYTES || salt.is_empty() {
        return None;
    }
    let recipe = Recipe { layout, prf, rounds, salt_bytes: salt.len(), digest_bytes: digest.len() };
    Some(Parts { recipe: recipe::Recipe::Pbkdf2(recipe), salt, digest })
}

type Fields = (Layout, Prf, u32, Vec<u8>, Vec<u8>);

fn read_modular(stored: &str) -> Option<Fields> {
    let ["", name, cost, salt, digest] = text::fields(stored, '$')? else { return None };
    let prf = if name == "pbkdf2" { Prf::Sha1 } else { Prf::named(name.strip_prefix("pbkdf2-")?)? };
    if !cost.starts_with("i=") {
        let (salt, digest) = (text::from_dotted_base64(salt)?, text::from_dotted_base64(digest)?);
        return Some((Layout::Passlib, prf, text::number(cost)?, salt, digest));
    }
    let (salt, digest) = (text::from_base64(salt)?, text::from_base64(digest)?);
    if let Some(length) = text::named(cost, "l")
        && usize::try_from(text::number(length)?).ok()? != digest.len()
    {
        return None;
    }
    Some((Layout::Phc, prf, text::number(text::named(cost, "i")?)?, salt, digest))
}

/// Whether a text is the base64 of one of the two blocks of ASP.NET Identity.
pub(super) fn identify_asp_net(stored: &str) -> Option<Format> {
    match read_asp_net(stored)?.0 {
        Layout::AspNetV2 => Some(Format::AspNetV2),
        _ => Some(Format::AspNetV3),
    }
}

fn read_asp_net(stored: &str) -> Option<Fields> {
    // Both begin with `A`: six zero bits.
    if !stored.starts_with('A') || !stored.len().is_multiple_of(4) {
        return None;
    }
    let block = text::from_base64(stored)?;
    match block.split_first()? {
        (0, rest) if rest.len() == 48 => {
            let (salt, digest) = rest.split_at(16);
            Some((Layout::AspNetV2, Prf::Sha1, ASP_NET_V2_ROUNDS, salt.to_vec(), digest.to_vec()))
        }
        (1, rest) => {
            let (head, rest) = rest.split_first_chunk::<12>()?;
            let (numbers, []) = head.as_chunks::<4>() else { return None };
            let [prf, rounds, salt_bytes] = [0, 1, 2].map(|at| u32::from_be_bytes(numbers[at]));
            let prf = *[Prf::Sha1, Prf::Sha256, Prf::Sha512].get(usize::try_from(prf).ok()?)?;
            let (salt, digest) = rest.split_at_checked(usize::try_from(salt_bytes).ok()?)?;
            // ASP.NET itself refuses less.
            (salt.len() >= 16 && digest.len() >= 16)
                .then(|| (Layout::AspNetV3, prf, rounds, salt.to_vec(), digest.to_vec()))
        }
        _ => None,
    }
}

fn read_spring(stored: &str) -> Option<Fields> {
    let (lead, hex) = stored.split_at(stored.find('}')? + 1);
    let block = text::from_hex(hex)?;
    let (layout, prf, rounds, salt_bytes) = match lead {
        "{pbkdf2}" => (Layout::Spring55, Prf::Sha1, SPRING_5_5_ROUNDS, 8),
        "{pbkdf2@SpringSecurity_v5_8}" => (Layout::Spring58, Prf::Sha256, SPRING_5_8_ROUNDS, 16),
        _ => return None,
    };
    let (salt, digest) = block.split_at_checked(salt_bytes)?;
    (digest.len() == 32).then(|| (layout, prf, rounds, salt.to_vec(), digest.to_vec()))
}

impl Scheme for Recipe {
    fn is_affordable(&self, _password_bytes: usize) -> bool {
        // The password is hashed once, whatever its length.
        u64::from(self.rounds) * self.digest_bytes.div_ceil(self.prf.bytes()) as u64 <= self.prf.max_rounds()
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if self.rounds == 0 {
            return None;
        }
        let mut digest = Zeroizing::new(vec![0; self.digest_bytes]);
        match self.prf {
            Prf::Sha1 => pbkdf2_hmac::<Sha1>(password, salt, self.rounds, &mut digest),
            Prf::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, self.rounds, &mut digest),
            Prf::Sha512 => pbkdf2_hmac::<Sha512>(password, salt, self.rounds, &mut digest),
        }
        Some(digest)
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        let (rounds, prf) = (self.rounds, self.prf.name());
        let salt_text = String::from_utf8_lossy(salt);
        match self.layout {
            Layout::Django => format!("pbkdf2_{prf}${rounds}${salt_text}${}", text::base64(digest)),
            Layout::Werkzeug => format!("pbkdf2:{prf}:{rounds}${salt_text}${}", text::hex(digest)),
            Layout::Passlib => {
                let name = if self.prf == Prf::Sha1 { String::new() } else { format!("-{prf}") };
                format!("$pbkdf2{name}${rounds}${}${}", text::dotted_base64(salt), text::dotted_base64(digest))
            }
            Layout::Phc => {
                let (length, salt, digest) = (digest.len(), text::bare_base64(salt), text::bare_base64(digest));
                format!("$pbkdf2-{prf}$i={rounds},l={length}${salt}${digest}")
            }
            Layout::AspNetV2 => text::base64(&[&[0], salt, digest].concat()),
            Layout::AspNetV3 => {
                let prf = [Prf::Sha1, Prf::Sha256, Prf::Sha512].iter().position(|known| *known == self.prf);
                let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
                let (prf, length) = (number(prf.unwrap_or(usize::MAX)), number(salt.len()));
                text::base64(&[&[1], &prf[..], &rounds.to_be_bytes(), &length, salt, digest].concat())
            }
            Layout::Spring55 => format!("{{pbkdf2}}{}", text::hex(&[salt, digest].concat())),
            Layout::Spring58 => format!("{{pbkdf2@SpringSecurity_v5_8}}{}", text::hex(&[salt, digest].concat())),
        }
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        match self.layout {
            // 128 bits in Django's alphabet of 62 are 22 characters.
            Layout::Django => text::random_alphanumeric(rng, self.salt_bytes.max(22)),
            Layout::Werkzeug => text::random_alphanumeric(rng, self.salt_bytes.max(16)),
            Layout::Spring55 => text::random_bytes(rng, 8),
            _ => text::random_bytes(rng, self.salt_bytes.max(16)),
        }
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, self.digest_bytes)
    }

    fn today(&self) -> recipe::Recipe {
        let rounds = match self.layout {
            // The readers of these texts know one number.
            Layout::AspNetV2 | Layout::Spring55 | Layout::Spring58 => self.rounds,
            _ => self.rounds.max(self.prf.today_rounds()),
        };
        let raised = Self { rounds, ..self.clone() };
        recipe::Recipe::Pbkdf2(if raised.is_affordable(0) { raised } else { self.clone() })
    }
}
