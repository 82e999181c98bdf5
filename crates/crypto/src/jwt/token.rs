//! A token in its compact form, taken apart and not yet believed.

use super::JwtError;
use crate::sha256;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::{Map, Value};

/// What a token says.
pub type Claims = Map<String, Value>;

/// The longest of our own tokens that is looked at. SEC-52.
pub const MAX_TOKEN_BYTES: usize = 4_096;

/// The longest token of a foreign issuer. Some carry every group of a person; a request's headers end here anyway.
pub const MAX_FOREIGN_TOKEN_BYTES: usize = 16_384;

/// Types in the header that a token for us may have, without `application/`.
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// By what a token may be remembered without keeping it.
pub fn token_hash(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

/// The parts of a token. Only the header has been read.
pub struct Parts<'t> {
    pub header: Header,
    /// What was signed: the first two parts.
    pub message: &'t str,
    pub signature: &'t str,
    payload: &'t str,
}

/// What we read of a header. Members that name a key are there to be refused.
#[derive(Deserialize)]
pub struct Header {
    pub alg: String,
    #[serde(default, deserialize_with = "text")]
    pub kid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    typ: Option<String>,
    #[serde(default)]
    jwk: Present,
    #[serde(default)]
    jku: Present,
    #[serde(default)]
    x5u: Present,
    #[serde(default)]
    x5c: Present,
    #[serde(default)]
    crit: Present,
}

/// Whether a member is there, with whatever value.
#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

// A `null` is no text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Takes a token apart and reads its header.
///
/// # Errors
///
/// [`JwtError::Malformed`], [`JwtError::Header`].
pub fn parse(token: &str, max_bytes: usize) -> Result<Parts<'_>, JwtError> {
    if token.len() > max_bytes {
        return Err(JwtError::Malformed);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(JwtError::Malformed)?;
    // A third point, as in an encrypted token, is no character of base64url.
    let header = Header::read(&decode(header)?)?;
    header.check()?;
    Ok(Parts { header, message, signature, payload })
}

impl Header {
    fn read(json: &[u8]) -> Result<Self, JwtError> {
        // A list would be taken for the members in their order.
        if !json.trim_ascii_start().starts_with(b"{") {
            return Err(JwtError::Malformed);
        }
        serde_json::from_slice(json).map_err(|_| JwtError::Malformed)
    }

    fn check(&self) -> Result<(), JwtError> {
        let refused =
            [(&self.jwk, "jwk"), (&self.jku, "jku"), (&self.x5u, "x5u"), (&self.x5c, "x5c"), (&self.crit, "crit")];
        if let Some((_, name)) = refused.into_iter().find(|(member, _)| member.0) {
            return Err(JwtError::Header(name));
        }
        match &self.typ {
            Some(typ) if !is_ours(typ) => Err(JwtError::Header("typ")),
            _ => Ok(()),
        }
    }
}

fn is_ours(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    TYPES.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

impl Parts<'_> {
    /// What the token says. To be asked for after the signature was checked.
    ///
    /// # Errors
    ///
    /// [`JwtError::Malformed`].
    pub fn claims(&self) -> Result<Claims, JwtError> {
        serde_json::from_slice(&decode(self.payload)?).map_err(|_| JwtError::Malformed)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)
}
