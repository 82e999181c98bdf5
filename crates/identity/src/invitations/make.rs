//! Making, listing and withdrawing invitations.

use super::{INTO_ROLE, Inviter, NewInvitation, ShownInvitation, TTL_S, hash_of, shown};
use crate::{
    Client, Identity, IdentityError, Limit,
    audit::Event,
    flows::{address, is_key, new_link_token},
    mails::LinkPurpose,
    roles::check_role_name,
    standing::ADMINISTRATORS,
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_mail::templates::Content;
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use portcullis_store::invitations::{self, Invitation};
use serde_json::json;

impl Identity {
    /// Invites somebody; an open invitation of the same address and tenant is withdrawn.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Forbidden`] for callers without the right, or who would give more than they have;
    /// [`IdentityError::MailNotConfigured`], [`IdentityError::RateLimited`], [`IdentityError::Invalid`].
    pub async fn invite(
        &self,
        project: &Project,
        inviter: Inviter<'_>,
        new: NewInvitation,
        client: &Client,
        now: Timestamp,
    ) -> Result<ShownInvitation, IdentityError> {
        let directory = Directory::of(project)?;
        let action = match new.role.as_deref() {
            Some(role) if by(inviter).is_some_and(|user| may_into(user, role)) => Right::Granted,
            _ => Right::Asked("create"),
        };
        let tenant = self.scope(&directory, inviter, action, new.tenant.as_deref(), now).await?;
        let email = address("email", &new.email)?;
        if let Some(role) = new.role.as_deref() {
            check_role_name(role)?;
            self.check_gift(project, inviter, role).await?;
        }
        self.check_mail(project)?;
        let redirect = self.redirect(project, new.redirect_url.as_deref()).await?;
        // Nobody's mailbox is flooded through us, whoever invites. SEC-26.
        let account = format!("invitation {}", normalised(&email));
        self.count(project, Limit::Reset, Some(&account), client, now).await?;
        let token = Secret::new(new_link_token());
        let made = Invitation {
            id: new_id("inv", &mut rand::rng()),
            connection: project.connection.clone(),
            address: normalised(&email),
            tenant,
            role: new.role,
            invited_by: by(inviter).map(|user| user.id.clone()),
            hash: hash_of(token.expose()),
            created_at: now,
            expires_at: now.plus_s(TTL_S),
            accepted_at: None,
            accepted_by: None,
            withdrawn_at: None,
        };
        let kept = made.clone();
        self.store.db().write(move |tx| invitations::insert(tx, &kept)).await?;
        let name = match by(inviter) {
            Some(user) => directory.by_id(&user.id).await?.and_then(|user| user.name),
            None => None,
        };
        let link = self.outbox.link(project, LinkPurpose::Invitation, redirect.as_ref(), token.expose());
        let valid_s = TTL_S.unsigned_abs();
        let content = Content::Invitation { link, invited_by: name.unwrap_or_default(), valid_s };
        self.send(project, &email, None, content, made.expires_at, now).await;
        let detail = json!({"invitation": made.id, "tenant": made.tenant, "role": made.role});
        self.audit_of(project, "invitation_sent", inviter, &made.address, detail, client, now).await;
        Ok(shown(made, now))
    }

    /// The latest invitations: those of the caller's tenant, or for operators of all.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Forbidden`] for callers without the right.
    pub async fn invitations(
        &self,
        project: &Project,
        inviter: Inviter<'_>,
        now: Timestamp,
    ) -> Result<Vec<ShownInvitation>, IdentityError> {
        let directory = Directory::of(project)?;
        let tenant = self.scope(&directory, inviter, Right::Asked("read"), None, now).await?;
        let connection = project.connection.clone();
        let all = self.store.db().read(move |tx| invitations::list(tx, &connection, tenant.as_deref())).await?;
        Ok(all.into_iter().map(|one| shown(one, now)).collect())
    }

    /// Withdraws an open invitation.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`], also for one of another tenant.
    pub async fn withdraw_invitation(
        &self,
        project: &Project,
        inviter: Inviter<'_>,
        id: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let directory = Directory::of(project)?;
        let tenant = self.scope(&directory, inviter, Right::Asked("delete"), None, now).await?;
        let (connection, own) = (project.connection.clone(), id.to_owned());
        let work =
            move |tx: &portcullis_store::Tx<'_>| invitations::withdraw(tx, &connection, &own, tenant.as_deref(), now);
        if !self.store.db().write(work).await? {
            return Err(IdentityError::NotFound);
        }
        self.audit_of(project, "invitation_withdrawn", inviter, id, json!({}), client, now).await;
        Ok(())
    }

    /// Whether the caller may do this with invitations, and of which tenant: `None` is of all.
    async fn scope(
        &self,
        directory: &Directory<'_>,
        inviter: Inviter<'_>,
        right: Right<'_>,
        named: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<String>, IdentityError> {
        let project = directory.project;
        let tenancy = project.settings.tenancy.enabled && !directory.users_are_tenants();
        if named.is_some() && !tenancy {
            return Err(IdentityError::invalid("tenant_id", "invalid_value", "there are no tenants to invite to here"));
        }
        let Inviter::User(user) = inviter else {
            if let Some(tenant) = named {
                self.check_tenant(directory, tenant).await?;
            }
            return Ok(named.map(str::to_owned));
        };
        let granted = match right {
            Right::Granted => true,
            Right::Asked(action) => may(user, action),
        };
        if is_key(user) || !granted {
            return Err(IdentityError::Forbidden);
        }
        self.check_strength(project, user, now).await?;
        if !tenancy {
            return Ok(None);
        }
        // Nobody reaches beyond their own tenant, administrators included.
        let own = user.tenant.clone().ok_or(IdentityError::NotAMember)?;
        if named.is_some_and(|named| named != own) {
            return Err(IdentityError::NotAMember);
        }
        Ok(Some(own))
    }

    /// Nobody gives a role that they do not have themselves, but administrators, and who may invite into that role.
    async fn check_gift(&self, project: &Project, inviter: Inviter<'_>, role: &str) -> Result<(), IdentityError> {
        let has = by(inviter)
            .is_none_or(|user| user.administrator || user.roles.iter().any(|own| own == role) || may_into(user, role));
        if !has {
            return Err(IdentityError::Forbidden);
        }
        let known = ADMINISTRATORS.contains(&role) || self.roles(project).await?.iter().any(|own| own.name == role);
        if known {
            return Ok(());
        }
        Err(IdentityError::invalid("role", "unknown_role", format!("there is no role `{role}`")))
    }

    #[expect(clippy::too_many_arguments, reason = "the row's own columns")]
    async fn audit_of(
        &self,
        project: &Project,
        name: &'static str,
        inviter: Inviter<'_>,
        subject: &str,
        detail: serde_json::Value,
        client: &Client,
        now: Timestamp,
    ) {
        let actor = by(inviter).map(|user| user.id.clone());
        let event = Event { actor, ..Event::of_user(name, subject).about(detail) };
        self.audit(project, event, client, now).await;
    }
}

const fn by<'a>(inviter: Inviter<'a>) -> Option<&'a EndUser> {
    match inviter {
        Inviter::User(user) => Some(user),
        Inviter::Operator => None,
    }
}

/// How far the right to invite is known.
#[derive(Clone, Copy)]
enum Right<'a> {
    /// It was found already.
    Granted,
    /// `invitations.<action>` has to be found.
    Asked(&'a str),
}

/// Who has the permission `invitations.into.<role>` invites into that role; into one that passes every rule nobody does.
fn may_into(user: &EndUser, role: &str) -> bool {
    let permitted = |rights: &portcullis_query::access::Rights| {
        rights.words().iter().any(|word| word.strip_prefix(INTO_ROLE).is_some_and(|own| own == role))
    };
    !ADMINISTRATORS.contains(&role) && user.rights.as_deref().is_some_and(permitted)
}

/// Administrators may; and who has the permission `invitations.<action>`, where roles are on.
fn may(user: &EndUser, action: &str) -> bool {
    let permitted = |rights: &portcullis_query::access::Rights| {
        rights.words().iter().any(|word| {
            let own = word.strip_prefix("invitations.");
            word == "*" || own == Some("*") || own == Some(action)
        })
    };
    user.administrator || user.rights.as_deref().is_some_and(permitted)
}
