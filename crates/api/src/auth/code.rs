//! `/auth/otp`: signing in by a code in a mail.

use super::{Call, Fields, call::message};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_web::ApiError;

/// `{email, tenant?}`: always the same answer.
pub async fn request(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let (email, client) = (fields.required(&["email"])?, call.client_of(&mut fields)?);
    fields.done()?;
    call.state.identity.request_code(call.project, &email, &client, call.now).await?;
    Ok(message(StatusCode::OK, "if the address has an account, a mail with a code is on its way"))
}

/// `{email, code}`: 200 and tokens.
pub async fn verify(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let (email, code) = (fields.required(&["email"])?, fields.required(&["code"])?);
    fields.done()?;
    let result = call.state.identity.use_code_of(call.project, &email, &code, call.client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}
