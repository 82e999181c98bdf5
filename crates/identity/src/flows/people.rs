//! What administrators do with users, and what users are told of.

use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    revocations::{ending, keep},
    users::{Directory, NewUser},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_query::Json;
use portcullis_store::{accounts, revocations::Revocation, sessions, users};
use serde_json::json;
use std::sync::Arc;

use super::{rules::NewPassword, signup::address};

impl Identity {
    /// Makes a user on an administrator's word, with roles of ours.
    ///
    /// # Errors
    ///
    /// As a signup's.
    pub async fn create_user(
        &self,
        project: &Project,
        email: &str,
        password: &Secret<String>,
        roles: &[String],
        client: &Client,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let user = self.create_user_of(project, (email, password), Vec::new(), client, now).await?;
        for role in roles {
            self.set_role(project, &user.id, role, true, client, now).await?;
        }
        Ok(user)
    }

    /// The same without roles, with further columns of the users table, which the caller was found to write.
    ///
    /// # Errors
    ///
    /// As a signup's.
    pub async fn create_user_of(
        &self,
        project: &Project,
        (email, password): (&str, &Secret<String>),
        columns: Vec<(String, Json)>,
        client: &Client,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let directory = Directory::of(project)?;
        let email = address("email", email)?;
        let new = NewPassword { user: None, email: &email, field: "password", password, surface: client.surface };
        let hash = self.hash_new(&directory, new, now).await?;
        let new = NewUser { email, password: Some(hash), columns };
        let user = self.create_once(&directory, new, now).await?;
        self.audit(project, Event { actor: None, ..Event::of_user("user_created", &user.id) }, client, now).await;
        Ok(user)
    }

    /// Lets a user sign in or not; what a disabled one holds ends. SEC-18.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn set_disabled(
        &self,
        project: &Project,
        user: &str,
        disabled: bool,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, id) = (project.connection.clone(), user.to_owned());
        let at = disabled.then_some(now);
        let work = move |tx: &portcullis_store::Tx<'_>| {
            users::set_disabled(tx, &connection, &id, at)?;
            // Whoever is let in again is in their account again.
            if disabled { Ok(()) } else { accounts::restore(tx, &connection, &id) }
        };
        self.store.db().write(work).await?;
        if disabled {
            self.end_all_of(project, user, false, "user_disabled", now).await?;
        }
        let event = Event::of_user(if disabled { "user_disabled" } else { "user_enabled" }, user);
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        Ok(())
    }

    /// Gives a user a role of ours or takes it; access tokens are made anew. SEC-18.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn set_role(
        &self,
        project: &Project,
        user: &str,
        role: &str,
        given: bool,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        crate::roles::check_role_name(role)?;
        // In the customer's own table where the role is one of theirs, else beside the tables.
        let in_table = match given {
            true => self.give_in_table(project, user, role, now).await?,
            false => self.take_in_table(project, user, role).await?,
        };
        let (connection, id, name) = (project.connection.clone(), user.to_owned(), role.to_owned());
        let one = ending(project, "user", user, 0, now);
        let changed = ending(project, "standing", "", 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                match (given, in_table) {
                    (true, true) => {}
                    (true, false) => users::add_role(tx, &connection, &id, &name, now)?,
                    (false, _) => drop(users::remove_role(tx, &connection, &id, &name)?),
                }
                let version = users::bump_version(tx, &connection, &id)?;
                keep(tx, vec![Revocation { version, ..one }, changed])
            })
            .await?;
        self.apply(&kept);
        let event = Event::of_user(if given { "role_given" } else { "role_taken" }, user).about(json!({"role": role}));
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        Ok(())
    }

    /// Tells a user of a login from where nobody has signed in before; not of the first one.
    pub(crate) fn tell_of_new_device(
        self: &Arc<Self>,
        project: &Arc<Project>,
        user: &User,
        session: &str,
        client: &Client,
        now: Timestamp,
    ) {
        if !self.has_mail(project) {
            return;
        }
        let (own, project, user) = (self.clone(), project.clone(), user.clone());
        let (session, client) = (session.to_owned(), client.clone());
        self.later(async move {
            let (connection, id) = (project.connection.clone(), user.id.clone());
            let (ip, device) = (client.ip_text(), client.user_agent.clone());
            let known =
                own.store.db().read(move |tx| sessions::is_known(tx, &connection, &id, &session, ip, device)).await;
            if let Ok(false) = known {
                let content = Content::NewSignIn {
                    at: now,
                    ip: client.ip_text().unwrap_or_default(),
                    device: client.user_agent.clone().unwrap_or_default(),
                };
                own.send(&project, &user.email, user.name.as_deref(), content, now.plus_s(86_400), now).await;
            }
        });
    }
}
