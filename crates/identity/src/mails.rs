//! The mails of the flows: what is to be said, and the way it is handed on to be sent.

use crate::{Identity, IdentityError};
use async_trait::async_trait;
use parking_lot::Mutex;
use portcullis_base::{ConnectionId, ProjectId, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::{Project, Stage};
use portcullis_store::redirects;
use url::Url;

/// A mail to be sent: to whom, what it says, until when it is of use.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The project.
    pub project: ProjectId,
    /// What the project is called.
    pub app_name: String,
    /// The stage.
    pub connection: ConnectionId,
    /// The language the project writes in.
    pub language: Option<String>,
    /// The address.
    pub to: String,
    /// What its owner is called; empty when that is not known.
    pub name: String,
    /// What it says.
    pub content: Content,
    /// When it need not be sent any more.
    pub expires_at: Timestamp,
}

/// Takes letters and sees to it that they are sent. REL-9.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Keeps a letter durably; sending it is not waited for.
    async fn queue(&self, letter: Letter, now: Timestamp) -> Result<(), IdentityError>;
}

/// Letters kept in memory: for tests, and where nothing sends them.
#[derive(Debug, Default)]
pub struct MemoryOutbox(Mutex<Vec<Letter>>);

/// How many letters are kept.
const KEPT: usize = 1_000;

impl MemoryOutbox {
    /// The letters so far, the oldest first.
    pub fn letters(&self) -> Vec<Letter> {
        self.0.lock().clone()
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn queue(&self, letter: Letter, _: Timestamp) -> Result<(), IdentityError> {
        let mut letters = self.0.lock();
        if letters.len() >= KEPT {
            letters.remove(0);
        }
        letters.push(letter);
        Ok(())
    }
}

/// Which page of the application a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Reset,
    Verify,
    MagicLink,
}

impl Identity {
    /// Makes sure that mails of this project go somewhere.
    pub(crate) fn check_mail(&self, project: &Project) -> Result<(), IdentityError> {
        if self.has_mail(project) { Ok(()) } else { Err(IdentityError::MailNotConfigured) }
    }

    /// Whether mails of this project go somewhere: out, or in development into the outbox.
    pub(crate) fn has_mail(&self, project: &Project) -> bool {
        project.settings.email.host.is_some() || self.options.default_mail || project.stage == Stage::Development
    }

    /// Hands a letter on. That it cannot be kept is said in the log.
    pub(crate) async fn send(
        &self,
        project: &Project,
        to: &str,
        name: Option<&str>,
        content: Content,
        expires_at: Timestamp,
        now: Timestamp,
    ) {
        if !self.has_mail(project) || to.is_empty() {
            return;
        }
        let letter = Letter {
            project: project.id.clone(),
            app_name: project.settings.email.from_name.clone().unwrap_or_else(|| project.slug.clone()),
            connection: project.connection.clone(),
            language: project.settings.email.language.clone(),
            to: to.to_owned(),
            name: name.unwrap_or_default().to_owned(),
            content,
            expires_at,
        };
        if let Err(error) = self.outbox.queue(letter, now).await {
            tracing::error!(%error, project = %project.slug, "A mail could not be queued");
        }
    }

    /// The link of a mail: to the redirect that was allowed, else to the application's page, else to us. Its base is
    /// always one of the settings'. SEC-23.
    pub(crate) fn link(&self, project: &Project, page: Page, token: &str, redirect: Option<&Url>) -> String {
        if let Some(url) = redirect {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair("token", token);
            return url.into();
        }
        let email = &project.settings.email;
        let (path, own) = match page {
            Page::Reset => (&email.password_reset_path, "auth/password_reset/confirm"),
            Page::Verify => (&email.verify_path, "auth/verify"),
            Page::MagicLink => (&email.magic_link_path, "auth/magic-link/verify"),
        };
        match (&email.base_url, path) {
            (Some(base), Some(path)) => format!("{}{}", base.trim_end_matches('/'), path.replacen("%s", token, 1)),
            _ => format!("{}/p/{}@{}/{own}?token={token}", self.options.public_url, project.slug, project.stage),
        }
    }

    /// A redirect, if it leads to an allowed origin: parsed, then compared by scheme, host and port. SEC-24.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RedirectRefused`].
    pub async fn check_redirect(&self, project: &Project, text: &str) -> Result<Url, IdentityError> {
        let refused = || IdentityError::RedirectRefused;
        if text.len() > 2_048 || text.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace()) {
            return Err(refused());
        }
        let url = Url::parse(text).map_err(|_| refused())?;
        let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        if !plain || url.host().is_none() {
            return Err(refused());
        }
        let connection = project.connection.clone();
        let mut origins = self.store.db().read(move |tx| redirects::list(tx, &connection)).await?;
        origins.extend(project.settings.auth.redirect_origins.iter().cloned());
        let allowed = origins.iter().filter_map(|origin| Url::parse(origin).ok()).any(|own| own.origin() == url.origin());
        if allowed { Ok(url) } else { Err(refused()) }
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
            let good = Url::parse(origin).ok().filter(|url| {
                matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin.trim_end_matches('/')
            });
            if good.is_none() || origin.ends_with('/') {
                let message = format!("`{origin}` is not an origin; write scheme, host and port only");
                return Err(IdentityError::invalid("allowed_redirect_origins", "invalid_origin", message));
            }
        }
        let connection = project.connection.clone();
        Ok(self.store.db().write(move |tx| redirects::replace(tx, &connection, &origins)).await?)
    }
}
