//! Sessions. [`Identity::open_session`] is the only door to a pair of tokens; a refresh token works once. SEC-16, SEC-17.

mod end;
mod issue;
mod list;
mod open;
mod refresh;

pub(crate) use issue::{Pair, is_verified, view};
pub use list::SessionView;

#[cfg(doc)]
use crate::Identity;
use crate::{SurfaceRules, keys::ttl_s};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::random_token;
use portcullis_project::Project;
use serde_json::{Map, Value};

/// Characters of a token at most. SEC-52.
pub(crate) const TOKEN_CHARS: usize = 4_096;

/// A good login, refresh or change of password.
#[derive(Debug)]
pub struct AuthResult {
    /// The access token.
    pub token: Secret<String>,
    /// The refresh token.
    pub refresh_token: Secret<String>,
    /// How long the access token is good. Seconds.
    pub expires_in_s: i64,
    /// How long the refresh token is good when it is not used. Seconds.
    pub refresh_expires_in_s: i64,
    /// `local`, or the provider's name.
    pub kind: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Permissions of those roles.
    pub permissions: Vec<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The user as they may see themselves.
    pub user: Map<String, Value>,
    /// The session.
    pub session: String,
}

/// When a session that is opened now ends: unless it is used, and in any case.
pub(crate) fn ends(project: &Project, surface: &SurfaceRules, now: Timestamp) -> (Timestamp, Timestamp) {
    let oldest = ttl_s(&project.settings.auth.session_max_age, 365 * 86_400);
    (now.plus_s(idle_s(project, surface).min(oldest)), now.plus_s(oldest))
}

pub(crate) fn idle_s(project: &Project, surface: &SurfaceRules) -> i64 {
    surface.refresh_ttl_s.unwrap_or_else(|| ttl_s(&project.settings.auth.refresh_token_ttl, 30 * 86_400))
}

/// 256 random bits.
pub(crate) fn new_refresh_token() -> Secret<String> {
    Secret::new(format!("rt_{}", random_token(&mut rand::rng()).expose()))
}
