//! OpenID providers: Google by its name, any other by its issuer.

use super::{
    OAuthError, SettingsProblem, SocialIdentity,
    exchange::{Exchange, url_in},
    id_token,
    provider::{Endpoints, OAuthProvider, Tokens},
};
use async_trait::async_trait;
use serde_json::Value;

const SCOPES: &[&str] = &["openid", "email", "profile"];

/// Google.
pub struct Google;

/// Any OpenID provider; the settings say which.
pub struct OpenId;

#[async_trait]
impl OAuthProvider for Google {
    fn name(&self) -> &'static str {
        "google"
    }

    fn scopes(&self) -> &'static [&'static str] {
        SCOPES
    }

    fn is_openid(&self) -> bool {
        true
    }

    async fn endpoints(&self, exchange: &Exchange<'_>) -> Result<Endpoints, OAuthError> {
        endpoints(exchange, exchange.provider.settings.issuer.as_deref().unwrap_or("https://accounts.google.com")).await
    }

    async fn identify(&self, exchange: &Exchange<'_>, tokens: &Tokens) -> Result<SocialIdentity, OAuthError> {
        identify(exchange, &self.endpoints(exchange).await?, tokens).await
    }
}

#[async_trait]
impl OAuthProvider for OpenId {
    fn name(&self) -> &'static str {
        "openid"
    }

    fn scopes(&self) -> &'static [&'static str] {
        SCOPES
    }

    fn is_openid(&self) -> bool {
        true
    }

    async fn endpoints(&self, exchange: &Exchange<'_>) -> Result<Endpoints, OAuthError> {
        endpoints(exchange, exchange.provider.settings.issuer.as_deref().ok_or(SettingsProblem::Issuer)?).await
    }

    async fn identify(&self, exchange: &Exchange<'_>, tokens: &Tokens) -> Result<SocialIdentity, OAuthError> {
        identify(exchange, &self.endpoints(exchange).await?, tokens).await
    }
}

/// From the settings where they say it, else from the issuer's discovery document.
async fn endpoints(exchange: &Exchange<'_>, issuer: &str) -> Result<Endpoints, OAuthError> {
    let set = exchange.provider.settings;
    let issuer_text = Some(issuer.to_owned());
    if let (Some(authorize), Some(token), Some(jwks)) = (&set.authorize_url, &set.token_url, &set.jwks_url) {
        return Ok(Endpoints {
            authorize: authorize.clone(),
            token: token.clone(),
            jwks: Some(jwks.clone()),
            userinfo: set.userinfo_url.clone(),
            issuer: issuer_text,
            sends_issuer: false,
            basic: false,
        });
    }
    let found = exchange.discover(issuer).await?;
    let or_found = |set: &Option<String>, field| set.clone().map_or_else(|| url_in(&found, field), Ok);
    Ok(Endpoints {
        authorize: or_found(&set.authorize_url, "authorization_endpoint")?,
        token: or_found(&set.token_url, "token_endpoint")?,
        jwks: Some(or_found(&set.jwks_url, "jwks_uri")?),
        userinfo: or_found(&set.userinfo_url, "userinfo_endpoint").ok(),
        issuer: issuer_text,
        sends_issuer: found["authorization_response_iss_parameter_supported"] == Value::Bool(true),
        basic: !takes_secret_in_form(&found),
    })
}

/// Absent means HTTP Basic: OpenID Connect Discovery §3.
fn takes_secret_in_form(document: &Value) -> bool {
    let methods = document["token_endpoint_auth_methods_supported"].as_array();
    methods.is_some_and(|methods| methods.iter().any(|method| method == "client_secret_post"))
}

async fn identify(
    exchange: &Exchange<'_>,
    endpoints: &Endpoints,
    tokens: &Tokens,
) -> Result<SocialIdentity, OAuthError> {
    let claims = Value::Object(id_token::check(exchange, endpoints, tokens).await?);
    let subject = id_token::subject(&claims).ok_or_else(|| OAuthError::unacceptable("the ID token has no subject"))?;
    let identity = id_token::identity(exchange.provider.name, subject, &claims);
    let Some(userinfo) = endpoints.userinfo.as_deref().filter(|_| identity.email.is_none()) else {
        return Ok(identity);
    };
    let more = exchange.http.get_json(userinfo, Some(&tokens.access)).await?;
    // Of another person the answer says nothing about this one: OpenID Connect Core §5.3.2.
    if id_token::subject(&more).as_ref() != Some(&identity.subject) {
        return Err(OAuthError::unacceptable("userinfo is about another person"));
    }
    let told = id_token::identity(exchange.provider.name, identity.subject.clone(), &more);
    Ok(SocialIdentity { name: told.name.or(identity.name), ..told })
}
