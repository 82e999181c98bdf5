//! GitHub: OAuth 2.0 without OpenID. The person is the number of the account; of the addresses only a verified one counts.

use super::{
    OAuthError, SocialIdentity,
    exchange::{Exchange, address, plain},
    provider::{Endpoints, OAuthProvider, Tokens},
};
use async_trait::async_trait;
use serde_json::Value;

/// GitHub, or an Enterprise server by its addresses.
pub struct GitHub;

#[async_trait]
impl OAuthProvider for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn scopes(&self) -> &'static [&'static str] {
        &["read:user", "user:email"]
    }

    fn is_openid(&self) -> bool {
        false
    }

    async fn endpoints(&self, exchange: &Exchange<'_>) -> Result<Endpoints, OAuthError> {
        let set = exchange.provider.settings;
        let or = |set: &Option<String>, default: &str| set.clone().unwrap_or_else(|| default.to_owned());
        Ok(Endpoints {
            authorize: or(&set.authorize_url, "https://github.com/login/oauth/authorize"),
            token: or(&set.token_url, "https://github.com/login/oauth/access_token"),
            jwks: None,
            userinfo: None,
            issuer: set.issuer.clone(),
            sends_issuer: false,
            basic: false,
        })
    }

    async fn identify(&self, exchange: &Exchange<'_>, tokens: &Tokens) -> Result<SocialIdentity, OAuthError> {
        let api = exchange.provider.settings.api_url.as_deref().unwrap_or("https://api.github.com");
        let api = api.trim_end_matches('/');
        let user = exchange.http.get_json(&format!("{api}/user"), Some(&tokens.access)).await?;
        let id = user["id"].as_u64().filter(|id| *id > 0);
        let subject = id.ok_or_else(|| OAuthError::unacceptable("the account has no number"))?.to_string();
        let emails = exchange.http.get_json(&format!("{api}/user/emails"), Some(&tokens.access)).await?;
        let email = verified(&emails);
        Ok(SocialIdentity {
            provider: exchange.provider.name.to_owned(),
            subject,
            email_verified: email.is_some(),
            email,
            name: plain(&user["name"]).or_else(|| plain(&user["login"])),
        })
    }
}

/// The primary address if it is verified, else the first that is.
fn verified(emails: &Value) -> Option<String> {
    let all: Vec<_> = emails.as_array()?.iter().filter(|email| email["verified"] == Value::Bool(true)).collect();
    let primary = all.iter().find(|email| email["primary"] == Value::Bool(true));
    primary.or_else(|| all.first()).and_then(|email| address(&email["email"]))
}
