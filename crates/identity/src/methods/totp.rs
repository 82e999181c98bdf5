//! Codes of an authenticator app (TOTP, RFC 6238): six digits, thirty seconds, one step of tolerance, each good once.
//!
//! The secret lies sealed in the store. Wrong codes are counted before a code is looked at: five, then a wait.

use super::factor::{FactorError, Owner, drop_idle_codes};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use portcullis_base::{Secret, Timestamp};
use portcullis_store::{
    StoreError, factor_tries,
    totp::{self, Totp as Kept},
};
use qrcodegen::{QrCode, QrCodeEcc};
use rand::Rng;
use std::fmt::Write as _;
use totp_rs::{Builder, Totp};

/// Wrong codes, then a quarter of an hour; after a hundred in a row only another factor or an administrator helps.
///
/// Source: NIST SP 800-63B-4, section 3.2.2.
pub const LIMITS: factor_tries::Limits = factor_tries::Limits { per_round: 5, wait_s: 900, at_most: 100 };

const KIND: &str = "totp";
const STEP_S: i64 = 30;
/// Longer codes are refused before any work.
const MAX_CODE_CHARS: usize = 16;

/// A fresh secret: 160 random bits, as RFC 4226 recommends.
#[derive(Debug, Clone)]
pub struct TotpSecret(Secret<Vec<u8>>);

impl TotpSecret {
    /// Draws a secret.
    pub fn draw(rng: &mut dyn Rng) -> Self {
        let mut bytes = vec![0u8; 20];
        rng.fill_bytes(&mut bytes);
        Self(Secret::new(bytes))
    }
}

/// What the user's app has to learn. Shown once.
#[derive(Debug, Clone)]
pub struct Enrollment {
    /// The secret in base 32, to type in.
    pub secret: Secret<String>,
    /// `otpauth://totp/...`.
    pub url: Secret<String>,
    /// The same as a picture: `data:image/svg+xml;base64,...`.
    pub qr: Secret<String>,
}

/// What a code was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpCheck {
    /// The right one, never used before.
    Accepted,
    /// A wrong one; so many more before the next wait.
    Wrong {
        /// Tries left.
        left: i64,
    },
    /// Right, but it or a later one was used already. Counts as a wrong one.
    Reused,
    /// Too many wrong ones: not before this moment. The code was not looked at.
    Locked {
        /// When the next code is looked at.
        until: Timestamp,
    },
    /// Far too many wrong ones: another factor has to help. The code was not looked at.
    Blocked,
}

/// Gives a user a new secret, which counts for nothing until [`confirm`].
///
/// `issuer` and `account` are what the app shows: the project's name and the user's address.
///
/// # Errors
///
/// [`FactorError::AlreadyEnrolled`]; names beyond 256 bytes.
pub async fn enroll(
    owner: Owner<'_>,
    secret: TotpSecret,
    issuer: &str,
    account: &str,
    now: Timestamp,
) -> Result<Enrollment, FactorError> {
    let totp = codes(secret.0.expose(), issuer, account)?;
    let url = totp.to_url().map_err(|_| FactorError::UnusableName)?;
    let qr = picture(&url)?;
    let sealed = owner.store.seal_totp(owner.connection, owner.user, secret.0.expose());
    match owner.write(move |tx, connection, user| totp::enroll(tx, connection, user, sealed, now)).await {
        Err(StoreError::Exists) => Err(FactorError::AlreadyEnrolled),
        other => Ok(other?),
    }?;
    Ok(Enrollment { secret: Secret::new(totp.secret().to_base32()), url: Secret::new(url), qr: Secret::new(qr) })
}

/// The first code: shows that the app has the secret, and makes it count.
///
/// # Errors
///
/// [`FactorError::NotEnrolled`], [`FactorError::AlreadyEnrolled`].
pub async fn confirm(owner: Owner<'_>, code: &str, now: Timestamp) -> Result<TotpCheck, FactorError> {
    let kept = find(owner).await?;
    if kept.confirmed_at.is_some() {
        return Err(FactorError::AlreadyEnrolled);
    }
    check(owner, kept, code, now).await
}

