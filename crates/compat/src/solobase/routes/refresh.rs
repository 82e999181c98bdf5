//! `POST /refresh`: a new token for a refresh token, which stays good: a client of the page learns of no other.

use super::{Asked, Refusal, Reply, wire};
use portcullis_base::Secret;
use serde_json::json;

/// `{refresh_token}`: `token` and `expires_in`.
pub async fn post(asked: &Asked) -> Result<Reply, Refusal> {
    let mut fields = wire::Fields::read(&asked.body)?;
    let presented = Secret::new(fields.required("refresh_token"));
    fields.done()?;
    let opened = asked.identity().refresh(&asked.project, &presented, asked.client(), asked.now).await?;
    let mut data = json!({"token": opened.token.expose(), "expires_in": opened.expires_in_s});
    // That of a session which another surface opened works once, as it does there.
    if opened.refresh_token.expose() != presented.expose() {
        data["refresh_token"] = json!(opened.refresh_token.expose());
    }
    Ok(Reply::ok(data))
}
