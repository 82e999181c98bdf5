//! The authenticator app and the recovery codes of somebody who is signed in, and the second step of a login.

use crate::{
    AuthResult, Client, Identity, IdentityError, User,
    audit::Event,
    methods::{
        FactorError, SecondCode, SecondFactors,
        password::Who,
        recovery::{self, RecoveryCodes},
        second::worth,
        totp::{self, Enrollment, TotpSecret},
    },
    revocations::{ending, keep},
    users::Directory,
};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use portcullis_store::sessions;
use std::sync::Arc;

impl Identity {
    /// The second step of a login, or what somebody who is signed in does before something delicate.
    ///
    /// # Errors
    ///
    /// [`IdentityError::WrongCode`], [`IdentityError::FactorLocked`], [`IdentityError::InvalidMfaToken`].
    pub async fn second_step(
        self: &Arc<Self>,
        project: &Arc<Project>,
        ticket: &str,
        code: SecondCode<'_>,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let half = self.half_proved(project, ticket, now).await?;
        let proof = self.prove_by_code(project, half, code, client, now).await?;
        let opened = self.open_session(project, &proof, client, now).await?;
        self.tell_of_new_device(project, proof.user(), &opened.session, client, now);
        Ok(opened)
    }

    /// Which second factors the caller has.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn second_factors_of(&self, project: &Project, user: &str) -> Result<SecondFactors, IdentityError> {
        Ok(self.owner(project, user).second_factors().await?)
    }

    /// Gives the caller a secret for an authenticator app; it counts for nothing until it is confirmed.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Factor`]; as [`Identity::check_delicate`].
    pub async fn enroll_totp(
        &self,
        project: &Project,
        caller: &EndUser,
        current: Option<&Secret<String>>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Enrollment, IdentityError> {
        let user = self.check_first_factor(project, caller, current, client, now).await?;
        let secret = TotpSecret::draw(&mut rand::rng());
        let name = if user.email.is_empty() { &user.id } else { &user.email };
        Ok(totp::enroll(self.owner(project, &user.id), secret, &project.slug, name, now).await?)
    }

    /// The app's first code: from now on it is asked for at every login. With the first factor come recovery codes.
    ///
    /// # Errors
    ///
    /// [`IdentityError::WrongCode`], [`IdentityError::FactorLocked`], [`IdentityError::Factor`].
    pub async fn confirm_totp(
        &self,
        project: &Project,
        caller: &EndUser,
        code: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Vec<Secret<String>>, IdentityError> {
        let user = self.check_delicate(project, caller, now).await?;
        worth(totp::confirm(self.owner(project, &user.id), code, now).await?, now)?;
        self.factor_added(project, caller, "totp", client, now).await
    }

    /// Ends the use of the app.
    ///
    /// # Errors
    ///
    /// [`IdentityError::MfaRequired`] for a session of one factor, [`IdentityError::Factor`].
    pub async fn disable_totp(
        &self,
        project: &Project,
        caller: &EndUser,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let user = self.check_delicate(project, caller, now).await?;
        totp::disable(self.owner(project, &user.id)).await?;
        self.audit(project, Event::of_user("factor_removed", &user.id), client, now).await;
        Ok(())
    }

    /// New recovery codes in place of the old ones.
    ///
    /// # Errors
    ///
    /// [`IdentityError::MfaRequired`] for a session of one factor, [`IdentityError::Factor`].
    pub async fn new_recovery_codes(
        &self,
        project: &Project,
        caller: &EndUser,
        client: &Client,
        now: Timestamp,
    ) -> Result<Vec<Secret<String>>, IdentityError> {
        let user = self.check_delicate(project, caller, now).await?;
        let codes = RecoveryCodes::draw(&mut rand::rng());
        let codes = recovery::regenerate(self.owner(project, &user.id), codes, now).await?;
        self.audit(project, Event::of_user("recovery_codes_made", &user.id), client, now).await;
        Ok(codes)
    }

    /// Takes all second factors from a user who lost them, on an administrator's word.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn forget_factors(
        &self,
        project: &Project,
        user: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.owner(project, user).forget_second_factors().await?;
        let event = Event { actor: None, ..Event::of_user("factors_forgotten", user) };
        self.audit(project, event, client, now).await;
        Ok(())
    }

    /// Makes sure that the caller may do something delicate: not by an API key, and by two factors where they have a
    /// second one.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Forbidden`], [`IdentityError::MfaRequired`].
    pub(crate) async fn check_delicate(
        &self,
        project: &Project,
        caller: &EndUser,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        if is_key(caller) {
            return Err(IdentityError::Forbidden);
        }
        self.check_strength(project, caller, now).await?;
        let state = self.state_of(project, &caller.id).await?;
        let user = Directory::of(project)?.by_id(&caller.id).await?;
        user.filter(|user| user.active && !state.disabled).ok_or(IdentityError::Unauthenticated)
    }

    /// Makes sure that a user who has a second factor was proved by it; whether they have one.
    pub(crate) async fn check_strength(
        &self,
        project: &Project,
        caller: &EndUser,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let factors = self.owner(project, &caller.id).second_factors().await?;
        if !factors.any() {
            return Ok(false);
        }
        match () {
            () if is_key(caller) => Err(IdentityError::Forbidden),
            () if caller.aal2 => Ok(true),
            () => {
                let state = self.state_of(project, &caller.id).await?;
                let method = self.method_of(project, caller).await?;
                self.ask_second(project, &caller.id, method, &state, factors, now).await
            }
        }
    }

    /// The same for a further factor. The first one needs the password, where the user has one: whoever finds an open
    /// page must not be able to shut its owner out.
    pub(crate) async fn check_first_factor(
        &self,
        project: &Project,
        caller: &EndUser,
        current: Option<&Secret<String>>,
        client: &Client,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let user = self.check_delicate(project, caller, now).await?;
        if caller.aal2 || user.password.is_none() {
            return Ok(user);
        }
        let Some(current) = current else {
            let message = "`current_password` is needed for the first second factor";
            return Err(IdentityError::invalid("current_password", "missing_field", message));
        };
        self.prove_password(&Directory::of(project)?, Who::User(&user), current, client, now).await?;
        Ok(user)
    }

    /// What follows when a factor was added: the session is one of two factors, HTTP Basic is over, and with the first
    /// factor come recovery codes.
    pub(crate) async fn factor_added(
        &self,
        project: &Project,
        caller: &EndUser,
        factor: &'static str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Vec<Secret<String>>, IdentityError> {
        let (connection, session) = (project.connection.clone(), caller.session.clone());
        let one = ending(project, "basic", &caller.id, 0, now);
        let kept = self.store.db().write(move |tx| {
            if let Some(session) = session {
                sessions::set_aal2(tx, &connection, &session)?;
            }
            keep(tx, vec![one])
        });
        self.apply(&kept.await?);
        let event = Event::of_user("factor_added", &caller.id).about(serde_json::json!({ "factor": factor }));
        self.audit(project, event, client, now).await;
        let owner = self.owner(project, &caller.id);
        if owner.second_factors().await?.recovery_codes > 0 {
            return Ok(Vec::new());
        }
        let codes = RecoveryCodes::draw(&mut rand::rng());
        match recovery::regenerate(owner, codes, now).await {
            Err(FactorError::NothingToRecover) => Ok(Vec::new()),
            other => Ok(other?),
        }
    }

    /// By what the caller's session was opened.
    async fn method_of(&self, project: &Project, caller: &EndUser) -> Result<String, IdentityError> {
        let (connection, id) = (project.connection.clone(), caller.session.clone().unwrap_or_default());
        let session = self.store.db().read(move |tx| sessions::find(tx, &connection, &id)).await?;
        Ok(session.map_or_else(|| "password".to_owned(), |session| session.method))
    }
}

/// Whether somebody calls by an API key, which stands where others have their session.
pub(crate) fn is_key(caller: &EndUser) -> bool {
    caller.scopes.is_some() || caller.session.as_deref().is_some_and(|id| !id.starts_with("ses_"))
}
