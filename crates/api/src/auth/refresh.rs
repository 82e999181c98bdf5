//! `POST /auth/refresh`: one refresh token in, a fresh pair out.

use super::{Call, Fields};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_web::{ApiError, Cookie, check_origin, cookie};

/// `{refresh_token | refreshToken | token}`, or the cookie.
pub async fn post(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json_or_form(&call.headers, &call.body)?;
    drop(fields.take("grant_type"));
    with(call, fields).await
}

/// With the members of a body that is read already.
pub async fn with(call: &Call<'_>, mut fields: Fields) -> Result<Response<Body>, ApiError> {
    for name in ["scope", "client_id", "client_secret"] {
        drop(fields.take(name));
    }
    let given = fields.text(&["refresh_token", "refreshToken", "refresh-token", "token"])?;
    fields.done()?;
    let token = match (given, cookie(call.project, &call.headers, Cookie::Refresh)) {
        (Some(token), _) => Secret::new(token),
        (None, Some(token)) => {
            check_origin(call.state, call.project, &call.method, &call.headers)?;
            Secret::new(token.to_owned())
        }
        (None, None) => {
            return Err(super::invalid("refresh_token", "missing_field", "`refresh_token` is required".to_owned()));
        }
    };
    let result = call.state.identity.refresh(call.project, &token, call.client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}
