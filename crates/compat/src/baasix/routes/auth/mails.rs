//! Signing in by a link or code in a mail, and showing that an address is one's own.

use super::{
    super::super::{
        call::{Call, answer, said},
        error::Refused,
        wire,
    },
    entry::{Extent, Mode, signed_in},
};
use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::json;

/// The application's page for a mail: `{link}/{path}/{token}`. Whether `link` may be used is the project's
/// `redirect_origins` to say.
pub fn page(link: Option<String>, path: &str) -> Option<String> {
    link.map(|link| format!("{}/{path}/%s", link.trim_end_matches('/')))
}

/// `POST /auth/magiclink`: 200 whoever is asked for; the original tells who has an account.
pub async fn request_magic_link(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let mut fields = call.members()?;
    let email = fields.text("email")?.ok_or_else(|| Refused::bad("Email is required"))?;
    let link = page(fields.text("link")?, "auth/magiclink");
    let identity = &call.state.identity;
    match fields.text("mode")?.as_deref() {
        None | Some("link") => {
            identity.request_magic_link(call.project, &email, link.as_deref(), call.client, call.now).await?;
        }
        Some("code") => identity.request_magic_code(call.project, &email, call.client, call.now).await?,
        Some(_) => return Err(Refused::bad("`mode` is \"link\" or \"code\"")),
    }
    Ok(said("Instruction sent to your email"))
}

/// `GET /auth/magiclink/{token}?authMode=`, or `POST /auth/magiclink/verify {token}` of the SDK.
pub async fn use_magic_link(call: &Call<'_>, token: Option<&str>) -> Result<Response<Body>, Refused> {
    let mut mode = call.parameter("authMode");
    let token = match token {
        Some(token) => token.to_owned(),
        None => {
            let mut fields = call.members()?;
            mode = fields.text("authMode")?.or(mode);
            fields.text("token")?.ok_or_else(|| Refused::bad("Invalid or expired token"))?
        }
    };
    let result = call.state.identity.use_magic_link(call.project, &token, call.client, call.now).await?;
    signed_in(call, &result, Mode::of(mode.as_deref()), None, Extent::User).await
}

/// `POST /auth/email/verify`.
pub async fn request_verification(call: &Call<'_>) -> Result<Response<Body>, Refused> {
    let user = call.user().await?.ok_or_else(Refused::unauthorized)?;
    let identity = &call.state.identity;
    let shown = wire::user(call.project, &identity.me(call.project, &user, call.now).await?);
    if shown.get("emailVerified") == Some(&json!(true)) {
        return Ok(said("Email already verified"));
    }
    identity.resend_verification(call.project, &user.email, call.client, call.now).await?;
    Ok(said("Verification email sent"))
}

/// `GET /auth/email/verify/{token}`.
pub async fn verify(call: &Call<'_>, token: &str) -> Result<Response<Body>, Refused> {
    call.state.identity.verify(call.project, token, call.client, call.now).await?;
    Ok(answer(StatusCode::OK, &json!({"message": "Email verified successfully"})))
}
