//! `[social.<name>]`: one provider.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Providers known by their names; any other is an OpenID provider by its `issuer`.
pub const KNOWN_PROVIDERS: [&str; 2] = ["github", "google"];

/// `[social.<name>]`: sign-in with one provider. The name is part of the callback's path and of every link made; use a
/// new name for another provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SocialSettings {
    /// The id the provider gave to the application.
    pub client_id: String,
    /// `"secret:NAME"`: where the application's secret is kept. Absent for a public client, which has PKCE alone.
    pub client_secret: Option<String>,
    /// An OpenID provider's issuer, as its ID tokens have it. Its discovery document gives what is not set below.
    pub issuer: Option<String>,
    /// The provider's page for people.
    pub authorize_url: Option<String>,
    /// Where a code becomes a token.
    pub token_url: Option<String>,
    /// Where an OpenID provider tells more of a person; only asked when the ID token has no address.
    pub userinfo_url: Option<String>,
    /// Where an OpenID provider's keys are.
    pub jwks_url: Option<String>,
    /// GitHub only: the API, of an Enterprise server say. Default `https://api.github.com`.
    pub api_url: Option<String>,
    /// The application's page to which people are sent back with their tokens in the fragment; its origin must be one of
    /// `redirect_origins`. Absent: the callback answers with the tokens itself.
    pub redirect_url: Option<String>,
    /// What is asked for. Default `openid email profile`; for GitHub `read:user user:email`.
    pub scopes: Vec<String>,
}

/// What is wrong with a provider's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocialProblem {
    /// The name would not fit into a path.
    #[error("`{0}` is no name for a provider: use 1 to 32 of a-z, 0-9 and `-`")]
    Name(String),
    /// No client id.
    #[error("`client_id` is missing")]
    ClientId,
    /// A secret written into the document.
    #[error("`client_secret` has the form \"secret:NAME\"; set the value with `portcullis settings secret set NAME`")]
    InlineSecret,
    /// The secret has no value.
    #[error("the secret behind `client_secret` is not set")]
    SecretUnset,
    /// Neither a known provider nor an OpenID one.
    #[error("`issuer` is missing: only google and github are known by their names")]
    Issuer,
    /// An address that is none, or not over TLS.
    #[error("`{0}` is no https address")]
    Url(&'static str),
    /// A scope that would be several.
    #[error("`scopes` is a list of single words")]
    Scopes,
    /// An address that requests may not be sent to.
    #[error("a provider's address cannot be used: {0}")]
    Address(String),
}

impl SocialSettings {
    /// Checks the settings of the provider `name` as far as they alone can tell.
    ///
    /// # Errors
    ///
    /// The first problem.
    pub fn check(&self, name: &str) -> Result<(), SocialProblem> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=32).contains(&name.len()) || !name.chars().all(fits) {
            return Err(SocialProblem::Name(name.to_owned()));
        }
        if self.client_id.is_empty() {
            return Err(SocialProblem::ClientId);
        }
        if self.client_secret.as_deref().is_some_and(|secret| secret.strip_prefix("secret:").is_none_or(str::is_empty))
        {
            return Err(SocialProblem::InlineSecret);
        }
        if self.issuer.is_none() && !KNOWN_PROVIDERS.contains(&name) {
            return Err(SocialProblem::Issuer);
        }
        let scope = |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.scopes.iter().all(scope) {
            return Err(SocialProblem::Scopes);
        }
        let urls = [
            ("issuer", &self.issuer),
            ("authorize_url", &self.authorize_url),
            ("token_url", &self.token_url),
            ("userinfo_url", &self.userinfo_url),
            ("jwks_url", &self.jwks_url),
            ("api_url", &self.api_url),
        ];
        let bad = urls.into_iter().find(|(_, url)| url.as_deref().is_some_and(|url| !is_usable(url)));
        bad.map_or(Ok(()), |(field, _)| Err(SocialProblem::Url(field)))
    }
}

/// An https address; plain http only on this machine, for tests and development.
pub fn is_usable(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && local);
    scheme && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> SocialSettings {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_known_provider_needs_an_id_and_a_secret_and_any_other_an_issuer() {
        let good = settings(r#"{"client_id": "a", "client_secret": "secret:google"}"#);
        assert_eq!(good.check("google"), Ok(()));
        assert_eq!(good.check("github"), Ok(()));
        assert_eq!(good.check("corp"), Err(SocialProblem::Issuer));
        let corp = SocialSettings { issuer: Some("https://id.corp.example/realms/a".into()), ..good };
        assert_eq!(corp.check("corp"), Ok(()));
    }

    #[test]
    fn what_cannot_work_is_named() {
        use SocialProblem as P;
        for (name, json, problem) in [
            ("", "{}", P::Name(String::new())),
            ("Corp", "{}", P::Name("Corp".into())),
            ("a/b", "{}", P::Name("a/b".into())),
            ("google", "{}", P::ClientId),
            ("google", r#"{"client_id": "a", "client_secret": "hunter2"}"#, P::InlineSecret),
            ("google", r#"{"client_id": "a", "client_secret": "secret:"}"#, P::InlineSecret),
            ("google", r#"{"client_id": "a", "scopes": ["openid email"]}"#, P::Scopes),
            ("google", r#"{"client_id": "a", "issuer": "http://id.example"}"#, P::Url("issuer")),
            ("google", r#"{"client_id": "a", "token_url": "https://a:b@id.example"}"#, P::Url("token_url")),
            ("google", r#"{"client_id": "a", "jwks_url": "file:///etc/passwd"}"#, P::Url("jwks_url")),
            ("google", r#"{"client_id": "a", "authorize_url": "javascript:alert(1)"}"#, P::Url("authorize_url")),
        ] {
            assert_eq!(settings(json).check(name), Err(problem), "{name} {json}");
        }
        assert!(serde_json::from_str::<SocialSettings>(r#"{"client-id": "a"}"#).is_err());
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        assert!(is_usable("http://127.0.0.1:9000") && is_usable("http://localhost/x") && is_usable("http://[::1]:1"));
        assert!(!is_usable("http://localhost.example") && !is_usable("http://10.0.0.1") && !is_usable("https:///x#"));
    }
}
