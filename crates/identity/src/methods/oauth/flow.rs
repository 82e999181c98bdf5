//! The two halves of a social login. SEC-28, SEC-31.

use super::{
    Configured, OAuthError, ProviderHttp, SocialIdentity,
    documents::Documents,
    exchange::{Exchange, word},
    provider::Endpoints,
};
use crate::methods::ceremony;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_base::{ConnectionId, Secret, Timestamp};
use portcullis_crypto::{random_token, same, sha256};
use portcullis_store::Store;
use rand::Rng;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};
use url::Url;

const KIND: &str = "social";
/// Longer codes are refused before any work.
const MAX_CODE_BYTES: usize = 4_096;

/// Social login; one per node.
#[derive(Clone)]
pub struct Social {
    http: Arc<dyn ProviderHttp>,
    documents: Arc<Documents>,
}

/// The chance one login needs, drawn before it begins.
#[derive(Debug, Clone)]
pub struct Chance {
    state: Secret<String>,
    verifier: Secret<String>,
    nonce: Secret<String>,
    browser: Secret<String>,
}

impl Chance {
    /// Draws four times 256 bits.
    pub fn draw(rng: &mut dyn Rng) -> Self {
        let mut token = || random_token(rng);
        Self { state: token(), verifier: token(), nonce: token(), browser: token() }
    }
}

impl Chance {
    /// The same for a browser that began another login a moment ago: both can be finished.
    #[must_use]
    pub fn in_browser(mut self, known: Option<&str>) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if let Some(known) = known.filter(|known| known.len() == 43 && known.chars().all(fits)) {
            self.browser = Secret::new(known.to_owned());
        }
        self
    }
}

/// Where a login begins, and what is to be remembered of it.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Our own callback for this provider: from configuration, never from the request. SEC-28.
    pub redirect_uri: String,
    /// Where the application wants its user back; checked against the allowed origins before.
    pub return_to: Option<String>,
    /// The user who is signed in and wants to link the provider.
    pub link_user: Option<String>,
    /// Whether that user's session is one of two factors.
    pub link_strong: bool,
    /// What the surface wants to know again at the end.
    pub note: Option<String>,
}

/// The first half of a login.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where to send the browser.
    pub authorize_url: String,
    /// What the browser has to keep, in a cookie that scripts cannot read (`HttpOnly`, `SameSite=Lax`, ten minutes).
    pub browser: Secret<String>,
}

/// What the browser brought to the callback.
#[derive(Debug, Clone, Copy, Default)]
pub struct Callback<'a> {
    /// The parameter `state`.
    pub state: &'a str,
    /// The cookie of [`Begun::browser`].
    pub browser: Option<&'a str>,
    /// The parameter `code`.
    pub code: Option<&'a str>,
    /// The parameter `iss` (RFC 9207).
    pub iss: Option<&'a str>,
    /// The parameter `error`.
    pub error: Option<&'a str>,
    /// The callback the browser came to: only logins that began with it are finished there.
    pub at: Option<&'a str>,
}

/// The end of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Who the person is.
    pub identity: SocialIdentity,
    /// As given in [`Start`].
    pub return_to: Option<String>,
    /// As given in [`Start`].
    pub link_user: Option<String>,
    /// As given in [`Start`].
    pub link_strong: bool,
    /// As given in [`Start`].
    pub note: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    provider: String,
    client_id: String,
    redirect_uri: String,
    verifier: String,
    nonce: Option<String>,
    browser: [u8; 32],
    return_to: Option<String>,
    link_user: Option<String>,
    link_strong: bool,
    #[serde(default)]
    note: Option<String>,
}

impl Social {
    /// Social login over this client.
    pub fn new(http: Arc<dyn ProviderHttp>) -> Self {
        Self { http, documents: Arc::default() }
    }

