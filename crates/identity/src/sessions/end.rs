//! Sessions end: one, all but one, or all that a user holds. SEC-10, SEC-18, SEC-19.

use crate::{
    Client, Identity, IdentityError, SurfaceRules,
    audit::Event,
    mapped_resets::ResetTable,
    revocations::{ending, keep, session_ending},
    surface::NATIVE_NAME,
};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::sha256;
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use portcullis_store::{Tx, one_time, revocations::Revocation, sessions, users};

/// Which sessions outlive an end of everything.
#[derive(Debug, Clone, Copy)]
enum Kept {
    None,
    All,
    /// Those of one surface.
    Of(&'static str),
}

impl Identity {
    /// Ends the session that a signed-in user calls with.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn logout(
        &self,
        project: &Project,
        caller: &EndUser,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        // An API key stands where a session would; a logout does not end it.
        if let Some(session) = caller.session.as_ref().filter(|id| id.starts_with("ses_")) {
            self.end_session_as(project, session, "logout", now).await?;
        }
        self.audit(project, Event::of_user("logout", &caller.id), client, now).await;
        Ok(())
    }

    /// Ends the session of a refresh token, for clients whose access token has run out.
    ///
    /// # Errors
    ///
    /// The store's; a token that is not known is no error.
    pub async fn logout_by_refresh(
        &self,
        project: &Project,
        presented: &Secret<String>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, hash) = (project.connection.clone(), sha256(presented.expose().as_bytes()));
        let found = self.store.db().read(move |tx| sessions::by_token(tx, &connection, &hash)).await?;
        match found {
            Some(session) => self.end_session_as(project, &session.id, "logout", now).await,
            None => self.end_token_in_table(project, presented.expose(), now).await,
        }
    }

    /// Ends one session of a user. SEC-19.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where the user has no such session.
    pub async fn end_session(
        &self,
        project: &Project,
        user: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, session) = (project.connection.clone(), id.to_owned());
        let found = self.store.db().read(move |tx| sessions::find(tx, &connection, &session)).await?;
        if !found.is_some_and(|session| session.user == user && session.end_reason.is_none()) {
            return Err(IdentityError::NotFound);
        }
        self.end_session_as(project, id, "closed", now).await
    }

    /// Ends a user's sessions, all but one. SEC-19.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn end_sessions(
        &self,
        project: &Project,
        user: &str,
        but: Option<&str>,
        now: Timestamp,
    ) -> Result<usize, IdentityError> {
        self.end_all_in_table(project, user, but).await?;
        let (connection, user, but) = (project.connection.clone(), user.to_owned(), but.map(str::to_owned));
        let one = ending(project, "session", "", 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                let ids = sessions::end_all(tx, &connection, &user, but.as_deref(), "closed", now)?;
                let all = ids.into_iter().map(|subject| Revocation { subject, ..one.clone() });
                keep(tx, all.collect())
            })
            .await?;
        self.apply(&kept);
        Ok(kept.len())
    }

    /// Ends everything a user holds: access tokens by a new password version, and sessions unless they are kept.
    /// SEC-10, SEC-18.
    pub(crate) async fn end_all_of(
        &self,
        project: &Project,
        user: &str,
        keep_sessions: bool,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let kept = if keep_sessions { Kept::All } else { Kept::None };
        self.end_all_but(project, user, kept, reason, now).await
    }

    /// Ends what a changed password ends at a surface. SEC-10, SEC-18.
    pub(crate) async fn end_for_password(
        &self,
        project: &Project,
        user: &str,
        surface: &'static SurfaceRules,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let own = project.settings.surfaces.get(surface.name).and_then(|own| own.keep_refresh_on_password_change);
        let kept = if project.settings.auth.keep_refresh_on_password_change {
            Kept::All
        } else if own.unwrap_or(surface.keeps_refresh_on_password_change) {
            Kept::Of(surface.name)
        } else {
            Kept::None
        };
        self.end_all_but(project, user, kept, "password_changed", now).await
    }

    async fn end_all_but(
        &self,
        project: &Project,
        user: &str,
        kept: Kept,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, id) = (project.connection.clone(), user.to_owned());
        if !matches!(kept, Kept::All) {
            self.end_all_in_table(project, user, None).await?;
        }
        if let Some(table) = ResetTable::of(project) {
            match table.void(user, now).await {
                // A table that takes no mark took no token of ours either.
                Err(IdentityError::ReadOnly) => {}
                other => other?,
            }
        }
        let one = ending(project, "user", user, 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                let version = users::bump_version(tx, &connection, &id)?;
                // A link that waits in a mailbox, such as one to another address, must not outlive what it was asked with.
                one_time::void_all(tx, &connection, &id)?;
                match kept {
                    Kept::All => {}
                    Kept::Of(surface) => sessions::end_all_elsewhere(tx, &connection, &id, surface, reason, now)?,
                    Kept::None => drop(sessions::end_all(tx, &connection, &id, None, reason, now)?),
                }
                keep(tx, vec![Revocation { version, ..one }])
            })
            .await?;
        self.apply(&kept);
        Ok(())
    }

    pub(crate) async fn end_session_as(
        &self,
        project: &Project,
        id: &str,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (connection, session) = (project.connection.clone(), id.to_owned());
        self.store.db().write(move |tx| sessions::end(tx, &connection, &session, reason, now)).await?;
        self.end_in_memory(project, id, now).await
    }

    pub(super) async fn end_in_memory(&self, project: &Project, id: &str, now: Timestamp) -> Result<(), IdentityError> {
        self.end_in_table(project, id).await?;
        let (connection, session) = (project.connection.clone(), id.to_owned());
        let (native, other) = (session_ending(project, id, true, now), session_ending(project, id, false, now));
        let work = move |tx: &Tx<'_>| {
            let found = sessions::find(tx, &connection, &session)?;
            let native_one = found.is_some_and(|session| session.surface == NATIVE_NAME);
            keep(tx, vec![if native_one { native } else { other }])
        };
        let kept = self.store.db().write(work).await?;
        self.apply(&kept);
        Ok(())
    }
}
