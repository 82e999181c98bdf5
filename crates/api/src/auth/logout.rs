//! `POST /auth/logout`: ends the session one calls with.

use super::{Call, Fields, call::nothing};
use axum::body::Body;
use http::Response;
use portcullis_base::Secret;
use portcullis_web::{ApiError, Cookie, check_origin, clear_cookies, cookie};

/// 204. A client whose access token has run out may send its refresh token instead.
pub async fn post(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json(&call.headers, &call.body)?;
    let given = fields.text(&["refresh_token", "refreshToken"])?;
    let identity = &call.state.identity;
    match (call.user().await, given) {
        (Ok(user), _) => identity.logout(call.project, &user, call.client, call.now).await?,
        (Err(_), Some(token)) => identity.logout_by_refresh(call.project, &Secret::new(token), call.now).await?,
        (Err(error), None) => match cookie(call.project, &call.headers, Cookie::Refresh) {
            Some(token) => {
                check_origin(call.state, call.project, &call.method, &call.headers)?;
                identity.logout_by_refresh(call.project, &Secret::new(token.to_owned()), call.now).await?;
            }
            None => return Err(error),
        },
    }
    let mut response = nothing();
    clear_cookies(call.project, response.headers_mut());
    Ok(response)
}
