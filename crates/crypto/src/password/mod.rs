//! Password hashes as other frameworks write them: recognised, checked, and made again in their own spelling.
//!
//! Takes the text of a column and a password; gives a [`Verdict`] or a new text. Everything here blocks for as long as
//! the hash costs: callers run it on a bounded pool, never on a request's thread (SEC-6). What a row asks for is capped
//! before it is run, so that a stored text cannot demand gigabytes or minutes; what is over the cap, malformed or not
//! allowed is [`Verdict::Unusable`], never a panic (SEC-3).

mod argon2;
mod bcrypt;
mod common;
mod firebase;
mod format;
mod legacy;
mod md5_crypt;
mod pbkdf2;
mod phpass;
mod recipe;
mod scrypt;
mod sha_crypt;
mod spelling;
mod text;

pub use common::is_common;
pub use firebase::FirebaseProject;
pub use format::{Format, identify};
pub use spelling::{PasswordError, Spelling, dummy, make};

use recipe::Parts;

/// The longest password that is looked at, in bytes. SEC-1, SEC-52.
pub const MAX_PASSWORD_BYTES: usize = 1_024;

/// The longest stored text that is taken for a hash, in bytes.
const MAX_STORED_BYTES: usize = 1_024;

/// `[auth] legacy_hashes`: the weak kinds that may still log in. None by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Legacy {
    /// MD5 in hex, salted or not.
    pub md5: bool,
    /// SHA-1 in hex, salted or not.
    pub sha1: bool,
    /// SHA-256 in hex, salted or not.
    pub sha256: bool,
    /// The password itself.
    pub plain: bool,
}

/// What came of comparing a password with a stored text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Match,
    /// It is not.
    Mismatch,
    /// The text is no hash we know, is malformed, costs more than the cap, or is of a legacy kind that is not allowed.
    Unusable,
}

impl Verdict {
    fn of(matches: bool) -> Self {
        if matches { Self::Match } else { Self::Mismatch }
    }
}

/// Compares a password with the text of a row.
///
/// Costs what the row says, up to the cap of its format. Digests are compared in constant time. A password above
/// [`MAX_PASSWORD_BYTES`] is a mismatch before any work is done. Bcrypt compares the first 72 bytes, as every
/// framework does; a password with a zero byte matches no format whose own library stops at it.
pub fn verify(stored: &str, password: &str, legacy: &Legacy) -> Verdict {
    if password.len() > MAX_PASSWORD_BYTES {
        return Verdict::Mismatch;
    }
    let Some(format) = identify(stored) else {
        return legacy::verify_plain(stored, password, legacy);
    };
    if format.is_legacy() {
        return legacy::verify(stored, password, legacy);
    }
    let Some(Parts { recipe, salt, digest }) = Parts::read(format, stored) else { return Verdict::Unusable };
    let scheme = recipe.scheme();
    if !scheme.is_affordable(password.len()) {
        return Verdict::Unusable;
    }
    let Some(derived) = scheme.derive(password.as_bytes(), &salt) else { return Verdict::Unusable };
    // An empty digest would equal an empty digest: readers refuse short ones, and so does this line.
    let matches = !digest.is_empty() && crate::same(&derived, &digest);
    Verdict::of(matches && (scheme.takes_zero_bytes() || !password.contains('\0')))
}
