//! A session for a user on the word of the project's server side, such as for a job that acts for somebody.

use crate::{AuthResult, Client, Identity, IdentityError, Proof, audit::Event, users::Directory};
use portcullis_base::Timestamp;
use portcullis_project::Project;

impl Identity {
    /// Opens a session for a user whom nobody proved. The surface has made sure that the project's server side asks.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where there is no such user; [`IdentityError::Forbidden`] where the user has a second
    /// factor, which nobody's word replaces.
    pub async fn open_session_for(
        &self,
        project: &Project,
        user: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?;
        let found = directory.by_id(user).await?.filter(|user| user.active).ok_or(IdentityError::NotFound)?;
        if self.owner(project, &found.id).second_factors().await?.any() {
            return Err(IdentityError::Forbidden);
        }
        let event = Event::of_user("session_on_behalf", &found.id);
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        match self.open_session(project, &Proof::on_behalf(found), client, now).await {
            Err(IdentityError::InvalidCredentials) => Err(IdentityError::NotFound),
            other => other,
        }
    }

    /// Whether somebody has an address. It tells a stranger so: only surfaces whose clients must be told ask this.
    ///
    /// # Errors
    ///
    /// [`IdentityError::RateLimited`]; the database's.
    pub async fn has_address(
        &self,
        project: &Project,
        email: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let directory = Directory::of(project)?;
        self.count(project, crate::Limit::Requests, None, client, now).await?;
        Ok(email.len() <= 254 && directory.has_email(email).await?)
    }
}
