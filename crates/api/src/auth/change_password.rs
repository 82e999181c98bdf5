//! `POST /auth/change-password`.

use super::{Call, Fields};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_web::ApiError;

/// `{current_password, new_password}`: 200 and a fresh pair of tokens; everything else the user held has ended.
pub async fn post(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let user = call.user().await?;
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let current = fields.secret(&["current_password", "currentPassword", "old_password"])?;
    let new = fields.secret(&["new_password", "newPassword"])?;
    fields.done()?;
    let identity = &call.state.identity;
    let result = identity.change_password(call.project, &user, &current, &new, call.client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}
