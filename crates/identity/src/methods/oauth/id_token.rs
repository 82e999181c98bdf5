//! The ID token: checked against the keys of its issuer alone. SEC-29.

use super::{
    OAuthError, SocialIdentity,
    documents::{FRESH_S, REFRESH_S},
    exchange::{Exchange, MAX_TEXT_BYTES, address, plain},
    provider::{Endpoints, Tokens},
};
use portcullis_crypto::jwt::{Claims, ForeignAlgorithm, ForeignExpected, ForeignKeys, JwtError};
use serde_json::Value;

/// By how much clocks may differ. Seconds.
const LEEWAY_S: u32 = 60;

/// Checks signature, issuer, audience, times and nonce: OpenID Connect Core §3.1.3.7.
pub async fn check(exchange: &Exchange<'_>, endpoints: &Endpoints, tokens: &Tokens) -> Result<Claims, OAuthError> {
    let missing = || OAuthError::unacceptable("no ID token");
    let (token, nonce) = (tokens.id.as_ref().ok_or_else(missing)?, tokens.nonce.as_ref().ok_or_else(missing)?);
    let (jwks, issuer) = (endpoints.jwks.as_ref().ok_or_else(missing)?, endpoints.issuer.as_ref().ok_or_else(missing)?);
    let audience = exchange.provider.settings.client_id.as_str();
    let expected = ForeignExpected {
        issuer,
        audience,
        algorithms: ForeignAlgorithm::ALL,
        nonce: Some(nonce.expose()),
        leeway_s: LEEWAY_S,
        now: exchange.now,
    };
    let claims = match keys(exchange, jwks, FRESH_S).await?.verify(token.expose(), &expected) {
        // The provider may have new keys.
        Err(JwtError::UnknownKey) => keys(exchange, jwks, REFRESH_S).await?.verify(token.expose(), &expected)?,
        other => other?,
    };
    // Made for another client, whatever the audience says.
    if claims.get("azp").is_some_and(|azp| azp.as_str() != Some(audience)) {
        return Err(JwtError::Audience.into());
    }
    Ok(claims)
}

async fn keys(exchange: &Exchange<'_>, url: &str, max_age_s: i64) -> Result<ForeignKeys, OAuthError> {
    Ok(ForeignKeys::parse(&exchange.document(url, max_age_s).await?.to_string())?)
}

/// The person's id, exactly as given.
pub fn subject(claims: &Value) -> Option<String> {
    let subject = claims["sub"].as_str()?;
    let good = !subject.is_empty() && subject.len() <= MAX_TEXT_BYTES && !subject.chars().any(char::is_control);
    good.then(|| subject.to_owned())
}

/// What the claims say of a person.
pub fn identity(provider: &str, subject: String, claims: &Value) -> SocialIdentity {
    let email = address(&claims["email"]);
    // Some providers write the flag as text.
    let said = &claims["email_verified"];
    let email_verified = email.is_some() && (said.as_bool() == Some(true) || said.as_str() == Some("true"));
    SocialIdentity { provider: provider.to_owned(), subject, email, email_verified, name: plain(&claims["name"]) }
}
