//! The cookie `token`: not for scripts, and in production for TLS and the own site alone. SEC-57.

use super::error::Refused;
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode};
use portcullis_base::Timestamp;
use portcullis_project::{Project, Stage};

/// Sets the cookie for as long as the token is good.
pub fn set(project: &Project, token: &str, age_s: i64, now: Timestamp) -> Result<HeaderValue, Refused> {
    written(project, token, age_s, now.plus_s(age_s))
}

/// Takes the cookie back.
pub fn clear(project: &Project) -> Result<HeaderValue, Refused> {
    written(project, "", 0, Timestamp(0))
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
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Refused::error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"))?;
    value.set_sensitive(true);
    Ok(value)
}
