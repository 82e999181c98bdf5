//! `[social.<name>]`: providers with which users may sign in.

use serde::{Deserialize, Serialize};

/// One provider. `google` and `github` are known; any other is an OpenID provider by its `issuer`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SocialSettings {
    /// The client's id at the provider.
    pub client_id: String,
    /// `secret:NAME` of the client's secret.
    pub client_secret: Option<String>,
    /// The OpenID issuer.
    pub issuer: Option<String>,
    /// Where people are sent, where discovery does not say.
    pub authorization_url: Option<String>,
    /// Where codes are exchanged, where discovery does not say.
    pub token_url: Option<String>,
    /// Where the person's profile is read (GitHub's kind).
    pub userinfo_url: Option<String>,
    /// Where the person's addresses are read (GitHub's kind).
    pub emails_url: Option<String>,
    /// Where the provider's keys are, where discovery does not say.
    pub jwks_url: Option<String>,
    /// What is asked for; empty is the provider's usual.
    pub scopes: Vec<String>,
}
