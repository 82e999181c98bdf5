//! `/auth/magic-link`: signing in by a link in a mail.

use super::{Call, Fields, call::message, verify::token};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_web::ApiError;

/// `{email, redirect_url?, tenant?}`: always the same answer.
pub async fn request(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let (email, redirect) = (fields.required(&["email"])?, fields.text(&["redirect_url"])?);
    let client = call.client_of(&mut fields)?;
    fields.done()?;
    let identity = &call.state.identity;
    identity.request_magic_link(call.project, &email, redirect.as_deref(), &client, call.now).await?;
    Ok(message(StatusCode::OK, "if the address has an account, a mail with a link is on its way"))
}

/// `{token}`: 200 and tokens.
pub async fn verify(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let token = token(call)?;
    let result = call.state.identity.use_magic_link(call.project, &token, call.client, call.now).await?;
    // Whoever opens somebody else's link gets no session of theirs in the browser. SEC-57.
    if call.method == Method::GET {
        return Ok(call.tokens(StatusCode::OK, &result, &[]));
    }
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}
