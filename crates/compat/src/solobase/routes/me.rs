//! `GET` and `PUT /me`: the caller's own record.

use super::{Asked, Refusal, Reply, wire};
use http::StatusCode;
use portcullis_identity::{IdentityError, Profile};
use serde_json::json;

/// What `data.user` has when it is read.
const READ: [&str; 8] = ["id", "name", "email", "role", "permissions", "created_at", "last_login", "email_verified"];
/// What it has when it was changed.
const CHANGED: [&str; 6] = ["id", "name", "email", "role", "created_at", "updated_at"];

/// The caller.
pub async fn get(asked: &Asked) -> Result<Reply, Refusal> {
    let user = asked.user().await?;
    let profile = profile(asked, &user.id).await?;
    Ok(Reply::ok(json!({"user": wire::user(&profile, &READ)})))
}

/// `{name?, email?}`; another address is not verified, and its owner is asked to.
pub async fn put(asked: &Asked) -> Result<Reply, Refusal> {
    let user = asked.user().await?;
    let mut fields = wire::Fields::read(&asked.body)?;
    let mut given = |name: &str| {
        let text = fields.optional(name)?;
        if text.trim().is_empty() {
            fields.details.add(name, format!("{} is required", super::super::error::title(name)));
        }
        Some(text)
    };
    let (name, email) = (given("name"), given("email"));
    fields.done()?;
    // Gone is gone, whatever was to be changed.
    profile(asked, &user.id).await?;
    asked.identity().change_self(&asked.project, &user, name, email, asked.client(), asked.now).await?;
    let profile = profile(asked, &user.id).await?;
    Ok(Reply::ok(json!({"user": wire::user(&profile, &CHANGED)})))
}

/// A good token whose user was deleted: the one place where an account does not exist.
async fn profile(asked: &Asked, id: &str) -> Result<Profile, Refusal> {
    asked.identity().profile(&asked.project, id, asked.now).await.map_err(|error| match error {
        IdentityError::NotFound => Refusal::new(StatusCode::NOT_FOUND, "USER_NOT_FOUND", "User not found"),
        other => other.into(),
    })
}
