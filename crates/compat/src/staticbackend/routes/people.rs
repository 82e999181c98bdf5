//! Who one is, the users of one's account, their roles, and sessions for them by the root token.

use super::super::{
    Routed,
    auth::{looks_like_root, user},
    error::Refused,
    wire::{fields, ok, user as view},
};
use super::login::token;
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_identity::IdentityError;
use serde_json::{Value, json};

/// `GET /email?e=`: whether somebody has the address.
pub async fn email(call: &Routed) -> Result<Response<Body>, Refused> {
    let project = &call.project;
    let email = call.parameter("e").unwrap_or_default();
    let known =
        !email.trim().is_empty() && call.identity().has_address(project, &email, &call.client, call.now()).await?;
    Ok(ok(&json!(known)))
}

/// `GET /me`.
pub async fn me(call: &Routed) -> Result<Response<Body>, Refused> {
    let project = &call.project;
    let caller = user(call).await?;
    let own = call.identity().account_user(project, &caller.id, call.now()).await?;
    Ok(ok(&json!({"accountId": own.account, "userId": own.id, "email": own.email, "role": own.level})))
}

/// `POST /setrole` `{email, role, accountId?}`: true. For the root token, and for users of role 100.
pub async fn set_role(call: &Routed) -> Result<Response<Body>, Refused> {
    let by = if looks_like_root(call) {
        call.root().await?;
        None
    } else {
        Some(user(call).await?)
    };
    let mut fields = fields(call)?;
    let (email, role) = (fields.required("email")?, fields.number("role")?);
    let account = fields.text("accountId")?.filter(|id| !id.is_empty());
    let project = &call.project;
    let what = (email.as_str(), role, account.as_deref());
    match call.identity().set_level(project, by.as_deref(), what, &call.client, call.now()).await {
        Ok(()) => Ok(ok(&json!(true))),
        Err(IdentityError::Forbidden) => Err(Refused::bad("not enough permission")),
        Err(error) => Err(error.into()),
    }
}

/// `GET /account/users`.
pub async fn list(call: &Routed) -> Result<Response<Body>, Refused> {
    let project = &call.project;
    let caller = user(call).await?;
    let all = call.identity().account_users(project, &caller, call.now()).await?;
    Ok(ok(&Value::Array(all.iter().map(view).collect())))
}

/// `POST /account/users` `{email, password}`: the user.
pub async fn add(call: &Routed) -> Result<Response<Body>, Refused> {
    let caller = user(call).await?;
    let mut fields = fields(call)?;
    let (email, password) = (fields.required("email")?.to_lowercase(), Secret::new(fields.required("password")?));
    let project = &call.project;
    let new = (email.as_str(), &password);
    let made = call.identity().add_account_user(project, &caller, new, &call.client, call.now()).await?;
    Ok(ok(&view(&made)))
}

/// `DELETE /account/users/{id}`: true.
pub async fn remove(call: &Routed, id: &str) -> Result<Response<Body>, Refused> {
    let project = &call.project;
    let caller = user(call).await?;
    match call.identity().remove_account_user(project, &caller, id, &call.client, call.now()).await {
        Ok(()) => Ok(ok(&json!(true))),
        Err(IdentityError::Forbidden) => {
            Err(Refused::new(StatusCode::UNAUTHORIZED, "permission level not high enough"))
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /sudogettoken/{accountId}`: a session token of the account's oldest user.
pub async fn token_of(call: &Routed, account: &str) -> Result<Response<Body>, Refused> {
    call.root().await?;
    let project = &call.project;
    let unknown = || Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "there is no such account, or nobody in it");
    let users = call.identity().users_of(project, account).await;
    let oldest = match users {
        Ok(users) => users.into_iter().next().ok_or_else(unknown)?,
        Err(IdentityError::NotFound) => return Err(unknown()),
        Err(error) => return Err(error.into()),
    };
    match call.identity().open_session_for(project, &oldest.id, &call.client, call.now()).await {
        Ok(result) => token(&result),
        Err(IdentityError::NotFound) => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}
