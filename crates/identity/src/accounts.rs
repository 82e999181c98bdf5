//! Accounts: users who share what they own. Whoever signs up has an account of their own, into which they can put others.
//!
//! A member's level is a number. 0 was put in by somebody, 50 made the account, [`ADMINISTRATOR`] is an administrator of
//! the project: that one is a role, given and taken as any other. Further numbers are the application's own.

use crate::{
    Client, Identity, IdentityError, Limit,
    audit::Event,
    flows::{NewPassword, address},
    users::{Directory, Home, NewUser, normalised},
};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use portcullis_store::{
    accounts::{self, Member},
    users::UserState,
};
use serde_json::json;

/// The level of users who were put into an account.
pub const MEMBER: i64 = 0;
/// The level of whoever made the account.
pub const OWNER: i64 = 50;
/// The level of a project's administrators.
pub const ADMINISTRATOR: i64 = 100;

/// The role that makes an administrator.
const ADMINISTRATOR_ROLE: &str = "administrator";
/// Its other name.
const ADMIN_ROLE: &str = "admin";

/// A user of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountUser {
    /// The account: `acc_...`.
    pub account: String,
    /// The user's id in the users table.
    pub id: String,
    /// The address.
    pub email: String,
    /// The higher, the more the user may do.
    pub level: i64,
    /// Since when the user is in the account.
    pub created_at: Timestamp,
}

impl Identity {
    /// The id of a user's account; users who have none get one of their own.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Unauthenticated`] for a user who was taken out of one.
    pub async fn account_of(&self, project: &Project, user: &str, now: Timestamp) -> Result<String, IdentityError> {
        Ok(self.membership(project, user, now).await?.account)
    }

    /// The caller as a user of an account.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Unauthenticated`] where the user is gone.
    pub async fn account_user(
        &self,
        project: &Project,
        user: &str,
        now: Timestamp,
    ) -> Result<AccountUser, IdentityError> {
        let directory = Directory::of(project)?;
        let member = self.membership(project, user, now).await?;
        self.shown(&directory, &member).await?.ok_or(IdentityError::Unauthenticated)
    }

    /// The users of the caller's account, the oldest first.
    ///
    /// # Errors
    ///
    /// The store's and the database's.
    pub async fn account_users(
        &self,
        project: &Project,
        caller: &EndUser,
        now: Timestamp,
    ) -> Result<Vec<AccountUser>, IdentityError> {
        let account = self.account_of(project, &caller.id, now).await?;
        self.users_of(project, &account).await
    }

    /// Makes a user in the caller's account.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailTaken`]; [`IdentityError::SwitchedOff`] where nobody but administrators makes users.
    pub async fn add_account_user(
        &self,
        project: &Project,
        caller: &EndUser,
        (email, password): (&str, &Secret<String>),
        client: &Client,
        now: Timestamp,
    ) -> Result<AccountUser, IdentityError> {
        if caller.scopes.is_some() {
            return Err(IdentityError::Forbidden);
        }
        let directory = Directory::of(project)?;
        let auth = &project.settings.auth;
        if !auth.self_signup && !caller.administrator {
            return Err(IdentityError::SwitchedOff("accounts are not made here"));
        }
        if auth.require_verified_email {
            self.check_mail(project)?;
        }
        let account = self.account_of(project, &caller.id, now).await?;
        let email = address("email", email)?;
        let hash = self
            .hash_new(
                &directory,
                NewPassword { user: None, email: &email, field: "password", password, surface: client.surface },
                now,
            )
            .await?;
        self.count(project, Limit::Signup, Some(&normalised(&email)), client, now).await?;
        let new = NewUser { email, password: Some(hash), columns: Vec::new() };
        let user = self.create_at_home(&directory, new, &home_of(&directory, caller), now).await?;
        let member =
            Member { account: account.clone(), user: user.id.clone(), level: MEMBER, created_at: now, removed: false };
        let connection = project.connection.clone();
        self.store.db().write(move |tx| accounts::add(tx, &connection, &member)).await?;
        let event = Event::of_user("user_created", &user.id).about(json!({"account": account}));
        self.audit(project, Event { actor: Some(caller.id.clone()), ..event }, client, now).await;
        if auth.verify_email || auth.require_verified_email {
            self.send_verification(project, &user, now).await?;
        }
        Ok(AccountUser { account, id: user.id, email: user.email, level: MEMBER, created_at: now })
    }

    /// Takes a user out of the caller's account: what the user holds ends, and they cannot sign in any more. Their row
    /// in the users table stays.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] for somebody of another account, [`IdentityError::Forbidden`] for one of a higher level.
    pub async fn remove_account_user(
        &self,
        project: &Project,
        caller: &EndUser,
        id: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if caller.scopes.is_some() {
            return Err(IdentityError::Forbidden);
        }
        let own = self.account_user(project, &caller.id, now).await?;
        let users = self.users_of(project, &own.account).await?;
        let other = users.into_iter().find(|user| user.id == id).ok_or(IdentityError::NotFound)?;
        if own.level < other.level {
            return Err(IdentityError::Forbidden);
        }
        let (connection, user) = (project.connection.clone(), other.id.clone());
        if !self.store.db().write(move |tx| accounts::remove(tx, &connection, &user, now)).await? {
            return Err(IdentityError::NotFound);
        }
        self.set_disabled(project, &other.id, true, client, now).await?;
        let event = Event::of_user("account_user_removed", &other.id).about(json!({"account": own.account}));
        self.audit(project, Event { actor: Some(caller.id.clone()), ..event }, client, now).await;
        Ok(())
    }

