//! A new password through the mailbox. SEC-21, SEC-22, SEC-27.

use crate::{
    Client, Identity, IdentityError,
    audit::Event,
    keys::ttl_s,
    mails::{LinkPurpose, RedirectUrl},
    mapped_resets::ResetTable,
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_store::users;
use std::sync::Arc;

use super::{
    mail_token::{Purpose, TOKEN_CHARS, new_link_token},
    rules::NewPassword,
    signup::address,
    take_over::{Seen, is_unproven},
};

/// Marks a token that stands in the customer's own table too.
const IN_TABLE: &str = "in_table";
/// No setting makes a link work for longer. Seconds, SEC-21.
const LONGEST_S: i64 = 3_600;

impl Identity {
    /// Sends a link for a new password. The answer and its time are the same whether there is such a user or not.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RateLimited`], [`IdentityError::RedirectRefused`], [`IdentityError::MailNotConfigured`].
    pub async fn request_reset(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: &str,
        redirect: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        Directory::of(project)?.within(client.tenant.as_deref())?;
        self.check_mail_of(project)?;
        let email = address("email", email)?;
        let redirect = self.redirect(project, redirect).await?;
        self.count_mail(project, &normalised(&email), client, now).await?;
        self.send_reset_later(project, email, redirect, client, now);
        Ok(())
    }

    /// The same for a surface that has counted the request against [`Limit::Reset`] already.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RedirectRefused`], [`IdentityError::MailNotConfigured`].
    pub async fn request_counted_reset(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: &str,
        redirect: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.check_mail_of(project)?;
        let email = address("email", email)?;
        let redirect = self.redirect(project, redirect).await?;
        self.send_reset_later(project, email, redirect, client, now);
        Ok(())
    }

    fn check_mail_of(&self, project: &Project) -> Result<(), IdentityError> {
        Directory::of(project)?;
        self.check_mail(project)
    }

    fn send_reset_later(
        self: &Arc<Self>,
        project: &Arc<Project>,
        email: String,
        redirect: Option<RedirectUrl>,
        client: &Client,
        now: Timestamp,
    ) {
        let (own, project, client) = (self.clone(), project.clone(), client.clone());
        self.later(async move {
            if let Err(error) = own.send_reset(&project, &email, redirect.as_ref(), &client, now).await {
                tracing::error!(%error, project = %project.slug, "A reset mail could not be made");
            }
        });
    }

    async fn send_reset(
        &self,
        project: &Project,
        email: &str,
        redirect: Option<&RedirectUrl>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?.within(client.tenant.as_deref())?;
        let user = directory.by_email(email).await?.filter(|user| user.active);
        let Some(user) = user else {
            let event = Event::login(&self.nameless(email), "unknown");
            self.audit(project, Event { event: "reset_requested", ..event }, client, now).await;
            return Ok(());
        };
        self.mail_reset_to(project, &user, redirect, client, now).await
    }

    /// Sends the link to a user who is known.
    pub(crate) async fn mail_reset_to(
        &self,
        project: &Project,
        user: &crate::User,
        redirect: Option<&RedirectUrl>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let ttl = ttl_s(&project.settings.auth.reset_token_ttl, LONGEST_S).min(LONGEST_S);
        let token = Secret::new(new_link_token());
        // In the customer's own table too, where one is mapped and takes it.
        let kept = match ResetTable::of(project) {
            None => None,
            Some(table) => match table.put(&user.id, &token, now.plus_s(ttl), now).await {
                Ok(()) => Some(IN_TABLE.to_owned()),
                Err(error) => {
                    tracing::warn!(%error, "The token of a reset mail is kept beside the customer's table only");
                    None
                }
            },
        };
        self.keep_link_token(project, Purpose::Reset, user, &token, kept, ttl, now).await?;
        let link = self.outbox.link(project, LinkPurpose::PasswordReset, redirect, token.expose());
        let content = Content::PasswordReset { link, valid_s: ttl.unsigned_abs() };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(ttl), now).await;
        self.audit(project, Event::of_user("reset_requested", &user.id), client, now).await;
        Ok(())
    }

    /// Sets a new password with the token of a mail, and ends whatever the user held.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`]; a password that is refused leaves the token good.
    pub async fn confirm_reset(
        &self,
        project: &Project,
        token: &str,
        password: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let kept = match self.find_token(project, Purpose::Reset, token, now).await {
            Ok(kept) => Some(kept),
            Err(IdentityError::InvalidToken) => None,
            Err(error) => return Err(error),
        };
        let table = ResetTable::of(project);
        let row = match &table {
            Some(table) if token.len() <= TOKEN_CHARS => table.find(token, now).await?,
            _ => None,
        };
        let other = kept.as_ref().zip(row.as_ref()).is_some_and(|(kept, row)| kept.user != row.user);
        // A row that is gone from the customer's table is a token that is gone.
        let gone = row.is_none() && kept.as_ref().is_some_and(|kept| kept.payload.as_deref() == Some(IN_TABLE));
        let id = kept.as_ref().map(|kept| kept.user.clone()).or_else(|| row.as_ref().map(|row| row.user.clone()));
        let id = id.filter(|_| !gone && !other).ok_or(IdentityError::InvalidToken)?;
        let user = directory.by_id(&id).await?.filter(|user| user.active);
        // Bound to the address it was sent to.
        let bound = |user: &crate::User| kept.as_ref().is_none_or(|kept| normalised(&user.email) == kept.address);
        let user = user.filter(bound).ok_or(IdentityError::InvalidToken)?;
        let hash =
            self.hash_new(&directory, NewPassword::of(&user, "new_password", password, client.surface), now).await?;
        if let Some(kept) = &kept {
            self.use_up(kept, now).await?;
        }
        let set = match table.zip(row) {
            Some((table, row)) => table.confirm(&directory, &row, &hash, now).await,
            None => directory.set_password(&user.id, &hash, now).await,
        };
        match set {
            Ok(true) => {}
            Ok(false) => return Err(IdentityError::InvalidToken),
            Err(error) => {
                if let Some(kept) = &kept {
                    self.give_back(kept).await;
                }
                return Err(error);
            }
        }
        // Whoever made an account with a stranger's address keeps nothing, whatever is kept otherwise.
        let unproven = is_unproven(&user, &self.state_of(project, &user.id).await?);
        // A contract whose refresh tokens outlive a reset says so for these too.
        if unproven && !client.surface.keeps_refresh_on_password_change {
            self.end_all_of(project, &user.id, false, "password_changed", now).await?;
        } else {
            self.end_for_password(project, &user.id, client.surface, now).await?;
        }
        self.mailbox_seen(&directory, &user, Seen::NewPassword, client, now).await?;
        self.audit(project, Event::of_user("password_reset", &user.id), client, now).await;
        self.send(
            project,
            &user.email,
            user.name.as_deref(),
            Content::PasswordChangedNotice { at: now },
            now.plus_s(86_400),
            now,
        )
        .await;
        Ok(())
    }

    /// What follows when somebody has read a mail to the user's address: it is verified, what others added before is
    /// dropped, and their wrong passwords are forgotten. SEC-9, SEC-30.
    pub(crate) async fn mailbox_seen(
        &self,
        directory: &Directory<'_>,
        user: &crate::User,
        seen: Seen,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let project = directory.project;
        if is_unproven(user, &self.state_of(project, &user.id).await?) {
            self.drop_makers(directory, user, seen, client, now).await?;
        }
        self.clear_guesses(project, &format!("id:{}", user.id), client).await?;
        let (connection, id, address) = (project.connection.clone(), user.id.clone(), normalised(&user.email));
        self.store.db().write(move |tx| users::set_verified(tx, &connection, &id, Some(&address))).await?;
        if user.verified == Some(false)
            && let Err(error) = directory.note_verified(&user.id, now).await
        {
            tracing::warn!(%error, "The users table does not take that an address is verified; it is kept beside it");
        }
        Ok(())
    }
}
