//! Users that an administrator makes with all their columns at once.

use super::rules::NewPassword;
use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    flows::signup::address,
    users::{Directory, NewUser},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::Project;
use portcullis_query::Json;

impl Identity {
    /// Makes a user with further columns of the table. Nothing is asked of the columns but that they fit.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailTaken`], [`IdentityError::Invalid`] with the column that is missing or does not fit.
    pub async fn create_whole_user(
        &self,
        project: &Project,
        email: &str,
        password: &Secret<String>,
        columns: Vec<(String, Json)>,
        client: &Client,
        now: Timestamp,
    ) -> Result<User, IdentityError> {
        let directory = Directory::of(project)?;
        let email = address("email", email)?;
        let hash = self
            .hash_new(
                &directory,
                NewPassword { user: None, email: &email, field: "password", password, surface: client.surface },
                now,
            )
            .await?;
        let new = NewUser { email, password: Some(hash), columns };
        let user = self.create_once(&directory, new, now).await?;
        self.audit(project, Event::of_user("user_created", &user.id), client, now).await;
        Ok(user)
    }
}
