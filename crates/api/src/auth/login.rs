//! `POST /auth/login`: address and password, or the password grant of OAuth2 as a form.

use super::{Call, Fields};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_web::ApiError;

/// `{email | username, password, tenant?}`: 200 and tokens.
pub async fn post(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let mut fields = Fields::json_or_form(&call.headers, &call.body)?;
    match fields.text(&["grant_type"])?.as_deref() {
        None | Some("password") => {}
        Some("refresh_token") => return super::refresh::with(call, fields).await,
        Some(other) => {
            let message = format!("`{other}` is no grant that works here; use password or refresh_token");
            return Err(super::invalid("grant_type", "unsupported_grant_type", message));
        }
    }
    // OAuth2 clients send what their library always sends.
    for name in ["scope", "client_id", "client_secret"] {
        drop(fields.take(name));
    }
    let (email, username) = (fields.text(&["email"])?, fields.text(&["username"])?);
    let login = email.or(username).filter(|login| !login.is_empty());
    let login = login.ok_or_else(|| super::invalid("email", "missing_field", "`email` is required".to_owned()))?;
    let (password, client) = (fields.secret(&["password"])?, call.client_of(&mut fields)?);
    fields.done()?;
    let result = call.state.identity.login(call.project, &login, &password, &client, call.now).await?;
    Ok(call.signed_in(StatusCode::OK, &result, &[]))
}
