//! `POST /login`. The order of checks is the contract's: limit, form, lock, password, verification.

use super::{Asked, Refusal, Reply, wire};
use portcullis_base::Secret;
use serde_json::json;

/// What `data.user` has.
const USER: [&str; 6] = ["id", "email", "name", "role", "created_at", "last_login"];

/// `{email, password}`: a token of one hour, and a refresh token that stays good.
pub async fn post(asked: &Asked) -> Result<Reply, Refusal> {
    let mut fields = wire::Fields::read(&asked.body)?;
    let (email, password) = (fields.required("email"), Secret::new(fields.required("password")));
    fields.done()?;
    let identity = asked.identity();
    let opened = identity.login(&asked.project, &email, &password, asked.client(), asked.now).await?;
    let id = opened.user.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    let profile = identity.profile(&asked.project, &id.unwrap_or_default(), asked.now).await?;
    Ok(Reply::ok(json!({
        "token": opened.token.expose(),
        "refresh_token": opened.refresh_token.expose(),
        "expires_in": opened.expires_in_s,
        "user": wire::user(&profile, &USER),
    })))
}
