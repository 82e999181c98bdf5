//! What a provider has to answer, and which ones are known by their names.

use super::{
    OAuthError, SettingsProblem, SocialIdentity, SocialSettings,
    exchange::Exchange,
    github::GitHub,
    oidc::{Google, OpenId},
};
use async_trait::async_trait;
use portcullis_base::Secret;

/// Every provider known by its name. A new one is a file beside these and a line here; any OpenID provider works by
/// settings alone.
pub static PROVIDERS: &[&dyn OAuthProvider] = &[&GitHub, &Google];

/// One provider as a project has set it up; lives in the request. SEC-31.
#[derive(Debug, Clone, Copy)]
pub struct Configured<'a> {
    /// Its name in the settings.
    pub name: &'a str,
    /// Its settings.
    pub settings: &'a SocialSettings,
    /// The value behind `client_secret`.
    pub secret: Option<&'a Secret<String>>,
}

/// Where a provider's pages are.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// For people.
    pub authorize: String,
    /// For codes.
    pub token: String,
    /// For keys; OpenID only.
    pub jwks: Option<String>,
    /// For more about a person; OpenID only.
    pub userinfo: Option<String>,
    /// What `iss` has to be, where it is sent and in ID tokens.
    pub issuer: Option<String>,
    /// The provider promises to send `iss` (RFC 9207).
    pub sends_issuer: bool,
    /// The provider takes the client's secret as HTTP Basic only.
    pub basic: bool,
}

/// A kind of provider.
#[async_trait]
pub trait OAuthProvider: Send + Sync {
    /// The name by which it is known.
    fn name(&self) -> &'static str;

    /// What is asked for where the settings say nothing.
    fn scopes(&self) -> &'static [&'static str];

    /// Whether an ID token is to be expected, and with it a nonce.
    fn is_openid(&self) -> bool;

    /// Where its pages are.
    async fn endpoints(&self, exchange: &Exchange<'_>) -> Result<Endpoints, OAuthError>;

    /// Who the person is that the tokens are for.
    async fn identify(&self, exchange: &Exchange<'_>, tokens: &Tokens) -> Result<SocialIdentity, OAuthError>;
}

/// What a code became.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For the provider's API.
    pub access: Secret<String>,
    /// Who the person is, signed; OpenID only.
    pub id: Option<Secret<String>>,
    /// What the ID token has to repeat.
    pub nonce: Option<Secret<String>>,
}

impl<'a> Configured<'a> {
    pub(super) fn kind(&self) -> &'static dyn OAuthProvider {
        let known = PROVIDERS.iter().find(|provider| provider.name() == self.name);
        known.map_or(&OpenId as &dyn OAuthProvider, |provider| *provider)
    }

    pub(super) fn check(&self) -> Result<(), OAuthError> {
        self.settings.check(self.name)?;
        if self.settings.client_secret.is_some() && self.secret.is_none_or(|secret| secret.expose().is_empty()) {
            return Err(SettingsProblem::SecretUnset.into());
        }
        Ok(())
    }

    pub(super) fn scopes(&self) -> Vec<&'a str> {
        if self.settings.scopes.is_empty() {
            return self.kind().scopes().to_vec();
        }
        let mut scopes: Vec<&str> = self.settings.scopes.iter().map(String::as_str).collect();
        if self.kind().is_openid() && !scopes.contains(&"openid") {
            scopes.insert(0, "openid");
        }
        scopes
    }
}
