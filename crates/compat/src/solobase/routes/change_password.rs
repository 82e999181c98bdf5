//! `POST /change-password`: the caller's session goes on, since the answer holds no token; all others end.

use super::{Asked, Refusal, Reply, register::check_password, wire};
use portcullis_base::Secret;

/// `{current_password, new_password, new_password_confirmation}`.
pub async fn post(asked: &Asked) -> Result<Reply, Refusal> {
    let user = asked.user().await?;
    let mut fields = wire::Fields::read(&asked.body)?;
    let current = Secret::new(fields.required("current_password"));
    let new = fields.confirmed("new_password");
    check_password(asked, &mut fields, "new_password", &user.email, new.expose())?;
    fields.done()?;
    let (identity, client) = (asked.identity(), asked.client());
    identity.change_password_staying(&asked.project, &user, &current, &new, client, asked.now).await?;
    Ok(Reply::message("Password changed successfully"))
}
