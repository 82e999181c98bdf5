//! Choosing another tenant: the session goes on in it.

use super::list::check_tenancy;
use crate::{
    AuthResult, Client, Identity, IdentityError,
    audit::Event,
    sessions::{Pair, idle_s, new_refresh_token},
    users::Directory,
};
use portcullis_base::Timestamp;
use portcullis_crypto::sha256;
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use portcullis_store::sessions;
use serde_json::json;

impl Identity {
    /// Chooses the tenant of the caller's session; the refresh token of the answer takes the place of the former.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotAMember`] unless the tenant is one of the caller's; [`IdentityError::Forbidden`] for
    /// callers without a session: those name a tenant with each request.
    pub async fn switch_tenant(
        &self,
        project: &Project,
        caller: &EndUser,
        tenant: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        check_tenancy(project)?;
        self.go_on(project, caller, Some(tenant), client, now).await
    }

    /// The caller's session with fresh tokens, in another tenant if one is named.
    pub(crate) async fn go_on(
        &self,
        project: &Project,
        caller: &EndUser,
        tenant: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let session = caller.session.as_ref().filter(|id| id.starts_with("ses_")).ok_or(IdentityError::Forbidden)?;
        let directory = Directory::of(project)?;
        let (state, user) = self.holder(project, &directory, &caller.id).await?;
        let user = user.ok_or(IdentityError::Unauthenticated)?;
        let standing = self.stands(&directory, &user, &state).await?;
        let chosen = match tenant {
            None => standing.chosen(caller.tenant.as_deref()),
            Some(named) => match standing.tenant(named) {
                Some(tenant) => Some(tenant),
                None => {
                    let event = Event::of_user("tenant_switched", &user.id).with(IdentityError::NotAMember.code());
                    self.audit(project, event, client, now).await;
                    return Err(IdentityError::NotAMember);
                }
            },
        };
        let refresh = new_refresh_token();
        let (connection, id, tenant) = (project.connection.clone(), session.clone(), chosen.map(str::to_owned));
        let (hash, idle_until) = (sha256(refresh.expose().as_bytes()), now.plus_s(idle_s(project, client.surface)));
        let entered = self
            .store
            .db()
            .write(move |tx| sessions::go_on(tx, &connection, &id, tenant.as_deref(), (&hash, idle_until), now))
            .await?;
        let session = entered.ok_or(IdentityError::Unauthenticated)?;
        if !self.swap_in_table(project, &session, &refresh, now).await? {
            self.end_session_as(project, &session.id, "closed", now).await?;
            return Err(IdentityError::Unauthenticated);
        }
        let detail = json!({"tenant": session.tenant, "session": session.id});
        self.audit(project, Event::of_user("tenant_switched", &user.id).about(detail), client, now).await;
        let pair = Pair { user: &user, state: &state, session: &session, standing: &standing, refresh_token: refresh };
        self.issue(project, pair, client.surface, now).await
    }
}