/// Checks a code of a confirmed app.
///
/// # Errors
///
/// [`FactorError::NotEnrolled`].
pub async fn verify(owner: Owner<'_>, code: &str, now: Timestamp) -> Result<TotpCheck, FactorError> {
    let kept = find(owner).await?;
    if kept.confirmed_at.is_none() {
        return Err(FactorError::NotEnrolled);
    }
    check(owner, kept, code, now).await
}

/// Ends the app's use; with the last second factor the recovery codes go too. Ask for a proof first.
///
/// # Errors
///
/// [`FactorError::NotEnrolled`].
pub async fn disable(owner: Owner<'_>) -> Result<(), FactorError> {
    let deleted = owner.write(|tx, connection, user| {
        let deleted = totp::delete(tx, connection, user)?;
        factor_tries::clear(tx, connection, user, Some(KIND))?;
        drop_idle_codes(tx, connection, user)?;
        Ok(deleted)
    });
    if deleted.await? { Ok(()) } else { Err(FactorError::NotEnrolled) }
}

async fn find(owner: Owner<'_>) -> Result<Kept, FactorError> {
    owner.read(totp::find).await?.ok_or(FactorError::NotEnrolled)
}

async fn check(owner: Owner<'_>, kept: Kept, code: &str, now: Timestamp) -> Result<TotpCheck, FactorError> {
    let claim = owner.write(move |tx, connection, user| factor_tries::claim(tx, connection, user, KIND, LIMITS, now));
    let left = match claim.await? {
        factor_tries::Try::Granted { left } => left,
        factor_tries::Try::Wait(until) => return Ok(TotpCheck::Locked { until }),
        factor_tries::Try::Blocked => return Ok(TotpCheck::Blocked),
    };
    let secret = owner.store.open_totp(owner.connection, owner.user, &kept.secret)?;
    let Some(step) = step_of(secret.expose(), code, now)? else { return Ok(TotpCheck::Wrong { left }) };
    let used = owner.write(move |tx, connection, user| {
        let used = totp::use_step(tx, connection, user, &kept, step, now)?;
        if used {
            factor_tries::clear(tx, connection, user, Some(KIND))?;
        }
        Ok(used)
    });
    Ok(if used.await? { TotpCheck::Accepted } else { TotpCheck::Reused })
}

/// The step a code belongs to, one before and one after the present one included.
fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>, FactorError> {
    if code.len() > MAX_CODE_CHARS {
        return Ok(None);
    }
    let digits: String = code.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let time = u64::try_from(now.unix_s()).unwrap_or(0);
    let step = codes(secret, "", "")?.check(&digits, time);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn codes(secret: &[u8], issuer: &str, account: &str) -> Result<Totp, FactorError> {
    if issuer.len() > 256 || account.len() > 256 {
        return Err(FactorError::UnusableName);
    }
    // A colon would end the issuer's part of the label.
    let plain = |text: &str| text.replace(':', " ");
    let issuer = Some(plain(issuer)).filter(|issuer| !issuer.is_empty());
    Builder::new()
        .with_secret(secret.to_vec())
        .with_step_duration(STEP_S.unsigned_abs())
        .with_skew(1)
        .with_issuer(issuer)
        .with_account_name(plain(account))
        .build()
        .map_err(|_| FactorError::UnusableName)
}

/// A QR code as SVG: one path of unit squares, with the quiet zone of four that the standard wants.
fn picture(text: &str) -> Result<String, FactorError> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| FactorError::UnusableName)?;
    let side = code.size() + 2 * QUIET;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d=""##
    );
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(svg, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        }
    }
    svg.push_str(r#""/></svg>"#);
    Ok(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}
