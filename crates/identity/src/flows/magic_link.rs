//! Signing in by a link in a mail.

use crate::{
    AuthResult, Client, Identity, IdentityError, Proof,
    mails::{LinkPurpose, RedirectUrl},
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_store::one_time::OneTime;
use rand::RngExt;
use std::sync::Arc;

use super::{mail_token::Purpose, signup::address, take_over::Seen};

/// How long a link or code works. Seconds, SEC-21.
pub(crate) const TTL_S: i64 = 600;

/// What stands in the mail.
enum Form {
    /// A link, which leads where this says.
    Link(Option<RedirectUrl>),
    /// Letters to be typed.
    Code,
}

/// Letters of a code: 56 bits, which nobody guesses in the ten minutes it works.
const LETTERS: usize = 12;

fn letters() -> String {
    (0..LETTERS).map(|_| char::from(rand::rng().random_range(b'A'..=b'Z'))).collect()
}

impl Identity {
    /// Sends a link that signs in. The same answer whoever is asked for, in the same time. SEC-22.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RateLimited`], [`IdentityError::RedirectRefused`], [`IdentityError::MailNotConfigured`].
    pub async fn request_magic_link(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: &str,
        redirect: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let redirect = self.redirect(project, redirect).await?;
        self.request_magic(project, email, Form::Link(redirect), client, now).await
    }

    /// Sends the same as a code of twelve letters that is typed where the link would lead to; otherwise as
    /// [`Identity::request_magic_link`].
    ///
    /// # Errors
    ///
    /// [`IdentityError::RateLimited`], [`IdentityError::MailNotConfigured`].
    pub async fn request_magic_code(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.request_magic(project, email, Form::Code, client, now).await
    }

    async fn request_magic(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: &str,
        form: Form,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        Directory::of(project)?.within(client.tenant.as_deref())?;
        self.check_mail(project)?;
        let email = address("email", email)?;
        self.count_mail(project, &normalised(&email), client, now).await?;
        let (own, project, tenant) = (self.clone(), project.clone(), client.tenant.clone());
        self.later(async move {
            let sent = own.send_magic_link(&project, (&email, tenant.as_deref()), &form, now).await;
            if let Err(error) = sent {
                tracing::error!(%error, project = %project.slug, "A mail with a link could not be made");
            }
        });
        Ok(())
    }

    async fn send_magic_link(
        &self,
        project: &Project,
        (email, tenant): (&str, Option<&str>),
        form: &Form,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let user = Directory::of(project)?.within(tenant)?.by_email(email).await?.filter(|user| user.active);
        let Some(user) = user else { return Ok(()) };
        let valid_s = TTL_S.unsigned_abs();
        let content = match form {
            Form::Link(redirect) => {
                let token = self.make_link_token(project, Purpose::MagicLink, &user, None, TTL_S, now).await?;
                let link = self.outbox.link(project, LinkPurpose::MagicLink, redirect.as_ref(), token.expose());
                Content::MagicLink { link, valid_s }
            }
            Form::Code => {
                let token = Secret::new(letters());
                self.keep_link_token(project, Purpose::MagicLink, &user, &token, None, TTL_S, now).await?;
                Content::OneTimeCode { code: token.expose().clone(), valid_s }
            }
        };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(TTL_S), now).await;
        Ok(())
    }

    /// Signs in by the token of such a link.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`].
    pub async fn use_magic_link(
        &self,
        project: &Project,
        token: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let kept = self.find_token(project, Purpose::MagicLink, token, now).await?;
        self.use_up(&kept, now).await?;
        self.open_by_mailbox(project, &kept, client, now).await
    }

    /// Opens a session for whoever read the mail with this link or code.
    pub(crate) async fn open_by_mailbox(
        &self,
        project: &Project,
        used: &OneTime,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?;
        let user = directory.by_id(&used.user).await?.filter(|user| normalised(&user.email) == used.address);
        let user = user.ok_or(IdentityError::InvalidToken)?;
        let proof = Proof::of_mailbox(used, user).ok_or(IdentityError::InvalidToken)?;
        self.mailbox_seen(&directory, proof.user(), Seen::SignIn, client, now).await?;
        match self.open_session(project, &proof, client, now).await {
            Err(IdentityError::InvalidCredentials) => Err(IdentityError::InvalidToken),
            other => other,
        }
    }
}
