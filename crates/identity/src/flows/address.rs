//! Another address: confirmed by its mailbox, told to the old one. SEC-10.

use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    mails::LinkPurpose,
    methods::password::Who,
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_query::Json;
use portcullis_store::users;

use super::{mail_token::Purpose, signup::address};

/// How long the link to the new address works. Seconds.
const TTL_S: i64 = 3_600;

impl Identity {
    /// Asks the new mailbox; without mail the address is changed at once.
    pub(crate) async fn request_address(
        &self,
        project: &Project,
        user: &User,
        email: &str,
        current: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let email = address("email", email)?;
        self.prove_password(&directory, Who::User(user), current, client, now).await?;
        if !self.has_mail(project) {
            if directory.of_tenant(user.tenant.as_deref()).has_email(&email).await? {
                return Err(IdentityError::EmailTaken);
            }
            return self.set_address(project, user, &email, client, now).await;
        }
        self.count_mail(project, &normalised(&email), client, now).await?;
        let token = self.make_link_token(project, Purpose::EmailChange, user, Some(email.clone()), TTL_S, now).await?;
        let link = self.outbox.link(project, LinkPurpose::Verify, None, token.expose());
        let content = Content::EmailChange { link, new_email: email.clone(), valid_s: TTL_S.unsigned_abs() };
        self.send(project, &email, user.name.as_deref(), content, now.plus_s(TTL_S), now).await;
        Ok(())
    }

    /// Uses the link of the mail to the new address.
    pub(crate) async fn confirm_address(
        &self,
        project: &Project,
        token: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let kept = self.find_token(project, Purpose::EmailChange, token, now).await?;
        let user = directory.by_id(&kept.user).await?;
        let user = user.filter(|user| user.active && normalised(&user.email) == kept.address);
        let (user, email) = user.zip(kept.payload.clone()).ok_or(IdentityError::InvalidToken)?;
        self.use_up(&kept, now).await?;
        if directory.of_tenant(user.tenant.as_deref()).has_email(&email).await? {
            return Err(IdentityError::InvalidToken);
        }
        if let Err(error) = self.set_address(project, &user, &email, client, now).await {
            self.give_back(&kept).await;
            return Err(error);
        }
        let (connection, id, verified) = (project.connection.clone(), user.id.clone(), normalised(&email));
        self.store.db().write(move |tx| users::set_verified(tx, &connection, &id, Some(&verified))).await?;
        directory.note_verified(&user.id, now).await.map(drop)
    }

    async fn set_address(
        &self,
        project: &Project,
        user: &User,
        email: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let column = directory.must("email")?;
        let mut value = vec![(column, Json::String(email.to_owned()))];
        // Nobody has shown yet that the new address is theirs: a flag that was true for the old one is not. SEC-30.
        value.extend(directory.unverified());
        directory.change(&user.id, value, "a user's address is changed", now).await?;
        let (connection, id) = (project.connection.clone(), user.id.clone());
        self.store.db().write(move |tx| users::set_claimed(tx, &connection, &id, now)).await?;
        self.end_all_of(project, &user.id, false, "password_changed", now).await?;
        self.audit(project, Event::of_user("email_changed", &user.id), client, now).await;
        let content = Content::EmailChangedNotice { new_email: email.to_owned(), at: now };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(86_400), now).await;
        Ok(())
    }
}
