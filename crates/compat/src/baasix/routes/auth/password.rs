//! Passwords: changed by their owner, by an administrator, or through the mailbox.

use super::{
    super::super::{
        call::{Call, said},
        error::Refused,
        role::Roles,
    },
    account::check_length,
    mails::page,
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::IdentityError;

/// `POST /auth/password/change`: ends every other session, which the original leaves alive.
pub async fn change(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let user = call.user().await?.ok_or_else(Refused::unauthorized)?;
    let mut fields = call.members()?;
    let (current, new) = (fields.secret("currentPassword")?, fields.secret("newPassword")?);
    let (Some(current), Some(new)) = (current, new) else {
        return Err(Refused::bad("Current and new password are required"));
    };
    check_length(&new)?;
    let identity = &call.state.identity;
    let changed = identity.change_password(call.project, &user, &current, &new, call.client, call.now).await;
    let result = changed.map_err(|error| match error {
        IdentityError::InvalidCredentials => Refused::bad("Current password is incorrect"),
        other => other.into(),
    })?;
    // The caller's own token has ended with the rest: here is the one that takes its place.
    let body = serde_json::json!({"message": "Password changed successfully", "token": result.token.expose()});
    let mut response = super::super::super::call::answer(StatusCode::OK, &body);
    if call.by_cookie() {
        let value =
            super::super::super::cookie::set(call.project, result.token.expose(), result.expires_in_s, call.now)?;
        response.headers_mut().append(http::header::SET_COOKIE, value);
        *response.body_mut() = Body::from(r#"{"message":"Password changed successfully"}"#);
    }
    Ok(response)
}

/// `POST /auth/admin/password/change`.
pub async fn change_of_another(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let roles = Roles::load(&call.state.identity, call.project).await?;
    let who = call.who(&roles).await?;
    who.signed_in()?;
    if !who.is_administrator() {
        let message = "Only administrators can change other users' passwords";
        return Err(Refused::message(StatusCode::FORBIDDEN, message));
    }
    let mut fields = call.members()?;
    let (Some(user), Some(new)) = (fields.id("userId"), fields.secret("newPassword")?) else {
        return Err(Refused::bad("User ID and new password are required"));
    };
    check_length(&new)?;
    call.state.identity.set_password_of(call.project, &user, &new, call.client, call.now).await?;
    Ok(said("Password changed successfully"))
}

/// `POST /auth/password/reset`: the same answer whoever is asked for.
pub async fn request_reset(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let mut fields = call.members()?;
    let email = fields.text("email")?.ok_or_else(|| Refused::bad("Email is required"))?;
    let link = page(fields.text("link")?, "auth/reset-password");
    let identity = &call.state.identity;
    identity.request_reset(call.project, &email, link.as_deref(), call.client, call.now).await?;
    Ok(said("If an account exists, a reset link will be sent"))
}

/// `POST /auth/password/reset/{token}`, or with the token in the body.
pub async fn reset(call: &Call<'_>, token: Option<&str>) -> Result<Response<Body>, Refused> {
    let mut fields = call.members()?;
    let given = fields.text("token")?;
    let token = token.map(str::to_owned).or(given).ok_or_else(|| Refused::bad("Invalid or expired token"))?;
    let password = fields.secret("password")?.ok_or_else(|| Refused::bad("Password is required"))?;
    check_length(&password)?;
    call.state.identity.confirm_reset(call.project, &token, &password, call.client, call.now).await?;
    Ok(said("Password reset successfully"))
}
