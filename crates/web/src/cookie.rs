//! Cookie mode: the session in HTTP-only cookies, and what keeps other sites from using them. SEC-57.

use crate::{ApiError, State};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use portcullis_identity::AuthResult;
use portcullis_project::{Project, settings::CookieMode};
use url::Url;

/// What a cookie holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
}

/// The value of a project's cookie, if cookie mode is on.
pub fn cookie<'h>(project: &Project, headers: &'h HeaderMap, which: Cookie) -> Option<&'h str> {
    if project.settings.auth.cookie_mode == CookieMode::Off {
        return None;
    }
    let name = name(project, which);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}

/// Sets both cookies, where cookie mode is on.
pub fn set_cookies(project: &Project, result: &AuthResult, headers: &mut HeaderMap) {
    let both = [
        (Cookie::Access, result.token.expose(), result.expires_in_s),
        (Cookie::Refresh, result.refresh_token.expose(), result.refresh_expires_in_s),
    ];
    for (which, value, age_s) in both {
        set(project, which, value, age_s, headers);
    }
}

/// Takes both cookies back, where cookie mode is on.
pub fn clear_cookies(project: &Project, headers: &mut HeaderMap) {
    for which in [Cookie::Access, Cookie::Refresh] {
        set(project, which, "", 0, headers);
    }
}

fn set(project: &Project, which: Cookie, value: &str, age_s: i64, headers: &mut HeaderMap) {
    let site = match project.settings.auth.cookie_mode {
        CookieMode::Off => return,
        CookieMode::Lax => "Lax",
        CookieMode::Strict => "Strict",
    };
    let name = name(project, which);
    let text = format!("{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; Secure; SameSite={site}");
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

/// `__Host-` keeps subdomains and plain HTTP from setting it; the stage, since all projects share the path.
fn name(project: &Project, which: Cookie) -> String {
    let what = match which {
        Cookie::Access => "access",
        Cookie::Refresh => "refresh",
    };
    format!("__Host-pc_{what}_{}_{}", project.slug, project.stage)
}

/// Lets a request that a cookie vouches for change something only when a page that may call sent it.
///
/// # Errors
///
/// 403 where the page's origin is another, or where neither `Sec-Fetch-Site` nor `Origin` tells; 415 for a body that
/// a form could have sent.
pub fn check_origin(state: &State, project: &Project, method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let allowed = match (text("sec-fetch-site"), text("origin")) {
        (_, Some(origin)) => is_allowed(state, project, origin),
        (Some(site), None) => matches!(site, "same-origin" | "none"),
        (None, None) => false,
    };
    if !allowed {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "cross_site_request",
            "a cookie works only for pages of this origin and of the origins in the settings",
        ));
    }
    crate::check_json(headers, headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0"))
}

fn is_allowed(state: &State, project: &Project, origin: &str) -> bool {
    let settings = &project.settings;
    let own = Url::parse(&state.public_url).map(|url| url.origin().ascii_serialization());
    own.is_ok_and(|own| own == origin)
        || settings.cors.origins.iter().chain(&settings.auth.redirect_origins).any(|allowed| allowed == origin)
}
