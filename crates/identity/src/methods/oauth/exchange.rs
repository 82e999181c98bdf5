//! What a provider works with while it answers one request, and the requests all of them share.

use super::{
    Configured, HttpFailure, OAuthError, ProviderHttp,
    documents::{Documents, FRESH_S},
    provider::{Endpoints, Tokens},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::settings::is_usable;
use serde_json::Value;
use std::sync::Arc;

/// Longer texts from a provider are not taken.
pub const MAX_TEXT_BYTES: usize = 256;

/// One request's view.
pub struct Exchange<'a> {
    pub http: &'a dyn ProviderHttp,
    pub documents: &'a Documents,
    pub provider: Configured<'a>,
    pub now: Timestamp,
}

impl Exchange<'_> {
    /// A public document of the provider.
    pub async fn document(&self, url: &str, max_age_s: i64) -> Result<Arc<Value>, OAuthError> {
        Ok(self.documents.get(self.http, url, max_age_s, self.now).await?)
    }

    /// The discovery document of an issuer. It has to name the issuer itself: OpenID Connect Discovery §4.3.
    pub async fn discover(&self, issuer: &str) -> Result<Arc<Value>, OAuthError> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document = self.document(&url, FRESH_S).await?;
        if document["issuer"].as_str() != Some(issuer) {
            return Err(OAuthError::unacceptable("the discovery document is another issuer's"));
        }
        Ok(document)
    }

    /// Turns a code into tokens: RFC 6749 §4.1.3 with RFC 7636 §4.5.
    pub async fn tokens(
        &self,
        endpoints: &Endpoints,
        code: &str,
        verifier: &Secret<String>,
        redirect_uri: &str,
        nonce: Option<Secret<String>>,
    ) -> Result<Tokens, OAuthError> {
        let client_id = self.provider.settings.client_id.as_str();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier.expose()),
        ];
        // Both parts are form-encoded before they are joined: RFC 6749 §2.3.1.
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = self.provider.secret.filter(|_| endpoints.basic);
        let pair = pair.map(|secret| (encoded(client_id), Secret::new(encoded(secret.expose()))));
        let basic = pair.as_ref().map(|(name, secret)| (name.as_str(), secret));
        if basic.is_none() {
            form.push(("client_id", client_id));
            form.extend(self.provider.secret.map(|secret| ("client_secret", secret.expose().as_str())));
        }
        let answer = self.http.post_form(&endpoints.token, &form, basic).await?;
        // GitHub says so with status 200.
        if let Some(error) = answer["error"].as_str() {
            return Err(HttpFailure::Refused { status: 200, code: Some(word(error)) }.into());
        }
        let text = |field: &str| answer[field].as_str().filter(|text| !text.is_empty());
        let access = text("access_token").ok_or_else(|| OAuthError::unacceptable("no access token"))?;
        let id = text("id_token").map(|token| Secret::new(token.to_owned()));
        Ok(Tokens { access: Secret::new(access.to_owned()), id, nonce })
    }
}

/// An address from a provider's document: over TLS, like one in the settings.
pub fn url_in(document: &Value, field: &str) -> Result<String, OAuthError> {
    let url = document[field].as_str().filter(|url| is_usable(url));
    url.map(str::to_owned)
        .ok_or_else(|| OAuthError::Unacceptable(format!("no usable `{field}` in the discovery document")))
}

/// A text that people may see: not empty, not long, without control characters.
pub fn plain(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (!text.is_empty() && text.len() <= MAX_TEXT_BYTES && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// An address that is exactly one mailbox. SEC-26.
pub fn address(value: &Value) -> Option<String> {
    let text = plain(value)?;
    let (local, domain) = text.split_once('@')?;
    let odd = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '"' | '@');
    let good = text.len() <= 254 && !local.is_empty() && !domain.is_empty() && !local.contains(odd);
    (good && !domain.contains(odd)).then_some(text)
}

/// An error code as a word for the log, whatever the provider wrote.
pub fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}
