//! A session is opened for whoever was proved.

use super::{Pair, ends, is_verified, new_refresh_token};
use crate::{AuthResult, Client, Identity, IdentityError, Proof, audit::Event, users::Directory};
use portcullis_base::{Timestamp, new_id};
use portcullis_crypto::sha256;
use portcullis_project::Project;
use portcullis_store::{
    StoreError,
    sessions::{self, Session},
    users,
};
use serde_json::json;

impl Identity {
    /// Opens a session for whoever was proved.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailNotVerified`] where that is asked for; [`IdentityError::InvalidCredentials`] for a user
    /// who may not sign in.
    pub async fn open_session(
        &self,
        project: &Project,
        proof: &Proof,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let user = proof.user();
        let state = self.state_of(project, &user.id).await?;
        let version = proof.version().unwrap_or(state.password_version);
        if !user.active || state.disabled || version != state.password_version {
            return Err(IdentityError::InvalidCredentials);
        }
        if project.settings.auth.require_verified_email && !is_verified(user, &state) {
            return Err(IdentityError::EmailNotVerified);
        }
        if proof.aal() != "aal2" {
            let factors = self.owner(project, &user.id).second_factors().await?;
            if factors.any() {
                return self.ask_second(project, &user.id, proof.word(), &state, factors, now).await;
            }
        }
        let standing = self.stands(&Directory::of(project)?, user, &state).await?;
        let tenant = match &client.tenant {
            Some(named) if project.settings.tenancy.enabled => {
                Some(standing.tenant(named).ok_or(IdentityError::NotAMember)?)
            }
            _ => standing.chosen(None),
        };
        let refresh = new_refresh_token();
        let (idle_until, expires_at) = ends(project, client.surface, now);
        let session = Session {
            id: new_id("ses", &mut rand::rng()),
            connection: project.connection.clone(),
            user: user.id.clone(),
            refresh_hash: sha256(refresh.expose().as_bytes()),
            method: proof.word(),
            aal: proof.aal().to_owned(),
            tenant: tenant.map(str::to_owned),
            surface: client.surface.name.to_owned(),
            ip: client.ip_text(),
            user_agent: client.user_agent.clone(),
            created_at: now,
            last_used_at: now,
            idle_until,
            expires_at,
            end_reason: None,
        };
        let (kept, id) = (session.clone(), user.id.clone());
        self.store
            .db()
            .write(move |tx| {
                // What ended everything the user holds ends what was proved before it too.
                let state = users::load(tx, &kept.connection, &id)?;
                if state.disabled || state.password_version != version {
                    return Err(StoreError::Changed);
                }
                sessions::insert(tx, &kept)?;
                users::logged_in(tx, &kept.connection, &id, now)
            })
            .await
            .map_err(|error| match error {
                StoreError::Changed => IdentityError::InvalidCredentials,
                other => other.into(),
            })?;
        self.keep_in_table(project, &session, &refresh, now).await?;
        if let Ok(directory) = Directory::of(project) {
            directory.note_login(&user.id, now).await;
        }
        let detail = json!({"method": session.method, "session": session.id, "surface": session.surface});
        self.audit(project, Event::of_user("login", &user.id).about(detail), client, now).await;
        let pair = Pair { user, state: &state, session: &session, standing: &standing, refresh_token: refresh };
        self.issue(project, pair, client.surface, now).await
    }
}
