//! `POST /auth/password_reset` and `/auth/password_reset/confirm`: a new password through the mailbox.

use super::{Call, Fields, call::message};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_web::ApiError;

/// `{email, redirect_url?, tenant?}`: always the same answer.
pub async fn request(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    asked(call, Fields::json(&call.headers, &call.body)?).await
}

/// `{token, new_password}`.
pub async fn confirm(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    confirmed(call, Fields::json(&call.headers, &call.body)?).await
}

/// With a `token` a confirmation, without one a request.
pub async fn either(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let fields = Fields::json(&call.headers, &call.body)?;
    if fields.has("token") { confirmed(call, fields).await } else { asked(call, fields).await }
}

async fn asked(call: &Call<'_>, mut fields: Fields) -> Result<Response<Body>, ApiError> {
    let (email, redirect) = (fields.required(&["email"])?, fields.text(&["redirect_url"])?);
    let client = call.client_of(&mut fields)?;
    fields.done()?;
    let identity = &call.state.identity;
    identity.request_reset(call.project, &email, redirect.as_deref(), &client, call.now).await?;
    Ok(message(StatusCode::OK, "if the address has an account, a mail with a link is on its way"))
}

async fn confirmed(call: &Call<'_>, mut fields: Fields) -> Result<Response<Body>, ApiError> {
    let token = fields.secret(&["token"])?;
    let password = fields.secret(&["new_password", "newPassword", "password"])?;
    fields.done()?;
    call.state.identity.confirm_reset(call.project, token.expose(), &password, call.client, call.now).await?;
    Ok(message(StatusCode::OK, "the password is changed; sign in with the new one"))
}
