//! Passwords that are written through the data routes: hashed as the table keeps them, and as good as a reset. SEC-18.

use crate::{Client, Identity, IdentityError, audit::Event, flows::NewPassword, surface::DATA, users::Directory};
use portcullis_base::{Clock, Secret};
use portcullis_project::{PasswordRefused, Passwords, Project, Sometime};
use std::sync::Arc;

/// What hashes such passwords and ends what their users held.
#[derive(Debug)]
pub struct DataPasswords {
    /// The room.
    pub identity: Arc<Identity>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Passwords for DataPasswords {
    fn hash<'a>(&'a self, project: &'a Project, password: Secret<String>) -> Sometime<'a, Secret<String>> {
        Box::pin(async move {
            let directory = Directory::of(project).map_err(refused)?;
            let now = self.clock.now();
            self.identity
                .hash_new(
                    &directory,
                    NewPassword { user: None, email: "", field: "password", password: &password, surface: &DATA },
                    now,
                )
                .await
                .map_err(refused)
        })
    }

    fn changed<'a>(&'a self, project: &'a Project, users: Vec<String>, by: Option<String>) -> Sometime<'a, ()> {
        Box::pin(async move {
            // A rehearsal keeps nothing.
            if project.rehearsal {
                return Ok(());
            }
            let client = Client { surface: &DATA, ..Client::default() };
            let now = self.clock.now();
            for user in users {
                self.identity.end_all_of(project, &user, false, "password_changed", now).await.map_err(refused)?;
                let event = Event { actor: by.clone(), ..Event::of_user("password_set", &user) };
                self.identity.audit(project, event, &client, now).await;
            }
            Ok(())
        })
    }
}

fn refused(error: IdentityError) -> PasswordRefused {
    match error {
        IdentityError::Invalid { code, message, .. } => PasswordRefused::Invalid { code, message },
        error @ IdentityError::PasswordTooLong { .. } => {
            PasswordRefused::Invalid { code: error.code(), message: error.to_string() }
        }
        IdentityError::Busy => PasswordRefused::Busy,
        other => PasswordRefused::Failed(other.to_string()),
    }
}
