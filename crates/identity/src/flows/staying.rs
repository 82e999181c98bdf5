//! Changes of password and address whose answer holds no tokens: the caller's own session goes on, all others of the
//! user end with a changed password. SEC-10.

use crate::{
    Client, Identity, IdentityError,
    audit::Event,
    methods::password::Who,
    revocations::{ending, keep},
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_query::{Json, access::EndUser};
use portcullis_store::{one_time, users};

use super::{rules::NewPassword, signup::address};

impl Identity {
    /// Changes the caller's password; the session they call with is the only one that goes on.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidCredentials`] for a wrong current password, which counts as a failed login.
    pub async fn change_password_staying(
        &self,
        project: &Project,
        caller: &EndUser,
        current: &Secret<String>,
        new: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let user = self.check_delicate(project, caller, now).await?;
        self.prove_password(&directory, Who::User(&user), current, client, now).await?;
        let (email, surface) = (&user.email, client.surface);
        let hash = self
            .hash_new(
                &directory,
                NewPassword { user: Some(&user), email, field: "new_password", password: new, surface },
                now,
            )
            .await?;
        if !directory.set_password(&user.id, &hash, now).await? {
            return Err(IdentityError::Unauthenticated);
        }
        let (connection, id) = (project.connection.clone(), user.id.clone());
        let basic = ending(project, "basic", &user.id, 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                // A login with the former password that is under way opens nothing.
                users::bump_version(tx, &connection, &id)?;
                one_time::void_all(tx, &connection, &id)?;
                keep(tx, vec![basic])
            })
            .await?;
        self.apply(&kept);
        self.end_sessions(project, &user.id, caller.session.as_deref(), now).await?;
        self.audit(project, Event::of_user("password_changed", &user.id), client, now).await;
        let content = Content::PasswordChangedNotice { at: now };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(86_400), now).await;
        Ok(())
    }

    /// Changes what the caller is called and their address, at once: the new address is not verified, the old one is
    /// told. For surfaces whose clients ask for no password with it.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailTaken`], [`IdentityError::Invalid`]; nothing was changed then.
    pub async fn change_self(
        &self,
        project: &Project,
        caller: &EndUser,
        name: Option<String>,
        email: Option<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if caller.scopes.is_some() {
            return Err(IdentityError::Forbidden);
        }
        let directory = Directory::of(project)?;
        let user = directory.by_id(&caller.id).await?.ok_or(IdentityError::Unauthenticated)?;
        let mut columns = Vec::new();
        if let Some(name) = name {
            let column = directory.card.column("firstname").filter(|column| directory.lets_write(column));
            let Some(column) = column else {
                return Err(IdentityError::invalid("name", "not_writable", "the name cannot be changed here"));
            };
            columns.push((column, Json::String(name)));
        }
        let email = email.map(|email| address("email", &email)).transpose()?;
        let email = email.filter(|email| normalised(email) != normalised(&user.email));
        let column = directory.must("email")?;
        if let Some(email) = &email {
            self.check_delicate(project, caller, now).await?;
            if !column.generated.writable() {
                return Err(IdentityError::ReadOnly);
            }
            if directory.has_email(email).await? {
                return Err(IdentityError::EmailTaken);
            }
            columns.push((column, Json::String(email.clone())));
            // Nobody has shown yet that the new address is theirs. SEC-30.
            columns.extend(directory.unverified());
        }
        if columns.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = columns.iter().map(|(column, _)| column.name.clone()).collect();
        match directory.change(&user.id, columns, "users change their own columns", now).await {
            Ok(_) => {}
            Err(IdentityError::Invalid { field, code: "duplicate", .. }) if email.is_some() && field == column.name => {
                return Err(IdentityError::EmailTaken);
            }
            Err(error) => return Err(error),
        }
        let event = Event::of_user("user_changed", &user.id).about(serde_json::json!({"columns": names}));
        self.audit(project, event, client, now).await;
        let Some(email) = email else { return Ok(()) };
        let (connection, id) = (project.connection.clone(), user.id.clone());
        self.store.db().write(move |tx| one_time::void_all(tx, &connection, &id)).await?;
        self.audit(project, Event::of_user("email_changed", &user.id), client, now).await;
        let content = Content::EmailChangedNotice { new_email: email, at: now };
        self.send(project, &user.email, user.name.as_deref(), content, now.plus_s(86_400), now).await;
        if self.has_mail(project)
            && let Some(user) = directory.by_id(&user.id).await?
        {
            self.send_verification(project, &user, now).await?;
        }
        Ok(())
    }
}
