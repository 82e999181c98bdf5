//! What operators do for users and their mails.

use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    mails::{Letter, MailsError, Shown, Step},
    users::{Directory, normalised},
};
use portcullis_base::Timestamp;
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_store::users;

/// How long a test mail may wait. Seconds.
const TEST_S: i64 = 600;

impl Identity {
    /// Sends a user the link for a new password.
    ///
    /// # Errors
    ///
    /// [`IdentityError::MailNotConfigured`]; [`IdentityError::Invalid`] for a user without an address.
    pub async fn mail_reset(
        &self,
        project: &Project,
        user: &User,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.check_mail(project)?;
        if normalised(&user.email).is_empty() {
            return Err(IdentityError::invalid("email", "invalid_email", "the user has no address"));
        }
        self.mail_reset_to(project, user, None, client, now).await
    }

    /// Marks a user's address as verified, on an operator's word.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn mark_verified(
        &self,
        project: &Project,
        user: &User,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.note_address(&Directory::of(project)?, user, now).await?;
        let event = Event { actor: None, ..Event::of_user("email_verified", &user.id) };
        self.audit(project, event, client, now).await;
        Ok(())
    }

    /// The address counts as verified: here, and in the table where it has a column for it.
    pub(crate) async fn note_address(
        &self,
        directory: &Directory<'_>,
        user: &User,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, id) = (directory.project.connection.clone(), user.id.clone());
        let address = normalised(&user.email);
        self.store.db().write(move |tx| users::set_verified(tx, &connection, &id, Some(&address))).await?;
        if let Err(error) = directory.note_verified(&user.id, now).await {
            tracing::warn!(%error, "The users table does not take that an address is verified; it is kept beside it");
        }
        Ok(())
    }

    /// The latest mails of a stage.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn mails_of(&self, project: &Project) -> Result<Vec<Shown>, IdentityError> {
        Ok(self.outbox.list(project).await?)
    }

    /// One mail of a stage.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`].
    pub async fn mail_of(&self, project: &Project, id: &str) -> Result<Shown, IdentityError> {
        self.outbox.find(project, id).await?.ok_or(IdentityError::NotFound)
    }

    /// Sends a test mail by the stage's server, at once and step by step.
    ///
    /// # Errors
    ///
    /// [`IdentityError::MailNotConfigured`], [`IdentityError::Invalid`]; what goes wrong on the way is in the steps.
    pub async fn test_mail(&self, project: &Project, to: &str, now: Timestamp) -> Result<Vec<Step>, IdentityError> {
        let to = super::signup::address("to", to)?;
        let to = to.parse().map_err(|_| IdentityError::invalid("to", "invalid_email", "`to` is not an address"))?;
        let content = Content::Test { at: now };
        let letter = Letter { to, name: None, language: None, content, expires_at: now.plus_s(TEST_S) };
        Ok(self.outbox.test(project, &letter, now).await?)
    }
}

impl From<MailsError> for IdentityError {
    fn from(error: MailsError) -> Self {
        match error {
            MailsError::NotConfigured | MailsError::SecretMissing(_) => Self::MailNotConfigured,
            MailsError::Address(error) => Self::invalid("from_address", "invalid_email", error.to_string()),
            MailsError::Unsendable(message) => Self::invalid("to", "invalid_mail", message),
            MailsError::Template(error) => Self::Internal(error.to_string()),
            MailsError::Unknown(_) => Self::NotFound,
            MailsError::Store(error) => Self::Store(error),
        }
    }
}
