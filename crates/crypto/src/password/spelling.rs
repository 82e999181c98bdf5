//! New hashes in the spelling of a row, at today's cost.

use super::{
    Format, MAX_PASSWORD_BYTES, identify,
    recipe::{Parts, Recipe},
};
use portcullis_base::Secret;
use rand::{Rng, SeedableRng, rngs::StdRng};

/// What stands in a row that nobody's password opens and that costs nothing to find out about.
const LOCKED: &str = "!";

/// Why no hash was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The format cannot hold so long a password.
    #[error("the password has more than {max_bytes} bytes, which is all that can be stored")]
    TooLong {
        /// How many it holds.
        max_bytes: usize,
    },
    /// The format's own libraries stop at a zero byte.
    #[error("the password has a zero byte, which cannot be stored")]
    ZeroByte,
    /// The format is too weak for a new password.
    #[error("`{}` is too weak for a new password", .0.word())]
    NotSound(Format),
    /// The row's parameters are over the cap, or make no sense.
    #[error("no new hash can be made with these parameters")]
    Unusable,
}

impl PasswordError {
    /// Stable, documented, never renamed: clients branch on it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "password_too_long",
            Self::ZeroByte => "password_invalid",
            Self::NotSound(_) | Self::Unusable => "internal",
        }
    }
}

/// How the hashes of a table, or of one row, are spelled: format, prefix, parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spelling {
    format: Format,
    /// As in the row; [`make`] raises it to today's cost. `None` for legacy kinds.
    recipe: Option<Recipe>,
}

impl Spelling {
    /// The spelling of a stored hash. `None` when it is no hash we know, is malformed, or is over the cap.
    pub fn like(stored: &str) -> Option<Self> {
        let format = identify(stored)?;
        if format.is_legacy() {
            return Some(Self { format, recipe: None });
        }
        let recipe = Parts::read(format, stored)?.recipe;
        recipe.scheme().is_affordable(0).then_some(Self { format, recipe: Some(recipe) })
    }

    /// The spelling a framework itself uses, at today's cost.
    pub fn of(format: Format) -> Self {
        Self { format, recipe: Recipe::of(format) }
    }

    /// What tables of our own hold: Argon2id, 19 MiB, 2 passes, 1 lane. SEC-3.
    pub fn argon2id() -> Self {
        Self::of(Format::Argon2)
    }

    /// Argon2id in the spelling that the framework of `format` reads.
    pub fn argon2id_beside(format: Format) -> Self {
        if format.is_django() {
            Self::of(Format::DjangoArgon2)
        } else if format.is_spring() {
            Self::of(Format::SpringArgon2)
        } else {
            Self::argon2id()
        }
    }

    /// The format it is a spelling of.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The longest text that [`make`] writes in this spelling, in characters (all are ASCII).
    pub fn width(&self) -> usize {
        self.recipe.as_ref().map_or(LOCKED.len(), |recipe| sample(&recipe.scheme().today()).len())
    }

    /// Whether a stored hash needs no rehash to be in this spelling at today's cost.
    pub fn is_met_by(&self, stored: &str) -> bool {
        Self::like(stored).is_some_and(|row| {
            let (Some(own), Some(target)) = (&row.recipe, &self.recipe) else { return false };
            row.format == self.format && *own == own.scheme().today() && is_same_kind(own, target)
        })
    }
}

// `$argon2i$` at any cost is not `$argon2id$`: what is left after raising both must be one kind.
fn is_same_kind(own: &Recipe, target: &Recipe) -> bool {
    match (own, target) {
        (Recipe::Argon2(own), Recipe::Argon2(target)) => own.is_same_kind(target),
        _ => true,
    }
}

/// Hashes a password in a spelling: its own cost, or today's where that is higher.
///
/// # Errors
///
/// [`PasswordError::TooLong`] and [`PasswordError::ZeroByte`] before any work is done, where the format cannot hold
/// the password; [`PasswordError::NotSound`] for formats that are only read.
pub fn make(spelling: &Spelling, password: &str, rng: &mut dyn Rng) -> Result<Secret<String>, PasswordError> {
    let format = spelling.format;
    let max_bytes = format.holds_bytes().min(MAX_PASSWORD_BYTES);
    if password.len() > max_bytes {
        return Err(PasswordError::TooLong { max_bytes });
    }
    if !format.is_sound() {
        return Err(PasswordError::NotSound(format));
    }
    let recipe = spelling.recipe.as_ref().ok_or(PasswordError::Unusable)?.scheme().today();
    let scheme = recipe.scheme();
    if password.contains('\0') && !scheme.takes_zero_bytes() {
        return Err(PasswordError::ZeroByte);
    }
    if !scheme.is_affordable(password.len()) {
        return Err(PasswordError::Unusable);
    }
    let salt = scheme.fresh_salt(rng);
    let digest = scheme.derive(password.as_bytes(), &salt).ok_or(PasswordError::Unusable)?;
    Ok(Secret::new(scheme.write(&salt, &digest)))
}

/// A hash that nobody's password matches, with the format and cost of the row the spelling was taken from.
///
/// Verified in place of a row that is not there, it takes as long as that row would (SEC-4).
pub fn dummy(spelling: &Spelling) -> Secret<String> {
    Secret::new(match &spelling.recipe {
        Some(recipe) => sample(recipe),
        None => legacy_dummy(spelling.format),
    })
}

// The digest is drawn, not derived: to find its password is to invert the function.
fn sample(recipe: &Recipe) -> String {
    let mut rng = StdRng::seed_from_u64(0);
    let scheme = recipe.scheme();
    let salt = scheme.fresh_salt(&mut rng);
    let digest = scheme.random_digest(&mut rng);
    scheme.write(&salt, &digest)
}

fn legacy_dummy(format: Format) -> String {
    let zeros = |bytes: usize| "0".repeat(bytes * 2);
    match format {
        Format::Md5 => zeros(16),
        Format::Sha1 => zeros(20),
        Format::Sha256 => zeros(32),
        Format::SaltedMd5 => format!("{}:salt", zeros(16)),
        Format::SaltedSha1 => format!("{}:salt", zeros(20)),
        Format::SaltedSha256 => format!("{}:salt", zeros(32)),
        // Comparing texts costs nothing, and neither does this.
        _ => LOCKED.to_owned(),
    }
}
