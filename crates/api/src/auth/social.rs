//! `/auth/{provider}` and `/auth/social/{provider}`: signing in at a provider. SEC-28..31.

use super::{Call, Fields, invalid};
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use portcullis_base::Secret;
use portcullis_identity::{
    AuthResult, CEREMONY_TTL_S, IdentityError, SocialStart,
    methods::oauth::{Begun, Callback},
};
use portcullis_web::{ApiError, json, set_cookies};
use serde_json::json as value;
use url::{Host, Url};

/// `GET ?redirect_url=`: sends the browser to the provider.
pub async fn begin(call: &Call<'_>, provider: &str) -> Result<Response<Body>, ApiError> {
    let redirect = call.parameter("redirect_url");
    let browser = browser(call);
    let start = SocialStart { redirect_url: redirect.as_deref(), browser, ..SocialStart::default() };
    let begun = call.state.identity.begin_social(call.project, provider, start, call.now).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let to = HeaderValue::try_from(&begun.authorize_url).map_err(|error| ApiError::internal(&error))?;
    response.headers_mut().insert(header::LOCATION, to);
    keep(call, &begun, response.headers_mut());
    Ok(response)
}

/// `POST {redirect_url?}` by somebody who is signed in, to link the provider: `{authorize_url}`, for the same browser.
/// No GET does this: another page could make a browser send one.
pub async fn link(call: &Call<'_>, provider: &str) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let redirect = fields.text(&["redirect_url"])?;
    fields.done()?;
    let browser = browser(call);
    let start = SocialStart { redirect_url: redirect.as_deref(), link: Some(&user), browser, ..SocialStart::default() };
    let begun = call.state.identity.begin_social(call.project, provider, start, call.now).await?;
    let mut response = json(StatusCode::OK, value!({ "authorize_url": begun.authorize_url }).to_string());
    keep(call, &begun, response.headers_mut());
    Ok(response)
}

/// `GET callback?code=&state=`: 200 and tokens, or 302 to the application's page with the tokens in the fragment.
pub async fn callback(call: &Call<'_>, provider: &str) -> Result<Response<Body>, ApiError> {
    let text = |name: &str| call.parameter(name);
    let (state, code, iss, error) = (text("state"), text("code"), text("iss"), text("error"));
    let state = state.ok_or_else(|| invalid("state", "missing_field", "`state` is required".to_owned()))?;
    let brought = Callback {
        state: &state,
        browser: browser(call),
        code: code.as_deref(),
        iss: iss.as_deref(),
        error: error.as_deref(),
        at: None,
    };
    let identity = &call.state.identity;
    let end = identity.finish_social(call.project, provider, brought, call.client, call.now).await?;
    match (end.return_to, end.result) {
        (None, result) => Ok(call.signed_in(StatusCode::OK, &result?, &[])),
        (Some(page), result) => back(call, &page, result),
    }
}

fn back(call: &Call<'_>, page: &str, result: Result<AuthResult, IdentityError>) -> Result<Response<Body>, ApiError> {
    let mut url = Url::parse(page).map_err(|error| ApiError::internal(&error))?;
    let mut fragment = form_urlencoded::Serializer::new(String::new());
    match &result {
        Ok(result) => {
            fragment
                .append_pair("access_token", result.token.expose())
                .append_pair("token_type", "Bearer")
                .append_pair("refresh_token", result.refresh_token.expose())
                .append_pair("expires_in", &result.expires_in_s.to_string())
                .append_pair("type", &result.kind);
        }
        Err(error) => {
            fragment.append_pair("error", error.code()).append_pair("error_description", &error.to_string());
            if let IdentityError::MfaRequired { ticket, factors } = error {
                fragment.append_pair("mfa_token", ticket).append_pair("factors", &factors.join(" "));
            }
        }
    }
    url.set_fragment(Some(&fragment.finish()));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let mut to = HeaderValue::try_from(url.as_str()).map_err(|error| ApiError::internal(&error))?;
    to.set_sensitive(true);
    response.headers_mut().insert(header::LOCATION, to);
    if let Ok(result) = &result {
        set_cookies(call.project, result, response.headers_mut());
    }
    Ok(response)
}

/// The cookies' names: `__Host-` wants TLS, which a machine's own address need not have.
const NAMES: [&str; 2] = ["__Host-pc_social", "pc_social"];

fn browser<'c>(call: &'c Call<'_>) -> Option<&'c str> {
    // Only the one that is set here: any host of the domain could plant the other.
    let name = if is_local(call) { NAMES[1] } else { NAMES[0] };
    let all = call.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value)
}

fn keep(call: &Call<'_>, begun: &Begun, headers: &mut HeaderMap) {
    let secret: &Secret<String> = &begun.browser;
    let (name, mark) = if is_local(call) { (NAMES[1], "") } else { (NAMES[0], "; Secure") };
    let text = format!("{name}={}; Path=/; Max-Age={CEREMONY_TTL_S}; HttpOnly{mark}; SameSite=Lax", secret.expose());
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

fn is_local(call: &Call<'_>) -> bool {
    Url::parse(&call.state.public_url).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
