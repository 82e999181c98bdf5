//! Passkeys: registered by somebody who is signed in; a login of their own, or the second step of one.

use crate::{
    AuthResult, Client, Identity, IdentityError, Proof,
    audit::Event,
    methods::{
        Ticket,
        passkey::{self, Begun, PasskeyError, PasskeyInfo, Person, RelyingParty},
    },
    users::Directory,
};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// A passkey that was just registered.
#[derive(Debug)]
pub struct MadePasskey {
    /// What lists show of it.
    pub info: PasskeyInfo,
    /// Recovery codes, where there were none; shown this once.
    pub recovery_codes: Vec<Secret<String>>,
}

impl Identity {
    /// Begins a registration; the first factor needs the current password.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Passkey`], [`IdentityError::MfaRequired`].
    pub async fn begin_passkey(
        &self,
        project: &Project,
        caller: &EndUser,
        current: Option<&Secret<String>>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Begun, IdentityError> {
        let user = self.check_first_factor(project, caller, current, client, now).await?;
        let party = self.party(project).await?;
        let address = if user.email.is_empty() { &user.id } else { &user.email };
        let person = Person { address, name: user.name.as_deref().unwrap_or(address) };
        let ticket = Ticket::draw(&mut rand::rng());
        Ok(passkey::begin_registration(&party, self.owner(project, &user.id), person, ticket, now).await?)
    }

    /// Finishes a registration.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Passkey`], [`IdentityError::MfaRequired`].
    #[expect(clippy::too_many_arguments, reason = "the members of the body")]
    pub async fn finish_passkey(
        &self,
        project: &Project,
        caller: &EndUser,
        ticket: &str,
        credential: Value,
        name: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<MadePasskey, IdentityError> {
        let user = self.check_delicate(project, caller, now).await?;
        let (party, owner) = (self.party(project).await?, self.owner(project, &user.id));
        let info = passkey::finish_registration(&party, owner, ticket, credential, name, now).await?;
        let recovery_codes = self.factor_added(project, caller, "passkey", client, now).await?;
        Ok(MadePasskey { info, recovery_codes })
    }

    /// Begins a login by passkey: of whoever holds one, or as the second step of the login the ticket is of.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Passkey`], [`IdentityError::InvalidMfaToken`].
    pub async fn begin_passkey_login(
        &self,
        project: &Project,
        half: Option<&str>,
        now: Timestamp,
    ) -> Result<Begun, IdentityError> {
        Directory::of(project)?;
        let party = self.party(project).await?;
        let ticket = Ticket::draw(&mut rand::rng());
        let Some(half) = half else {
            return Ok(passkey::begin_login(&party, &self.store, &project.connection, ticket, now).await?);
        };
        let half = self.half_proved(project, half, now).await?;
        Ok(passkey::begin_second_factor(&party, self.owner(project, &half.user.id), ticket, now).await?)
    }

    /// Finishes it.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Passkey`], [`IdentityError::InvalidMfaToken`], [`IdentityError::InvalidCredentials`].
    pub async fn finish_passkey_login(
        self: &Arc<Self>,
        project: &Arc<Project>,
        half: Option<&str>,
        ticket: &str,
        credential: Value,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?;
        let party = self.party(project).await?;
        let proof = match half {
            None => {
                let store = &self.store;
                let proved = passkey::finish_login(&party, store, &project.connection, ticket, credential, now).await?;
                let user = directory.by_id(&proved.user_id).await?.ok_or(IdentityError::InvalidCredentials)?;
                Proof::of_passkey(user, &proved).ok_or(IdentityError::InvalidCredentials)?
            }
            Some(half) => {
                let half = self.half_proved(project, half, now).await?;
                let owner = self.owner(project, &half.user.id);
                let proved = passkey::finish_second_factor(&party, owner, ticket, credential, now).await?;
                self.prove_by_passkey(project, half, &proved, now).await?
            }
        };
        let opened = self.open_session(project, &proof, client, now).await?;
        self.tell_of_new_device(project, proof.user(), &opened.session, client, now);
        Ok(opened)
    }

    /// A user's passkeys.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn passkeys_of(&self, project: &Project, user: &str) -> Result<Vec<PasskeyInfo>, IdentityError> {
        Ok(passkey::list(self.owner(project, user)).await?)
    }

    /// Gives one of the caller's passkeys another name.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Passkey`].
    pub async fn rename_passkey(
        &self,
        project: &Project,
        caller: &EndUser,
        id: &str,
        name: &str,
    ) -> Result<PasskeyInfo, IdentityError> {
        if super::factors::is_key(caller) {
            return Err(IdentityError::Forbidden);
        }
        passkey::rename(self.owner(project, &caller.id), id, name).await?;
        let all = self.passkeys_of(project, &caller.id).await?;
        all.into_iter().find(|key| key.id == id).ok_or(IdentityError::Passkey(PasskeyError::NotFound))
    }

    /// Forgets one of the caller's passkeys.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Passkey`], [`IdentityError::MfaRequired`].
    pub async fn delete_passkey(
        &self,
        project: &Project,
        caller: &EndUser,
        id: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let user = self.check_delicate(project, caller, now).await?;
        passkey::delete(self.owner(project, &user.id), id).await?;
        let event = Event::of_user("factor_removed", &user.id).about(serde_json::json!({ "passkey": id }));
        self.audit(project, event, client, now).await;
        Ok(())
    }

    /// The domain and the pages passkeys of the stage are bound to.
    async fn party(&self, project: &Project) -> Result<RelyingParty, IdentityError> {
        let settings = &project.settings.auth;
        let more = self.redirect_origins(project).await?;
        let origins: Vec<Url> =
            settings.redirect_origins.iter().chain(&more).filter_map(|origin| origin.parse().ok()).collect();
        let public = self.outbox.public_url().parse().map_err(|_| PasskeyError::NotConfigured)?;
        Ok(RelyingParty::new(&project.slug, settings.rp_id.as_deref(), &origins, &public)?)
    }
}
