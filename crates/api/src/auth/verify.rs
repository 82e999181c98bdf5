//! `/auth/verify` and `/auth/resend-verification`: showing that an address is one's own.

use super::{Call, Fields, call::message};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_web::ApiError;

/// `?token=` of a mail's link, or `{token}`.
pub async fn verify(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let token = token(call)?;
    call.state.identity.verify(call.project, &token, call.client, call.now).await?;
    Ok(message(StatusCode::OK, "the address is verified"))
}

/// `{email, tenant?}`: always the same answer.
pub async fn resend(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let email = match fields.text(&["email"])? {
        Some(email) => email,
        // Somebody who is signed in need not say who they are.
        None => call.user().await?.email.clone(),
    };
    let client = call.client_of(&mut fields)?;
    fields.done()?;
    call.state.identity.resend_verification(call.project, &email, &client, call.now).await?;
    Ok(message(StatusCode::OK, "if the address has an account that is not verified, a mail is on its way"))
}

/// The token of a mail's link, from the query of a GET or the body of a POST.
pub fn token(call: &Call<'_>) -> Result<String, ApiError> {
    if call.method == Method::GET {
        let token = call.parameter("token").filter(|token| !token.is_empty());
        return token.ok_or_else(|| super::invalid("token", "missing_field", "`token` is required".to_owned()));
    }
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let token = fields.required(&["token"])?;
    fields.done()?;
    Ok(token)
}
