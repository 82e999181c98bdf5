//! `/auth/account`: the users of one's account.

use super::{Call, Fields, call::nothing};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::{AccountUser, rfc3339};
use portcullis_web::{ApiError, json};
use serde_json::{Value, json as value};

/// `GET /auth/account`.
pub async fn get(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let caller = call.user().await?;
    let own = call.state.identity.account_user(call.project, &caller.id, call.now).await?;
    Ok(json(StatusCode::OK, value!({"id": own.account, "level": own.level}).to_string()))
}

/// `GET /auth/account/users`.
pub async fn list(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let caller = call.user().await?;
    let all = call.state.identity.account_users(call.project, &caller, call.now).await?;
    let data: Vec<Value> = all.iter().map(view).collect();
    Ok(json(StatusCode::OK, value!({ "data": data }).to_string()))
}

/// `POST /auth/account/users` `{email, password}`: 201.
pub async fn add(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let caller = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let (email, password) = (fields.required(&["email"])?, fields.secret(&["password"])?);
    fields.done()?;
    let new = (email.as_str(), &password);
    let made = call.state.identity.add_account_user(call.project, &caller, new, call.client, call.now).await?;
    Ok(json(StatusCode::CREATED, view(&made).to_string()))
}

/// `DELETE /auth/account/users/{id}`: 204.
pub async fn remove(call: &Call<'_>, id: &str) -> Result<Response<Body>, ApiError> {
    let caller = call.user().await?;
    call.state.identity.remove_account_user(call.project, &caller, id, call.client, call.now).await?;
    Ok(nothing())
}

fn view(user: &AccountUser) -> Value {
    value!({"id": user.id, "email": user.email, "level": user.level, "created_at": rfc3339(user.created_at)})
}