    /// Gives a user a level. `by` is the end user who asks, or nobody for the project's server side.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Forbidden`] unless an administrator asks; [`IdentityError::NotFound`].
    pub async fn set_level(
        &self,
        project: &Project,
        by: Option<&EndUser>,
        (email, level, account): (&str, i64, Option<&str>),
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if by.is_some_and(|user| !user.administrator || user.scopes.is_some()) {
            return Err(IdentityError::Forbidden);
        }
        if !(0..=ADMINISTRATOR).contains(&level) {
            let message = format!("a role is a number from 0 to {ADMINISTRATOR}");
            return Err(IdentityError::invalid("role", "invalid_value", message));
        }
        let directory = Directory::of(project)?;
        let directory = directory.of_tenant(by.and_then(|user| user.tenant.as_deref()));
        let user = directory.by_email(email).await?.ok_or(IdentityError::NotFound)?;
        // An administrator stays inside the tenant.
        if project.settings.tenancy.enabled && by.is_some_and(|by| by.tenant != user.tenant) {
            return Err(IdentityError::NotFound);
        }
        let member = self.membership(project, &user.id, now).await.map_err(|error| match error {
            IdentityError::Unauthenticated => IdentityError::NotFound,
            other => other,
        })?;
        if account.is_some_and(|account| account != member.account) {
            return Err(IdentityError::NotFound);
        }
        let state = self.state_of(project, &user.id).await?;
        if level >= ADMINISTRATOR {
            return self.set_role(project, &user.id, ADMINISTRATOR_ROLE, true, client, now).await;
        }
        for role in [ADMINISTRATOR_ROLE, ADMIN_ROLE] {
            if state.roles.iter().any(|own| own == role) {
                self.set_role(project, &user.id, role, false, client, now).await?;
            }
        }
        let (connection, id) = (project.connection.clone(), user.id.clone());
        self.store.db().write(move |tx| accounts::set_level(tx, &connection, &id, level)).await?;
        let event = Event::of_user("level_given", &user.id).about(json!({"level": level}));
        self.audit(project, Event { actor: by.map(|user| user.id.clone()), ..event }, client, now).await;
        Ok(())
    }

    /// The users of an account, the oldest first.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where the stage has no such account.
    pub async fn users_of(&self, project: &Project, account: &str) -> Result<Vec<AccountUser>, IdentityError> {
        let directory = Directory::of(project)?;
        let (connection, own) = (project.connection.clone(), account.to_owned());
        let members = self
            .store
            .db()
            .read(move |tx| {
                let known = accounts::exists(tx, &connection, &own)?;
                Ok(if known { Some(accounts::members(tx, &connection, &own)?) } else { None })
            })
            .await?
            .ok_or(IdentityError::NotFound)?;
        let mut users = Vec::with_capacity(members.len());
        for member in &members {
            // Whoever was deleted from the users table is in no account.
            users.extend(self.shown(&directory, member).await?);
        }
        Ok(users)
    }

    async fn shown(&self, directory: &Directory<'_>, member: &Member) -> Result<Option<AccountUser>, IdentityError> {
        let Some(user) = directory.by_id(&member.user).await? else { return Ok(None) };
        let state: UserState = self.state_of(directory.project, &user.id).await?;
        let standing = self.stands(directory, &user, &state).await?;
        let named = &directory.project.settings.rbac.administrator_roles;
        let administrator = standing.administrator || standing.roles.iter().any(|role| named.contains(role));
        Ok(Some(AccountUser {
            account: member.account.clone(),
            id: user.id,
            email: user.email,
            level: if administrator { ADMINISTRATOR } else { member.level },
            created_at: member.created_at,
        }))
    }

    async fn membership(&self, project: &Project, user: &str, now: Timestamp) -> Result<Member, IdentityError> {
        let (connection, id) = (project.connection.clone(), user.to_owned());
        let found = self.store.db().read(move |tx| accounts::of_user(tx, &connection, &id)).await?;
        let member = match found {
            Some(member) => member,
            None => {
                let (connection, id) = (project.connection.clone(), user.to_owned());
                let account = new_id("acc", &mut rand::rng());
                // Of two at once the second one finds what the first one made.
                let made = self.store.db().write(move |tx| {
                    if let Some(member) = accounts::of_user(tx, &connection, &id)? {
                        return Ok(member);
                    }
                    accounts::create(tx, &connection, &account, now)?;
                    let member = Member { account, user: id, level: OWNER, created_at: now, removed: false };
                    accounts::add(tx, &connection, &member)?;
                    Ok(member)
                });
                made.await?
            }
        };
        if member.removed { Err(IdentityError::Unauthenticated) } else { Ok(member) }
    }
}

/// A user whom somebody of a tenant makes is of the same tenant.
fn home_of(directory: &Directory<'_>, caller: &EndUser) -> Home {
    let apart = directory.project.settings.tenancy.enabled && !directory.users_are_tenants();
    caller.tenant.clone().filter(|_| apart).map_or(Home::Nowhere, Home::In)
}
