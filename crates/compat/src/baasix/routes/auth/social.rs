//! Signing in at a provider. What the core says of state, PKCE, browsers and accounts holds; here are paths and shapes.

use super::{
    super::super::{
        call::{Call, answer},
        cookie,
        error::Refused,
    },
    entry::{Extent, Mode, signed_in},
};
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_identity::{
    IdentityError, SocialStart,
    methods::oauth::{Callback, OAuthError},
};
use portcullis_project::Stage;
use serde_json::json;
use url::Url;

/// `POST /auth/social/signin`: where the browser goes. It keeps a cookie that the callback wants to see again.
pub async fn begin(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let mut fields = call.members()?;
    let provider = fields.text("provider")?.ok_or_else(|| Refused::bad("Provider is required"))?;
    let provider = provider.trim().to_lowercase();
    if fields.take("idToken").is_some() {
        return Err(Refused::bad("Signing in with an idToken is not served here; send the browser to the provider"));
    }
    let page = fields.text("callbackURL")?;
    let mode = Mode::of(fields.text("authMode")?.as_deref());
    let (callback, kept) = (callback_of(call, &provider), cookie::social(call));
    let start = SocialStart {
        redirect_url: page.as_deref(),
        link: None,
        browser: kept,
        callback: Some(&callback),
        note: Some(mode.word()),
    };
    let begun = call.state.identity.begin_social(call.project, &provider, start, call.now).await;
    let begun = begun.map_err(|error| match error {
        IdentityError::Social(OAuthError::UnknownProvider(name)) => {
            Refused::bad(format!("Provider '{name}' not found"))
        }
        IdentityError::RedirectRefused => Refused::bad("Invalid callbackURL"),
        other => other.into(),
    })?;
    let mut response = answer(StatusCode::OK, &json!({"redirect": true, "url": begun.authorize_url}));
    response.headers_mut().append(header::SET_COOKIE, cookie::keep_social(call, &begun.browser)?);
    Ok(response)
}

/// `GET /auth/callback/{provider}?code&state`: the token answer, or back to the application's page.
pub async fn finish(call: &Call<'_>, provider: &str) -> Result<Response<Body>, Refused> {
    let text = |name: &str| call.parameter(name).filter(|text| !text.is_empty());
    let (state, code, iss, error) = (text("state"), text("code"), text("iss"), text("error"));
    let Some(state) = state.filter(|_| code.is_some() || error.is_some()) else {
        return Err(Refused::bad("Missing code or state parameter"));
    };
    let at = callback_of(call, provider);
    let callback = Callback {
        state: &state,
        browser: cookie::social(call),
        code: code.as_deref(),
        iss: iss.as_deref(),
        error: error.as_deref(),
        at: Some(&at),
    };
    let end = call.state.identity.finish_social(call.project, provider, callback, call.client, call.now).await;
    let end = end.map_err(refused)?;
    let mode = Mode::of(end.note.as_deref());
    let answered = match end.result {
        Ok(result) => {
            signed_in(call, &result, mode, None, Extent::Whole).await.map(|response| (response, Some(result)))
        }
        Err(error) => Err(refused(error)),
    };
    let Some(page) = end.return_to else { return answered.map(|(response, _)| response) };
    back(&page, mode, answered)
}

/// To the application's page: what there is to say stands in the fragment, which no server sees.
fn back(
    page: &str,
    mode: Mode,
    answered: Result<(Response<Body>, Option<portcullis_identity::AuthResult>), Refused>,
) -> Result<Response<Body>, Refused> {
    let internal = || Refused::error(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
    let mut url = Url::parse(page).map_err(|_| internal())?;
    let mut fragment = form_urlencoded::Serializer::new(String::new());
    let mut cookies = Vec::new();
    match answered {
        Ok((response, result)) => {
            fragment.append_pair("authMode", mode.word());
            if let (Mode::Jwt, Some(result)) = (mode, &result) {
                fragment.append_pair("token", result.token.expose());
                fragment.append_pair("refreshToken", result.refresh_token.expose());
            }
            cookies.extend(response.headers().get_all(header::SET_COOKIE).iter().cloned());
        }
        Err(refused) => drop(fragment.append_pair("error", refused.text())),
    }
    url.set_fragment(Some(&fragment.finish()));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let mut to = HeaderValue::try_from(url.as_str()).map_err(|_| internal())?;
    to.set_sensitive(true);
    response.headers_mut().insert(header::LOCATION, to);
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn refused(error: IdentityError) -> Refused {
    match error {
        IdentityError::Social(OAuthError::InvalidState) => Refused::bad("Invalid or expired state"),
        IdentityError::Social(OAuthError::UnknownProvider(name)) => {
            Refused::bad(format!("Provider '{name}' not found"))
        }
        other => other.into(),
    }
}

/// Our own callback: from the node's configuration, never from the request. SEC-28, SEC-31.
fn callback_of(call: &Call<'_>, provider: &str) -> String {
    let stage = match call.project.stage {
        Stage::Production => String::new(),
        stage => format!("@{stage}"),
    };
    let public = call.state.public_url.trim_end_matches('/');
    format!("{public}/compat/baasix/{}{stage}/auth/callback/{provider}", call.project.slug)
}
