//! `/password/...` and `/user/changepw`. The reset code goes to the application's server, which mails it.

use super::super::{
    Routed,
    auth::user,
    error::Refused,
    wire::{fields, ok},
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_identity::IdentityError;
use serde_json::{Value, json};

/// `POST /password/send` `{email}`, as the documentation has it.
pub async fn send(call: &Routed) -> Result<Response<Body>, Refused> {
    call.root().await?;
    let email = fields(call)?.required("email")?;
    for_server(call, &email).await
}

/// `GET /password/resetcode?e=`, as the clients call it.
pub async fn reset_code(call: &Routed) -> Result<Response<Body>, Refused> {
    call.root().await?;
    let email = call.parameter("e").unwrap_or_default();
    for_server(call, &email).await
}

async fn for_server(call: &Routed, email: &str) -> Result<Response<Body>, Refused> {
    let project = &call.project;
    match call.identity().make_reset_code(project, email, &call.client, call.now()).await {
        Ok(code) => Ok(ok(&Value::String(code.expose().clone()))),
        Err(IdentityError::Invalid { field, .. }) if field == "email" => Err(Refused::bad("invalid email")),
        Err(IdentityError::NotFound) => {
            Err(Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "there is no user with this email"))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /password/reset` `{email, code, password}`: true. A wrong code and an unknown address are one refusal.
pub async fn reset(call: &Routed) -> Result<Response<Body>, Refused> {
    let mut fields = fields(call)?;
    let (email, code) = (fields.required("email")?, fields.required("code")?);
    let password = Secret::new(fields.required("password")?);
    let project = &call.project;
    call.identity().reset_by_code(project, &email, &code, &password, &call.client, call.now()).await?;
    Ok(ok(&json!(true)))
}

/// `POST /user/changepw` `{email, oldPassword, newPassword}`: true. All session tokens end, also the one that called.
pub async fn change(call: &Routed) -> Result<Response<Body>, Refused> {
    let caller = user(call).await?;
    let mut fields = fields(call)?;
    let email = fields.required("email")?;
    let (old, new) = (Secret::new(fields.required("oldPassword")?), Secret::new(fields.required("newPassword")?));
    if !email.trim().eq_ignore_ascii_case(&caller.email) {
        return Err(Refused::bad("invalid email"));
    }
    let project = &call.project;
    call.identity().change_password(project, &caller, &old, &new, &call.client, call.now()).await?;
    Ok(ok(&json!(true)))
}
