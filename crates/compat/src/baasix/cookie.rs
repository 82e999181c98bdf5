//! The cookie `token`: not for scripts, and in production for TLS and the own site alone. SEC-57.

use super::{call::Call, error::Refused};
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode};
use portcullis_base::{Secret, Timestamp};
use portcullis_identity::CEREMONY_TTL_S;
use portcullis_project::{Project, Stage};

/// Sets the cookie for as long as the token is good.
pub fn set(project: &Project, token: &str, age_s: i64, now: Timestamp) -> Result<HeaderValue, Refused> {
    written(project, token, age_s, now.plus_s(age_s))
}

/// Takes the cookie back.
pub fn clear(project: &Project) -> Result<HeaderValue, Refused> {
    written(project, "", 0, Timestamp(0))
}

/// The cookie by which a browser is known again that went to a provider: `__Host-` wants TLS, which a machine's own
/// address need not have. SEC-30.
fn social_name(call: &Call<'_>) -> (&'static str, &'static str) {
    let local = call.state.public_url.starts_with("http://");
    if local { ("pc_social", "") } else { ("__Host-pc_social", "; Secure") }
}

/// What the browser keeps of a login at a provider.
pub fn social<'c>(call: &'c Call<'_>) -> Option<&'c str> {
    call.cookie(social_name(call).0)
}

/// Lets the browser keep it.
pub fn keep_social(call: &Call<'_>, kept: &Secret<String>) -> Result<HeaderValue, Refused> {
    let (name, mark) = social_name(call);
    let text = format!("{name}={}; Path=/; Max-Age={CEREMONY_TTL_S}; HttpOnly{mark}; SameSite=Lax", kept.expose());
    secret_header(text)
}

fn secret_header(text: String) -> Result<HeaderValue, Refused> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Refused::error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn written(project: &Project, token: &str, age_s: i64, until: Timestamp) -> Result<HeaderValue, Refused> {
    let guard = match project.stage {
        Stage::Development => "SameSite=Lax",
        Stage::Staging | Stage::Production => "Secure; SameSite=Strict",
    };
    // RFC 9110 section 5.6.7.
    let until: DateTime<Utc> = DateTime::from_timestamp_micros(until.0).unwrap_or_default();
    let expires = until.format("%a, %d %b %Y %H:%M:%S GMT");
    let text = format!("token={token}; Max-Age={age_s}; Path=/; Expires={expires}; HttpOnly; {guard}");
    secret_header(text)
}
