//! Recovery codes: ten for the drawer, each good once in place of another second factor.
//!
//! A code has 120 random bits, so that its SHA-256 needs no salt and no cost.

use super::factor::{FactorError, Owner};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::sha256;
use portcullis_store::{factor_tries, recovery_codes};
use rand::Rng;

/// How many codes a user gets.
pub const CODES: usize = 10;
/// Wrong codes, then a quarter of an hour. There is no end to it: codes of this length cannot be guessed, and whoever
/// knows the password must not be able to shut their owner out for good.
pub const LIMITS: factor_tries::Limits = factor_tries::Limits { per_round: 5, wait_s: 900, at_most: i64::MAX };

const KIND: &str = "recovery";
/// Crockford's base 32: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CHARS: usize = 24;
const GROUP: usize = 6;
/// Longer ones are refused before any work.
const MAX_CODE_CHARS: usize = 64;

/// Fresh codes: `k3x9p2-...`, four groups of six.
#[derive(Debug, Clone)]
pub struct RecoveryCodes(Vec<Secret<String>>);

impl RecoveryCodes {
    /// Draws the codes.
    pub fn draw(rng: &mut dyn Rng) -> Self {
        Self((0..CODES).map(|_| Secret::new(draw(rng))).collect())
    }
}

/// What a code was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryCheck {
    /// An unused one; it is used now.
    Accepted {
        /// How many are left.
        left: i64,
    },
    /// Unknown, or used before.
    Wrong,
    /// Too many wrong ones: not before this moment. The code was not looked at.
    Locked {
        /// When the next code is looked at.
        until: Timestamp,
    },
}

/// Gives a user new codes in place of all earlier ones; they are shown once.
///
/// # Errors
///
/// [`FactorError::NothingToRecover`] without a confirmed app or a passkey.
pub async fn regenerate(
    owner: Owner<'_>,
    codes: RecoveryCodes,
    now: Timestamp,
) -> Result<Vec<Secret<String>>, FactorError> {
    if !owner.second_factors().await?.any() {
        return Err(FactorError::NothingToRecover);
    }
    let hashes: Vec<_> = codes.0.iter().map(|code| hash(code.expose())).collect();
    owner.write(move |tx, connection, user| recovery_codes::replace(tx, connection, user, &hashes, now)).await?;
    Ok(codes.0)
}

/// Uses a code up.
///
/// # Errors
///
/// What the store says.
pub async fn consume(owner: Owner<'_>, code: &str, now: Timestamp) -> Result<RecoveryCheck, FactorError> {
    let claim = owner.write(move |tx, connection, user| factor_tries::claim(tx, connection, user, KIND, LIMITS, now));
    match claim.await? {
        factor_tries::Try::Granted { .. } => {}
        factor_tries::Try::Wait(until) => return Ok(RecoveryCheck::Locked { until }),
        factor_tries::Try::Blocked => return Ok(RecoveryCheck::Wrong),
    }
    if code.len() > MAX_CODE_CHARS {
        return Ok(RecoveryCheck::Wrong);
    }
    let hash = hash(code);
    let checked = owner.write(move |tx, connection, user| {
        if !recovery_codes::consume(tx, connection, user, &hash, now)? {
            return Ok(RecoveryCheck::Wrong);
        }
        // Who has a code from the drawer is the owner: a locked app works again.
        factor_tries::clear(tx, connection, user, None)?;
        Ok(RecoveryCheck::Accepted { left: recovery_codes::left(tx, connection, user)? })
    });
    Ok(checked.await?)
}

fn draw(rng: &mut dyn Rng) -> String {
    let mut bytes = [0u8; CHARS];
    rng.fill_bytes(&mut bytes);
    let mut code = String::with_capacity(CHARS + CHARS / GROUP);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    code
}

/// Of a code as people type it: any case, with or without hyphens, `o` for 0, `i` and `l` for 1.
fn hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    sha256(plain.as_bytes())
}
