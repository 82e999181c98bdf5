//! Scrypt as Passlib, Django, Werkzeug and Spring spell it.

use super::{
    Format,
    recipe::{self, Parts, Scheme},
    text,
};
use ::scrypt::Params;
use rand::Rng;
use zeroize::Zeroizing;

/// Caps: 256 MiB at once and 1 GiB mixed in all, which takes some three seconds.
const MAX_MEMORY_BYTES: u64 = 256 * 1_024 * 1_024;
const MAX_WORK_BYTES: u64 = 1_024 * 1_024 * 1_024;

/// Shorter digests are not compared: too many passwords would match.
const MIN_DIGEST_BYTES: usize = 16;

/// The costs of scrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cost {
    pub(super) log_n: u8,
    pub(super) r: u32,
    pub(super) p: u32,
}

impl Cost {
    /// From the number itself; `None` when it is not a power of two.
    fn from_n(n: u32, r: u32, p: u32) -> Option<Self> {
        let log_n = u8::try_from(n.checked_ilog2()?).ok()?;
        (n.is_power_of_two() && n > 1).then_some(Self { log_n, r, p })
    }

    pub(super) fn is_affordable(self) -> bool {
        let block = u64::from(self.r) * 128;
        // Whatever is above 2^28 blocks is above the cap too, and would overflow below.
        self.log_n <= 28
            && (block << self.log_n) + block.saturating_mul(self.p.into()) <= MAX_MEMORY_BYTES
            && (block << self.log_n).saturating_mul(self.p.into()) <= MAX_WORK_BYTES
    }

    pub(super) fn derive(self, password: &[u8], salt: &[u8], bytes: usize) -> Option<Zeroizing<Vec<u8>>> {
        let params = Params::new(self.log_n, self.r, self.p).ok()?;
        let mut digest = Zeroizing::new(vec![0; bytes]);
        ::scrypt::scrypt(password, salt, &params, &mut digest).ok()?;
        Some(digest)
    }

    fn n(self) -> u64 {
        1 << self.log_n
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Layout {
    /// `$scrypt$ln=16,r=8,p=1$salt$digest`.
    Phc,
    /// The same with `n=65536`: AdonisJS.
    PhcPlainN,
    /// `scrypt$16384$salt$8$5$digest`.
    Django,
    /// `scrypt:32768:8:1$salt$digest`.
    Werkzeug,
    /// `{scrypt}$100801$salt$digest`, with the text in front.
    Spring(String),
}

/// Costs and spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Recipe {
    layout: Layout,
    cost: Cost,
    salt_bytes: usize,
    digest_bytes: usize,
}

/// The spelling of a format at the lowest cost.
pub(super) fn of(format: Format) -> Recipe {
    let (layout, salt_bytes, digest_bytes) = match format {
        Format::DjangoScrypt => (Layout::Django, 22, 64),
        Format::WerkzeugScrypt => (Layout::Werkzeug, 16, 64),
        Format::SpringScrypt => (Layout::Spring("{scrypt@SpringSecurity_v5_8}".to_owned()), 16, 32),
        _ => (Layout::Phc, 16, 32),
    };
    Recipe { layout, cost: Cost { log_n: 1, r: 8, p: 1 }, salt_bytes, digest_bytes }
}

/// Takes a stored text apart.
pub(super) fn read(format: Format, stored: &str) -> Option<Parts> {
    let (layout, cost, salt, digest) = match format {
        Format::Scrypt => read_phc(stored)?,
        Format::DjangoScrypt => {
            let ["scrypt", n, salt, r, p, digest] = text::fields(stored, '$')? else { return None };
            let cost = Cost::from_n(text::number(n)?, text::number(r)?, text::number(p)?)?;
            (Layout::Django, cost, salt.as_bytes().to_vec(), text::from_base64(digest)?)
        }
        Format::WerkzeugScrypt => {
            let [method, salt, digest] = text::fields(stored, '$')?;
            let ["scrypt", n, r, p] = text::fields(method, ':')? else { return None };
            let cost = Cost::from_n(text::number(n)?, text::number(r)?, text::number(p)?)?;
            (Layout::Werkzeug, cost, salt.as_bytes().to_vec(), text::from_hex(digest)?)
        }
        Format::SpringScrypt => {
            let (lead, rest) = stored.split_at(stored.find('}')? + 1);
            let ["", cost, salt, digest] = text::fields(rest, '$')? else { return None };
            let cost = spring_cost(cost)?;
            (Layout::Spring(lead.to_owned()), cost, text::from_base64(salt)?, text::from_base64(digest)?)
        }
        _ => return None,
    };
    if digest.len() < MIN_DIGEST_BYTES || salt.is_empty() {
        return None;
    }
    let recipe = Recipe { layout, cost, salt_bytes: salt.len(), digest_bytes: digest.len() };
    Some(Parts { recipe: recipe::Recipe::Scrypt(recipe), salt, digest })
}

fn read_phc(stored: &str) -> Option<(Layout, Cost, Vec<u8>, Vec<u8>)> {
    let ["", "scrypt", costs, salt, digest] = text::fields(stored, '$')? else { return None };
    let (r, p) = (text::number(text::named(costs, "r")?)?, text::number(text::named(costs, "p")?)?);
    let (layout, cost) = match text::named(costs, "ln") {
        Some(log_n) => (Layout::Phc, Cost { log_n: u8::try_from(text::number(log_n)?).ok()?, r, p }),
        None => (Layout::PhcPlainN, Cost::from_n(text::number(text::named(costs, "n")?)?, r, p)?),
    };
    Some((layout, cost, text::from_base64(salt)?, text::from_base64(digest)?))
}

// Hex of `log2(N) << 16 | r << 8 | p`.
fn spring_cost(hex: &str) -> Option<Cost> {
    if !text::is_hex(hex) {
        return None;
    }
    let [_, log_n, r, p] = u32::from_str_radix(hex, 16).ok()?.to_be_bytes();
    Some(Cost { log_n, r: r.into(), p: p.into() })
}

impl Scheme for Recipe {
    fn is_affordable(&self, _password_bytes: usize) -> bool {
        self.cost.is_affordable()
    }

    fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.cost.derive(password, salt, self.digest_bytes)
    }

    fn write(&self, salt: &[u8], digest: &[u8]) -> String {
        let Cost { log_n, r, p } = self.cost;
        let n = self.cost.n();
        let (bare_salt, bare_digest) = (text::bare_base64(salt), text::bare_base64(digest));
        let salt_text = String::from_utf8_lossy(salt);
        match &self.layout {
            Layout::Phc => format!("$scrypt$ln={log_n},r={r},p={p}${bare_salt}${bare_digest}"),
            Layout::PhcPlainN => format!("$scrypt$n={n},r={r},p={p}${bare_salt}${bare_digest}"),
            Layout::Django => format!("scrypt${n}${salt_text}${r}${p}${}", text::base64(digest)),
            Layout::Werkzeug => format!("scrypt:{n}:{r}:{p}${salt_text}${}", text::hex(digest)),
            Layout::Spring(lead) => {
                let cost = u32::from(log_n) << 16 | (r & 255) << 8 | p & 255;
                format!("{lead}${cost:x}${}${}", text::base64(salt), text::base64(digest))
            }
        }
    }

    fn fresh_salt(&self, rng: &mut dyn Rng) -> Vec<u8> {
        match self.layout {
            Layout::Django | Layout::Werkzeug => text::random_alphanumeric(rng, self.salt_bytes.max(16)),
            _ => text::random_bytes(rng, self.salt_bytes.max(16)),
        }
    }

    fn random_digest(&self, rng: &mut dyn Rng) -> Vec<u8> {
        text::random_bytes(rng, self.digest_bytes)
    }

    // Each framework's own default of today. All are among the equals of the OWASP Password Storage Cheat Sheet or
    // take as long: 2^14 with p = 5, 2^15 with p = 3, 2^16 with p = 2.
    fn today(&self) -> recipe::Recipe {
        let least = match self.layout {
            Layout::Django => Cost { log_n: 14, r: 8, p: 5 },
            Layout::Werkzeug => Cost { log_n: 15, r: 8, p: 1 },
            Layout::Phc | Layout::Spring(_) => Cost { log_n: 16, r: 8, p: 1 },
            Layout::PhcPlainN => Cost { log_n: 14, r: 8, p: 5 },
        };
        let cost =
            Cost { log_n: self.cost.log_n.max(least.log_n), r: self.cost.r.max(least.r), p: self.cost.p.max(least.p) };
        // Raising each part alone may overshoot the cap where the row spent its work elsewhere; its own cost is then kept.
        let cost = if cost.is_affordable() { cost } else { self.cost };
        recipe::Recipe::Scrypt(Self { cost, ..self.clone() })
    }
}
