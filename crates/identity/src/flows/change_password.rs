//! Another password, by somebody who is signed in. SEC-10.

use super::rules::NewPassword;
use crate::{AuthResult, Client, Identity, IdentityError, audit::Event, methods::password::Who, users::Directory};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_query::access::EndUser;

impl Identity {
    /// Changes the caller's password: all tokens and sessions end, the caller gets a fresh pair.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidCredentials`] for a wrong current password, which counts as a failed login.
    pub async fn change_password(
        &self,
        project: &Project,
        caller: &EndUser,
        current: &Secret<String>,
        new: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?;
        let user = self.check_delicate(project, caller, now).await?;
        let proof = self.prove_password(&directory, Who::User(&user), current, client, now).await?;
        let hash = self.hash_new(&directory, NewPassword::of(&user, "new_password", new, client.surface), now).await?;
        // In place of the one that was shown: of two changes at once the second has shown an old one.
        let shown = proof.user().password.as_ref().ok_or(IdentityError::InvalidCredentials)?;
        if !directory.replace_password(&user.id, shown, &hash, now).await? {
            return Err(IdentityError::InvalidCredentials);
        }
        self.end_for_password(project, &user.id, client.surface, now).await?;
        self.audit(project, Event::of_user("password_changed", &user.id), client, now).await;
        let content = Content::PasswordChangedNotice { at: now };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(86_400), now).await;
        self.open_session(project, &proof.of_session(caller.aal2), client, now).await
    }
}
