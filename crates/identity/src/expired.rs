//! Telling a token whose time is over from one that was never good: for surfaces whose clients branch on it.

use crate::{Identity, SurfaceRules};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use serde_json::Value;

impl Identity {
    /// Whether a token is one of the surface's, rightly signed, and nothing is wrong with it but that its time is over.
    /// Takes nothing for granted that the token says: it is verified as of the last second it was good.
    pub async fn is_expired(
        &self,
        project: &Project,
        surface: &'static SurfaceRules,
        token: &str,
        now: Timestamp,
    ) -> bool {
        let Some(until) = until(token).filter(|until| *until <= now) else { return false };
        let Ok(set) = self.key_set(project, surface, now).await else { return false };
        set.verifier.verify(token, until.plus_s(-1)).is_ok()
    }
}

/// What the token says of its end, unverified.
fn until(token: &str) -> Option<Timestamp> {
    if token.len() > crate::sessions::TOKEN_CHARS {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims.get("exp")?.as_i64()?.checked_mul(1_000_000).map(Timestamp)
}
