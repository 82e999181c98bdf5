//! `POST /forgot-password`: a mail, if there is such an account; the same answer, count and time if there is none.

use super::{super::limits, Asked, Counted, Refusal, Reply, of_limit, wire};
use portcullis_identity::Limit;

/// `{email}`.
pub async fn post(asked: &Asked) -> Result<Reply, Refusal> {
    let mut fields = wire::Fields::read(&asked.body)?;
    let email = fields.required("email");
    fields.done()?;
    asked.identity().request_counted_reset(&asked.project, &email, None, asked.client(), asked.now).await?;
    Ok(Reply::message("Password reset email sent if account exists"))
}

/// Counts the request for its account, known or not, in whatever letters.
pub async fn count(asked: &Asked) -> Result<Counted, Refusal> {
    let email = wire::Fields::read(&asked.body).ok().and_then(|mut fields| fields.optional("email"));
    let account = email.map(|email| email.trim().to_ascii_lowercase()).filter(|email| !email.is_empty());
    match account {
        None => Ok(Counted::Under(limits::untouched(asked.now))),
        Some(account) => {
            let (project, client) = (&asked.project, asked.client());
            of_limit(asked.identity().count(project, Limit::Reset, Some(&account), client, asked.now).await)
        }
    }
}
