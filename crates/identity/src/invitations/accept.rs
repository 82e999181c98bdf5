//! Accepting an invitation: at a signup, or signed in.

use super::{ShownInvitation, hash_of, shown};
use crate::{
    AuthResult, Client, Identity, IdentityError, User,
    audit::Event,
    flows::{MAIL_TOKEN_CHARS, Seen, is_key},
    tenants::check_tenancy,
    users::{Directory, Home, normalised},
};
use portcullis_base::Timestamp;
use portcullis_project::{Project, settings::OnSignup};
use portcullis_query::{Json, access::EndUser};
use portcullis_store::invitations::{self, Invitation};
use serde_json::json;

impl Identity {
    /// The open invitation of a token; does not use it up.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`] for whatever is wrong with it.
    pub async fn read_invitation(
        &self,
        project: &Project,
        token: &str,
        now: Timestamp,
    ) -> Result<ShownInvitation, IdentityError> {
        Ok(shown(self.open_invitation(project, token, now).await?, now))
    }

    pub(crate) async fn open_invitation(
        &self,
        project: &Project,
        token: &str,
        now: Timestamp,
    ) -> Result<Invitation, IdentityError> {
        if token.len() > MAIL_TOKEN_CHARS {
            return Err(IdentityError::InvalidToken);
        }
        let (connection, hash) = (project.connection.clone(), hash_of(token));
        let found = self.store.db().read(move |tx| invitations::by_hash(tx, &connection, &hash)).await?;
        let open = |one: &Invitation| one.accepted_at.is_none() && one.withdrawn_at.is_none() && one.expires_at > now;
        found.filter(open).ok_or(IdentityError::InvalidToken)
    }

    /// Accepts an invitation for the caller, whose session goes on in the tenant of it.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidToken`]; [`IdentityError::Conflict`] where it was sent to another address.
    pub async fn accept_invitation(
        &self,
        project: &Project,
        caller: &EndUser,
        token: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        if is_key(caller) || caller.session.is_none() {
            return Err(IdentityError::Forbidden);
        }
        let directory = Directory::of(project)?;
        let one = self.open_invitation(project, token, now).await?;
        let user = self.check_delicate(project, caller, now).await?;
        if normalised(&user.email) != one.address {
            let message = "the invitation was sent to another address; sign in with that one".to_owned();
            return Err(IdentityError::Conflict { code: "invitation_of_another", message });
        }
        if one.tenant.is_some() {
            check_tenancy(project)?;
        }
        self.claim_invitation(&one, now).await?;
        if let Err(error) = self.settle_invitation(project, &directory, &user, &one, client, now).await {
            self.give_back_invitation(&one).await;
            return Err(error);
        }
        self.go_on(project, caller, one.tenant.as_deref(), client, now).await
    }

    /// Uses an invitation up, before anything is done with it; of many at once one gets through.
    pub(crate) async fn claim_invitation(&self, one: &Invitation, now: Timestamp) -> Result<(), IdentityError> {
        let id = one.id.clone();
        let won = self.store.db().write(move |tx| invitations::accept(tx, &id, now)).await?;
        if won { Ok(()) } else { Err(IdentityError::InvalidToken) }
    }

    /// Gives an invitation back whose use came to nothing.
    pub(crate) async fn give_back_invitation(&self, one: &Invitation) {
        let id = one.id.clone();
        if let Err(error) = self.store.db().write(move |tx| invitations::give_back(tx, &id)).await {
            tracing::error!(%error, "An invitation could not be given back");
        }
    }

    /// What an invitation brings its user: the tenant, the role, and that the address is theirs.
    pub(crate) async fn settle_invitation(
        &self,
        project: &Project,
        directory: &Directory<'_>,
        user: &User,
        one: &Invitation,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if let Some(tenant) = &one.tenant {
            self.join_tenant(project, user, tenant, client, now).await?;
        }
        match (&one.role, &one.tenant) {
            (Some(role), Some(tenant)) => {
                self.give_tenant_role(project, user, (tenant, role), client, now).await?;
            }
            // Whoever is signed in goes on with the same session: only what is known of roles is read again.
            (Some(role), None) => self.give_role_quietly(project, &user.id, role, now).await?,
            (None, _) => {}
        }
        self.mailbox_seen(directory, user, Seen::Verification, client, now).await?;
        let (id, by) = (one.id.clone(), user.id.clone());
        self.store.db().write(move |tx| invitations::name_acceptor(tx, &id, &by)).await?;
        let detail = json!({"invitation": one.id, "tenant": one.tenant, "role": one.role});
        self.audit(project, Event::of_user("invitation_accepted", &user.id).about(detail), client, now).await;
        Ok(())
    }

    /// Which tenant a new user gets.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvitationRequired`] where only an invitation brings one.
    pub(crate) fn home(
        &self,
        directory: &Directory<'_>,
        invitation: Option<&Invitation>,
        name: impl FnOnce() -> String,
    ) -> Result<Home, IdentityError> {
        let tenancy = &directory.project.settings.tenancy;
        if !tenancy.enabled || directory.users_are_tenants() {
            return Ok(Home::Nowhere);
        }
        if let Some(tenant) = invitation.and_then(|one| one.tenant.clone()) {
            return Ok(Home::In(tenant));
        }
        match tenancy.on_signup {
            OnSignup::None => Ok(Home::Nowhere),
            OnSignup::Create => Ok(Home::New(name())),
            OnSignup::Invite => Err(IdentityError::InvitationRequired),
        }
    }
}

/// Takes a text out of the members of a signup.
pub(crate) fn take_text(members: &mut Vec<(String, Json)>, name: &str) -> Result<Option<String>, IdentityError> {
    let Some(at) = members.iter().position(|(own, _)| own == name) else { return Ok(None) };
    match members.remove(at).1 {
        Json::String(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        Json::Null => Ok(None),
        _ => Err(IdentityError::invalid(name, "invalid_value", format!("`{name}` must be a string"))),
    }
}
