//! Making oneself an account without being signed in by it: for surfaces that answer a signup without tokens.

use crate::{Client, Identity, IdentityError, Signup, User, users::Directory};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::Project;
use portcullis_query::Json;
use std::sync::Arc;

use super::{
    rules::check_new,
    signup::{address, is_invited},
};

/// What somebody registers with.
#[derive(Debug)]
pub struct Registration {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret<String>,
    /// What the user is called, for the column mapped as `firstname`.
    pub name: Option<String>,
    /// Further members of the body.
    pub members: Vec<(String, Json)>,
}

/// What came of it.
#[derive(Debug)]
pub struct Registered {
    /// The user, as the table has them.
    pub user: User,
    /// Whether a mail went to the address.
    pub mailed: bool,
}

impl Identity {
    /// Makes an account. A taken address is told plainly, whatever the settings say of signups; the caller counts the
    /// attempt. The link that verifies the address is sent wherever mail can be.
    ///
    /// # Errors
    ///
    /// [`IdentityError::EmailTaken`], [`IdentityError::Invalid`].
    pub async fn register(
        self: &Arc<Self>,
        project: &Arc<Project>,
        registration: Registration,
        client: &Client,
        now: Timestamp,
    ) -> Result<Registered, IdentityError> {
        let Registration { email, password, name, members } = registration;
        let invited = is_invited(&members);
        let verify = !invited && project.settings.auth.require_verified_email;
        let signup = Signup { email, password, members };
        let (user, _) = self.make_account(project, signup, name, verify, false, client, now).await?;
        // The link of an invitation has been read in the mailbox.
        let mailed = !invited && self.has_mail(project);
        if mailed {
            self.send_verification(project, &user, now).await?;
        }
        Ok(Registered { user, mailed })
    }

    /// What is wrong with a registration, all of it and before anything is done: the address and whether it is taken,
    /// then the password.
    ///
    /// # Errors
    ///
    /// The database's; what is wrong is no error.
    pub async fn check_registration(
        &self,
        project: &Project,
        email: &str,
        password: &str,
        client: &Client,
    ) -> Result<Vec<IdentityError>, IdentityError> {
        let directory = Directory::of(project)?;
        if !project.settings.auth.self_signup {
            // Nobody learns here who has an account.
            return Ok(Vec::new());
        }
        let mut wrong = Vec::new();
        match address("email", email) {
            Ok(email) if directory.has_email(&email).await? => wrong.push(IdentityError::EmailTaken),
            Ok(_) => {}
            Err(error) => wrong.push(error),
        }
        wrong.extend(check_new(&directory, email, "password", password, client.surface).err());
        Ok(wrong)
    }

    /// What is wrong with a new password, before anything is done.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`], [`IdentityError::PasswordTooLong`].
    pub fn check_new_password(
        &self,
        project: &Project,
        email: &str,
        field: &str,
        password: &str,
        client: &Client,
    ) -> Result<(), IdentityError> {
        check_new(&Directory::of(project)?, email, field, password, client.surface)
    }
}
