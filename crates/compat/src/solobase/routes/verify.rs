//! `/verify-email` and `/resend-verification`: the page promises the mail and shows no route; these are the usual ones.

use super::{Asked, Refusal, Reply, wire};
use portcullis_identity::IdentityError;

/// `?token=` or `{token}`.
pub async fn verify(asked: &Asked) -> Result<Reply, Refusal> {
    let token = match asked.reads() {
        true => asked.parameter("token")?.filter(|token| !token.is_empty()),
        false => {
            let mut fields = wire::Fields::read(&asked.body)?;
            let token = fields.required("token");
            fields.done()?;
            Some(token)
        }
    };
    let token = token.ok_or_else(|| Refusal::field("token", "Token is required"))?;
    asked.identity().verify(&asked.project, &token, asked.client(), asked.now).await?;
    Ok(Reply::message("Email verified successfully"))
}

/// `{email}`: 200 whoever is asked for.
pub async fn resend(asked: &Asked) -> Result<Reply, Refusal> {
    let mut fields = wire::Fields::read(&asked.body)?;
    let email = fields.required("email");
    fields.done()?;
    let sent = asked.identity().resend_verification(&asked.project, &email, asked.client(), asked.now).await;
    sent.map_err(|error| match error {
        IdentityError::RateLimited(state) => {
            let message = "Too many verification requests. Try again in 1 hour.".to_owned();
            Refusal { message, ..super::super::limits::refusal(&state) }
        }
        other => other.into(),
    })?;
    Ok(Reply::message("Verification email sent if account exists and is not verified"))
}
