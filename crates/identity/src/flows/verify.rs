//! Showing that an address is one's own.

use crate::{
    Client, Identity, IdentityError,
    audit::Event,
    sessions::is_verified,
    users::{Directory, normalised},
};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use std::sync::Arc;

use super::{mail_token::Purpose, signup::address, take_over::Seen};

impl Identity {
    /// Uses the link of a verification mail, or of a mail that confirms a new address.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`].
    pub async fn verify(
        &self,
        project: &Project,
        token: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let kept = match self.find_token(project, Purpose::Verify, token, now).await {
            Ok(kept) => kept,
            Err(IdentityError::InvalidToken) => return self.confirm_address(project, token, client, now).await,
            Err(error) => return Err(error),
        };
        let user = directory.by_id(&kept.user).await?.filter(|user| normalised(&user.email) == kept.address);
        let user = user.ok_or(IdentityError::InvalidToken)?;
        self.use_up(&kept, now).await?;
        self.mailbox_seen(&directory, &user, Seen::Verification, client, now).await?;
        self.audit(project, Event::of_user("email_verified", &user.id), client, now).await;
        Ok(())
    }

    /// Sends the verification mail again. The same answer whoever is asked for, in the same time.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RateLimited`], [`IdentityError::MailNotConfigured`].
    pub async fn resend_verification(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        Directory::of(project)?.within(client.tenant.as_deref())?;
        self.check_mail(project)?;
        let email = address("email", email)?;
        // A budget of its own: a verified address gets no mail, and its owner must not lose a reset for it. SEC-9.
        let account = format!("verify {}", normalised(&email));
        self.count_mail(project, &account, client, now).await?;
        let (own, project, tenant) = (self.clone(), project.clone(), client.tenant.clone());
        self.later(async move {
            let sent = async {
                let directory = Directory::of(&project)?.within(tenant.as_deref())?;
                let Some(user) = directory.by_email(&email).await?.filter(|user| user.active) else { return Ok(()) };
                let state = own.state_of(&project, &user.id).await?;
                if is_verified(&user, &state) { Ok(()) } else { own.send_verification(&project, &user, now).await }
            };
            let sent: Result<(), IdentityError> = sent.await;
            if let Err(error) = sent {
                tracing::error!(%error, project = %project.slug, "A verification mail could not be made");
            }
        });
        Ok(())
    }
}
