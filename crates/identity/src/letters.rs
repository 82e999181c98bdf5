//! The flows' way to mails: whether there is one, what is sent, where links may lead.

use crate::{
    Identity, IdentityError,
    mails::{Letter, MailsError, RedirectUrl},
};
use portcullis_base::Timestamp;
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_store::redirects;
use url::Url;

impl Identity {
    /// Makes sure that mails of this project go somewhere.
    pub(crate) fn check_mail(&self, project: &Project) -> Result<(), IdentityError> {
        if self.has_mail(project) { Ok(()) } else { Err(IdentityError::MailNotConfigured) }
    }

    /// Whether mails of this project go somewhere: out, or in development into the outbox.
    pub(crate) fn has_mail(&self, project: &Project) -> bool {
        self.outbox.is_set_up(project)
    }

    /// Puts a mail into the queue. That it cannot be kept is said in the log. REL-9.
    pub(crate) async fn send(
        &self,
        project: &Project,
        to: &str,
        name: Option<&str>,
        content: Content,
        expires_at: Timestamp,
        now: Timestamp,
    ) {
        if !self.has_mail(project) {
            return;
        }
        let Ok(to) = to.parse() else { return };
        let letter = Letter { to, name: name.map(str::to_owned), language: None, content, expires_at };
        match self.outbox.send(project, &letter, now).await {
            Ok(_) | Err(MailsError::NotConfigured) => {}
            Err(error) => tracing::error!(%error, project = %project.slug, "A mail could not be queued"),
        }
    }

    /// A redirect, if it leads to an allowed origin: parsed, then compared by scheme, host and port. SEC-24.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RedirectRefused`].
    pub async fn check_redirect(&self, project: &Project, text: &str) -> Result<RedirectUrl, IdentityError> {
        let mut origins = self.redirect_origins(project).await?;
        origins.extend(project.settings.auth.redirect_origins.iter().cloned());
        RedirectUrl::parse(text, &origins).map_err(|_| IdentityError::RedirectRefused)
    }

    /// The same for a redirect that may be absent.
    pub(crate) async fn redirect(
        &self,
        project: &Project,
        text: Option<&str>,
    ) -> Result<Option<RedirectUrl>, IdentityError> {
        match text {
            None => Ok(None),
            Some(text) => self.check_redirect(project, text).await.map(Some),
        }
    }

    /// The origins a project's server side has allowed.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn redirect_origins(&self, project: &Project) -> Result<Vec<String>, IdentityError> {
        let connection = project.connection.clone();
        Ok(self.store.db().read(move |tx| redirects::list(tx, &connection)).await?)
    }

    /// Allows these origins and no others beside those of the settings.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] for what is no origin.
    pub async fn set_redirect_origins(&self, project: &Project, origins: Vec<String>) -> Result<(), IdentityError> {
        for origin in &origins {
            let good = Url::parse(origin).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == *origin
            });
            if !good {
                let message = format!("`{origin}` is not an origin; write scheme, host and port only");
                return Err(IdentityError::invalid("allowed_redirect_origins", "invalid_origin", message));
            }
        }
        let connection = project.connection.clone();
        Ok(self.store.db().write(move |tx| redirects::replace(tx, &connection, &origins)).await?)
    }
}
