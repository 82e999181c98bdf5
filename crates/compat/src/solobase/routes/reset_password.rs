//! `POST /reset-password`: a new password with the token of a mail; whatever the user held ends, and so does a lock.

use super::{Asked, Refusal, Reply, register::check_password, wire};
use portcullis_identity::IdentityError;

/// `{token, password, password_confirmation}`.
pub async fn post(asked: &Asked) -> Result<Reply, Refusal> {
    let mut fields = wire::Fields::read(&asked.body)?;
    let token = fields.required("token");
    let password = fields.confirmed("password");
    check_password(asked, &mut fields, "password", "", password.expose())?;
    fields.done()?;
    let done = asked.identity().confirm_reset(&asked.project, &token, &password, asked.client(), asked.now).await;
    done.map_err(|error| match error {
        IdentityError::Invalid { code, message, .. } => {
            let error = IdentityError::invalid("password", code, message);
            super::register::password_text(&error).map_or_else(|| error.into(), |text| Refusal::field("password", text))
        }
        other => other.into(),
    })?;
    Ok(Reply::message("Password reset successfully"))
}
