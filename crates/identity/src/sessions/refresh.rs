//! A refresh token is swapped for a new pair: once, and again for a retry within a moment. SEC-16.

use super::{Pair, TOKEN_CHARS, idle_s};
use crate::{AuthResult, Client, Identity, IdentityError, User, audit::Event, users::Directory};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::{keyed, sha256};
use portcullis_project::{Project, settings::CardKind};
use portcullis_store::{
    sessions::{self, Session, Swap, Swapped},
    users::UserState,
};
use serde_json::json;

/// How long a retry of a refresh gets the same successor. Seconds.
const GRACE_S: i64 = 10;

impl Identity {
    /// Swaps a refresh token for a new pair.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidRefreshToken`], [`IdentityError::RefreshTokenReused`], [`IdentityError::SessionEnded`].
    pub async fn refresh(
        &self,
        project: &Project,
        presented: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?;
        let text = presented.expose();
        // Sessions of the customer's own table may have tokens of any form.
        let foreign = project.cards.get(CardKind::Session).is_some();
        if text.len() > TOKEN_CHARS || !(foreign || text.starts_with("rt_")) {
            return Err(IdentityError::InvalidRefreshToken);
        }
        // Made from the presented token and a secret of ours, so that a retry gets the same one and only hashes are kept.
        let message = format!("refresh {} {text}", project.connection);
        let made = keyed(self.secret.expose(), message.as_bytes());
        let successor = Secret::new(format!("rt_{}", URL_SAFE_NO_PAD.encode(made)));
        // Who it is for is looked up first: a token that is used up while the users table is away could not be retried,
        // and the state goes into the new access token, which so ends with whatever ends the session meanwhile.
        let (connection, hash) = (project.connection.clone(), sha256(text.as_bytes()));
        let known = self.store.db().read(move |tx| sessions::by_token(tx, &connection, &hash)).await?;
        let holder = match &known {
            Some(session) => Some(self.holder(project, &directory, &session.user).await?),
            None => None,
        };
        // Clients that learn of no successor keep the token they have.
        if let (Some(session), Some((state, user))) = (&known, &holder)
            && !client.surface.rotates_refresh
            && session.surface == client.surface.name
        {
            let mut kept = self.use_again(project, session, client, now).await?;
            let Some(user) = user else {
                self.end_session_as(project, &kept.id, "user_disabled", now).await?;
                return Err(ended(Some("user_disabled")));
            };
            let standing = self.stands(&directory, user, state).await?;
            let tenant = standing.chosen(kept.tenant.as_deref()).map(str::to_owned);
            self.keep_tenant(&mut kept, tenant).await?;
            let refresh_token = presented.clone();
            let pair = Pair { user, state, session: &kept, standing: &standing, refresh_token };
            return self.issue(project, pair, client.surface, now).await;
        }
        let swap = Swap {
            connection: project.connection.clone(),
            presented: sha256(text.as_bytes()),
            successor: sha256(successor.expose().as_bytes()),
            idle_until: now.plus_s(idle_s(project, client.surface)),
            ip: client.ip_text(),
        };
        let swapped = self.store.db().write(move |tx| sessions::swap(tx, &swap, GRACE_S, now)).await?;
        let mut session = match swapped {
            Swapped::New(session) => {
                if !self.swap_in_table(project, &session, &successor, now).await? {
                    self.end_session_as(project, &session.id, "closed", now).await?;
                    return Err(ended(Some("closed")));
                }
                session
            }
            Swapped::Again(session) => session,
            Swapped::Unknown => {
                let adopted = self.adopt_session(project, text, &successor, client, now).await?;
                adopted.ok_or(IdentityError::InvalidRefreshToken)?
            }
            Swapped::Ended(session) => return Err(ended(session.end_reason.as_deref())),
            Swapped::Replayed(session) => {
                self.end_in_memory(project, &session.id, now).await?;
                let event = Event::of_user("refresh_reuse", &session.user)
                    .with("refresh_token_reused")
                    .about(json!({"session": session.id}));
                self.audit(project, event, client, now).await;
                return Err(IdentityError::RefreshTokenReused);
            }
        };
        let (state, user) = match holder {
            Some(holder) => holder,
            None => self.holder(project, &directory, &session.user).await?,
        };
        let Some(user) = user else {
            self.end_session_as(project, &session.id, "user_disabled", now).await?;
            return Err(ended(Some("user_disabled")));
        };
        let standing = self.stands(&directory, &user, &state).await?;
        let tenant = standing.chosen(session.tenant.as_deref()).map(str::to_owned);
        self.keep_tenant(&mut session, tenant).await?;
        let pair =
            Pair { user: &user, state: &state, session: &session, standing: &standing, refresh_token: successor };
        self.issue(project, pair, client.surface, now).await
    }

    /// Notes a use of a refresh token that stays good.
    async fn use_again(
        &self,
        project: &Project,
        session: &Session,
        client: &Client,
        now: Timestamp,
    ) -> Result<Session, IdentityError> {
        let (connection, id, ip) = (project.connection.clone(), session.id.clone(), client.ip_text());
        let idle_until = now.plus_s(idle_s(project, client.surface));
        let touched =
            self.store.db().write(move |tx| sessions::touch(tx, &connection, &id, idle_until, ip, now)).await?;
        if !touched {
            return Err(ended(session.end_reason.as_deref()));
        }
        Ok(Session { idle_until, last_used_at: now, ..session.clone() })
    }

    /// A session whose tenant is its user's no more goes on in another one.
    async fn keep_tenant(&self, session: &mut Session, tenant: Option<String>) -> Result<(), IdentityError> {
        if session.tenant == tenant {
            return Ok(());
        }
        session.tenant = tenant;
        let (id, tenant) = (session.id.clone(), session.tenant.clone());
        Ok(self.store.db().write(move |tx| sessions::set_tenant(tx, &id, tenant.as_deref())).await?)
    }

    pub(crate) async fn holder(
        &self,
        project: &Project,
        directory: &Directory<'_>,
        user: &str,
    ) -> Result<(UserState, Option<User>), IdentityError> {
        let state = self.state_of(project, user).await?;
        let user = directory.by_id(user).await?.filter(|user| user.active && !state.disabled);
        Ok((state, user))
    }
}

fn ended(reason: Option<&str>) -> IdentityError {
    match reason {
        None => IdentityError::SessionEnded { code: "session_expired" },
        Some("replay") => IdentityError::RefreshTokenReused,
        Some("password_changed") => IdentityError::SessionEnded { code: "password_changed" },
        Some("user_disabled") => IdentityError::SessionEnded { code: "user_disabled" },
        Some(_) => IdentityError::SessionEnded { code: "session_closed" },
    }
}
