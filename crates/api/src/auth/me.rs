//! `/auth/me`: the caller's own record.

use super::{Call, Fields, call::object};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_web::ApiError;

/// `GET`: the user, bare.
pub async fn get(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    Ok(object(StatusCode::OK, call.state.identity.me(call.project, &user, call.now).await?))
}

/// `PUT` and `PATCH`: changes the columns that are there; another `email` needs `current_password`.
pub async fn patch(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let fields = Fields::json(&call.headers, &call.body)?;
    if fields.has("password") {
        let message = "a password is changed at /auth/change-password".to_owned();
        return Err(super::invalid("password", "not_writable", message));
    }
    let identity = &call.state.identity;
    Ok(object(StatusCode::OK, identity.update_me(call.project, &user, fields.rest(), call.client, call.now).await?))
}