    /// Begins a login.
    ///
    /// # Errors
    ///
    /// [`OAuthError::Misconfigured`]; [`OAuthError::Unavailable`] when the provider's discovery document is not there.
    pub async fn begin(
        &self,
        store: &Store,
        connection: &ConnectionId,
        provider: Configured<'_>,
        start: Start,
        chance: Chance,
        now: Timestamp,
    ) -> Result<Begun, OAuthError> {
        let exchange = self.exchange(provider, now)?;
        let endpoints = provider.kind().endpoints(&exchange).await?;
        let nonce = provider.kind().is_openid().then_some(chance.nonce);
        let authorize_url =
            authorize_url(&endpoints, provider, &start, &chance.state, &chance.verifier, nonce.as_ref())?;
        let remembered = Remembered {
            provider: provider.name.to_owned(),
            client_id: provider.settings.client_id.clone(),
            redirect_uri: start.redirect_uri,
            verifier: chance.verifier.expose().clone(),
            nonce: nonce.map(|nonce| nonce.expose().clone()),
            browser: sha256(chance.browser.expose().as_bytes()),
            return_to: start.return_to,
            link_user: start.link_user,
            link_strong: start.link_strong,
            note: start.note,
        };
        ceremony::keep(store, connection, KIND, &chance.state, &remembered, now).await?;
        Ok(Begun { authorize_url, browser: chance.browser })
    }

    /// Finishes a login. Whatever comes of it, the state is used up.
    ///
    /// # Errors
    ///
    /// [`OAuthError::InvalidState`] before anything is asked of the provider; else why its answer does not hold.
    pub async fn finish(
        &self,
        store: &Store,
        connection: &ConnectionId,
        provider: Configured<'_>,
        callback: Callback<'_>,
        now: Timestamp,
    ) -> Result<Finished, OAuthError> {
        let exchange = self.exchange(provider, now)?;
        let begun: Option<Remembered> = ceremony::take(store, connection, KIND, callback.state, now).await?;
        let browser = sha256(callback.browser.unwrap_or_default().as_bytes());
        let begun = begun
            .filter(|begun| begun.provider == provider.name && begun.client_id == provider.settings.client_id)
            .filter(|begun| callback.at.is_none_or(|at| at == begun.redirect_uri))
            .filter(|begun| callback.browser.is_some() && same(&begun.browser, &browser))
            .ok_or(OAuthError::InvalidState)?;
        let endpoints = provider.kind().endpoints(&exchange).await?;
        check_issuer(&endpoints, callback.iss)?;
        if let Some(error) = callback.error {
            return Err(if error == "access_denied" { OAuthError::Denied } else { OAuthError::Refused(word(error)) });
        }
        let code = callback.code.filter(|code| !code.is_empty() && code.len() <= MAX_CODE_BYTES);
        let code = code.ok_or_else(|| OAuthError::unacceptable("no code"))?;
        let (verifier, nonce) = (Secret::new(begun.verifier), begun.nonce.map(Secret::new));
        let tokens = exchange.tokens(&endpoints, code, &verifier, &begun.redirect_uri, nonce).await?;
        let identity = provider.kind().identify(&exchange, &tokens).await?;
        Ok(Finished {
            identity,
            return_to: begun.return_to,
            link_user: begun.link_user,
            link_strong: begun.link_strong,
            note: begun.note,
        })
    }

    fn exchange<'a>(&'a self, provider: Configured<'a>, now: Timestamp) -> Result<Exchange<'a>, OAuthError> {
        provider.check()?;
        Ok(Exchange { http: &*self.http, documents: &self.documents, provider, now })
    }
}

impl fmt::Debug for Social {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Social")
    }
}

fn authorize_url(
    endpoints: &Endpoints,
    provider: Configured<'_>,
    start: &Start,
    state: &Secret<String>,
    verifier: &Secret<String>,
    nonce: Option<&Secret<String>>,
) -> Result<String, OAuthError> {
    let mut url = Url::parse(&endpoints.authorize).map_err(|_| super::SettingsProblem::Url("authorize_url"))?;
    let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.expose().as_bytes()));
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair("redirect_uri", &start.redirect_uri)
        .append_pair("scope", &provider.scopes().join(" "))
        .append_pair("state", state.expose())
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    if let Some(nonce) = nonce {
        query.append_pair("nonce", nonce.expose());
    }
    drop(query);
    Ok(url.into())
}

/// Where `iss` is sent it has to be the issuer; without a known issuer, of the origin we sent the browser to.
/// Source: RFC 9207 §2.4, against mixing up two providers.
fn check_issuer(endpoints: &Endpoints, iss: Option<&str>) -> Result<(), OAuthError> {
    let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    let good = match (iss, &endpoints.issuer) {
        (None, _) => !endpoints.sends_issuer,
        (Some(iss), Some(issuer)) => iss == issuer,
        (Some(iss), None) => origin(iss).is_some() && origin(iss) == origin(&endpoints.authorize),
    };
    if good { Ok(()) } else { Err(OAuthError::unacceptable("the answer is another issuer's")) }
}
