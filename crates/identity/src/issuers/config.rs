//! An issuer as an administrator describes it, and as it is kept.

use super::IssuerError;
use crate::outbound::Outbound;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Bytes of a name in the document. SEC-52.
const MAX_NAME_BYTES: usize = 256;
const MAX_URL_BYTES: usize = 2_048;

/// The body of `PUT auth-config`. SEC-25: each member has one type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerDocument {
    /// `external`, the only kind there is.
    pub provider: String,
    /// Where the issuer publishes its keys.
    pub jwks_url: String,
    /// The claim that holds the user's id. Default `sub`.
    pub user_id_claim: Option<String>,
    /// The `aud` of its tokens. The surface knows the default.
    pub audience: Option<String>,
    /// The `iss` of its tokens.
    pub issuer: String,
}

/// An issuer whose description was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalIssuer {
    jwks_url: String,
    user_id_claim: String,
    audience: String,
    issuer: String,
}

impl ExternalIssuer {
    /// Checks a description.
    ///
    /// # Errors
    ///
    /// [`IssuerError::Config`] names the member.
    pub fn new(document: IssuerDocument, default_audience: &str, outbound: &Outbound) -> Result<Self, IssuerError> {
        if document.provider != "external" {
            return refuse("provider", "only `external` is known");
        }
        check_url(&document.jwks_url, outbound)?;
        Ok(Self {
            jwks_url: document.jwks_url,
            user_id_claim: name("user_id_claim", document.user_id_claim.unwrap_or_else(|| "sub".to_owned()))?,
            audience: name("audience", document.audience.unwrap_or_else(|| default_audience.to_owned()))?,
            issuer: name("issuer", document.issuer)?,
        })
    }

    /// The issuer as text, to be kept.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The issuer that was kept.
    ///
    /// # Errors
    ///
    /// [`IssuerError::Config`] if the text is none.
    pub fn from_text(text: &str) -> Result<Self, IssuerError> {
        serde_json::from_str(text).or_else(|_| refuse("document", "it is damaged"))
    }

    /// Where the keys are published.
    pub fn jwks_url(&self) -> &str {
        &self.jwks_url
    }

    /// The claim that holds the user's id.
    pub fn user_id_claim(&self) -> &str {
        &self.user_id_claim
    }

    /// The `aud` of its tokens.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

/// `https`, or this machine itself where private targets are allowed.
fn check_url(text: &str, outbound: &Outbound) -> Result<(), IssuerError> {
    if text.len() > MAX_URL_BYTES {
        return refuse("jwks_url", "it is too long");
    }
    outbound.check(text).or_else(|error| refuse("jwks_url", &error.to_string()))?;
    match Url::parse(text) {
        Ok(url) if url.scheme() == "https" || is_loopback(&url) => Ok(()),
        _ => refuse("jwks_url", "it must begin with `https://`"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn name(field: &'static str, text: String) -> Result<String, IssuerError> {
    if text.is_empty() || text.len() > MAX_NAME_BYTES || text.chars().any(char::is_control) {
        return refuse(field, "it must be a text of 1 to 256 bytes");
    }
    Ok(text)
}

fn refuse<T>(field: &'static str, why: &str) -> Result<T, IssuerError> {
    Err(IssuerError::Config { field, why: why.to_owned() })
}
