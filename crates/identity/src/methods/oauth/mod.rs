//! Social login: the authorization code flow of OAuth 2.0 with PKCE, and OpenID Connect on top of it.
//!
//! [`Social::begin`] gives the address of the provider's page, [`Social::finish`] takes what the browser brought back and
//! ends in a [`SocialIdentity`]; which user that is says [`link_decision`]. A provider is a name in the settings: one of
//! [`PROVIDERS`], or any OpenID provider by its `issuer`. SEC-28..31.

use super::Proof;
use crate::User;

mod documents;
mod error;
mod exchange;
mod flow;
mod github;
mod http;
mod id_token;
mod link;
mod oidc;
mod provider;

pub use error::OAuthError;
pub use flow::{Begun, Callback, Chance, Finished, Social, Start};
pub use http::{HttpFailure, ProviderHttp};
pub use link::{LinkDecision, LinkRefusal, LocalAddress, LocalMatch, LocalUser, link_decision};
pub use portcullis_project::settings::{SocialProblem as SettingsProblem, SocialSettings};
pub use provider::{Configured, OAuthProvider, PROVIDERS};

impl Proof {
    /// The user that [`link_decision`] found for somebody who came back from a provider.
    pub(crate) fn of_social(finished: &Finished, user: User) -> Option<Self> {
        user.active.then(|| Self::at_provider(user, finished.identity.provider.clone()))
    }
}

/// Who a provider says someone is. A person is (provider, subject), never the address. SEC-29.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocialIdentity {
    /// The provider's name in the settings.
    pub provider: String,
    /// The person's id there; never given to another person.
    pub subject: String,
    /// The address, if the provider told one.
    pub email: Option<String>,
    /// Whether the provider says that the address is the person's own.
    pub email_verified: bool,
    /// The name, for people.
    pub name: Option<String>,
}
