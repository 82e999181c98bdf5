//! `POST /logout`: the session ends, its token and its refresh token with it; the user's others live on.

use super::{Asked, Refusal, Reply};

/// Needs a good token.
pub async fn post(asked: &Asked) -> Result<Reply, Refusal> {
    let user = asked.user().await?;
    asked.identity().logout(&asked.project, &user, asked.client(), asked.now).await?;
    Ok(Reply::message("Logged out successfully"))
}
