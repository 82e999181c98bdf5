//! Another user's password, on an administrator's word.

use super::rules::NewPassword;
use crate::{Client, Identity, IdentityError, audit::Event, users::Directory};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;

impl Identity {
    /// Sets a user's password: all tokens and sessions of the user end, and the user is told by mail.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] without such a user; [`IdentityError::Invalid`] for a password that cannot be.
    pub async fn set_password_of(
        &self,
        project: &Project,
        user: &str,
        password: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let user = directory.by_id(user).await?.ok_or(IdentityError::NotFound)?;
        let hash = self.hash_new(&directory, NewPassword::of(&user, "password", password, client.surface), now).await?;
        if !directory.set_password(&user.id, &hash, now).await? {
            return Err(IdentityError::NotFound);
        }
        self.end_all_of(project, &user.id, false, "password_changed", now).await?;
        let event = Event { actor: None, ..Event::of_user("password_changed", &user.id) };
        self.audit(project, event, client, now).await;
        let content = Content::PasswordChangedNotice { at: now };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(86_400), now).await;
        Ok(())
    }
}
