//! Signing in with a password.

use crate::{AuthResult, Client, Identity, IdentityError, methods::password::Who, users::Directory};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::Project;
use std::sync::Arc;

impl Identity {
    /// Signs in by address (or, where it is mapped, name) and password.
    ///
    /// # Errors
    ///
    /// [`IdentityError::InvalidCredentials`] for all that is wrong; see [`Identity::open_session`].
    pub async fn login(
        self: &Arc<Self>,
        project: &Arc<Project>,
        login: &str,
        password: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<AuthResult, IdentityError> {
        let directory = Directory::of(project)?.within(client.tenant.as_deref())?;
        let proof = self.prove_password(&directory, Who::Login(login), password, client, now).await?;
        let opened = self.open_session(project, &proof, client, now).await?;
        self.tell_of_new_device(project, proof.user(), &opened.session, client, now);
        Ok(opened)
    }
}
