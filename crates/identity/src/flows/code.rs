//! Signing in by a code in a mail: six digits, bound to the address, five tries.

use crate::{
    AuthResult, Client, Identity, IdentityError,
    methods::password::check_length,
    users::{Directory, normalised},
};
use portcullis_base::Timestamp;
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use std::sync::Arc;

use super::{magic_link::TTL_S, signup::address};

impl Identity {
    /// Sends a code. The same answer whoever is asked for, in the same time. SEC-22.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RateLimited`], [`IdentityError::MailNotConfigured`].
    pub async fn request_code(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        Directory::of(project)?.within(client.tenant.as_deref())?;
        self.check_mail(project)?;
        let email = address("email", email)?;
        // A budget of its own: codes that a stranger asks for and tries out must not keep the owner from a link. SEC-9.
        let account = format!("code {}", normalised(&email));
        self.count_mail(project, &account, client, now).await?;
        let (own, project, tenant) = (self.clone(), project.clone(), client.tenant.clone());
        self.later(async move {
            let sent = async {
                let user = Directory::of(&project)?
                    .within(tenant.as_deref())?
                    .by_email(&email)
                    .await?
                    .filter(|user| user.active);
                let Some(user) = user else { return Ok(()) };
                let code = own.make_code(&project, &user, TTL_S, now).await?;
                let content = Content::OneTimeCode { code: code.expose().clone(), valid_s: TTL_S.unsigned_abs() };
                own.send(&project, &user.email, user.name.as_deref(), content, now.plus_s(TTL_S), now).await;
                Ok(())
            };
            let sent: Result<(), IdentityError> = sent.await;
            if let Err(error) = sent {
                tracing::error!(%error, project = %project.slug, "A mail with a code could not be made");
            }
        });
        Ok(())
    }

    /// Signs in by a code.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`].
    pub async fn use_code_of(
        &self,
        project: &Project,
        email: &str,
        code: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        check_length("code", code, 64)?;
        let email = address("email", email)?;
        let used = self.use_code(project, &email, code, now).await?;
        self.open_by_mailbox(project, &used, client, now).await
    }
}
