//! What a token must say, checked after its signature was.

use super::{Claims, JwtError, MAX_LEEWAY_S};
use portcullis_base::Timestamp;
use serde_json::Value;

/// The end of the year 9999: no date lies behind it.
const LATEST_S: f64 = 253_402_300_799.0;

/// A claim that must be text, and not empty.
///
/// # Errors
///
/// [`JwtError::Claim`].
pub fn text<'c>(claims: &'c Claims, name: &'static str) -> Result<&'c str, JwtError> {
    match claims.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        _ => Err(JwtError::Claim(name)),
    }
}

/// Checks `exp`, `iat` and, where it is there, `nbf`. SEC-12.
///
/// # Errors
///
/// [`JwtError::Claim`], [`JwtError::Expired`], [`JwtError::NotYet`].
pub fn check_times(claims: &Claims, leeway_s: u32, now: Timestamp) -> Result<(), JwtError> {
    let leeway_s = i64::from(leeway_s.min(MAX_LEEWAY_S));
    let exp = seconds(claims.get("exp"), "exp")?;
    let iat = seconds(claims.get("iat"), "iat")?;
    let nbf = match claims.get("nbf") {
        Some(value) => seconds(Some(value), "nbf")?,
        None => iat,
    };
    if now.unix_s() >= exp + leeway_s {
        return Err(JwtError::Expired);
    }
    if iat.max(nbf) > now.unix_s() + leeway_s {
        return Err(JwtError::NotYet);
    }
    Ok(())
}

// A NumericDate may have a fraction (RFC 7519 §2).
fn seconds(value: Option<&Value>, name: &'static str) -> Result<i64, JwtError> {
    let Some(Value::Number(number)) = value else { return Err(JwtError::Claim(name)) };
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "in the range of whole numbers by the guard")]
        Some(seconds) if (0.0..=LATEST_S).contains(&seconds) => Ok(seconds as i64),
        _ => Err(JwtError::Claim(name)),
    }
}

/// Checks `iss`.
///
/// # Errors
///
/// [`JwtError::Claim`], [`JwtError::Issuer`].
pub fn check_issuer(claims: &Claims, issuer: &str) -> Result<(), JwtError> {
    if text(claims, "iss")? == issuer { Ok(()) } else { Err(JwtError::Issuer) }
}

/// Checks `aud`, a text or a list of texts, and gives how many there are.
///
/// # Errors
///
/// [`JwtError::Claim`], [`JwtError::Audience`].
pub fn check_audience(claims: &Claims, audience: &str) -> Result<usize, JwtError> {
    let (found, count) = match claims.get("aud") {
        Some(Value::String(one)) => (one == audience, 1),
        Some(Value::Array(many)) if !many.is_empty() && many.iter().all(Value::is_string) => {
            (many.iter().any(|one| one == audience), many.len())
        }
        _ => return Err(JwtError::Claim("aud")),
    };
    if found { Ok(count) } else { Err(JwtError::Audience) }
}

/// Checks `typ`: the expected kind, or none at all where none is expected. SEC-13.
///
/// # Errors
///
/// [`JwtError::Kind`].
pub fn check_kind(claims: &Claims, kind: Option<&str>) -> Result<(), JwtError> {
    match (claims.get("typ"), kind) {
        (None, None) => Ok(()),
        (Some(Value::String(found)), Some(kind)) if found == kind => Ok(()),
        _ => Err(JwtError::Kind),
    }
}
