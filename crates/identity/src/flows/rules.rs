//! What a new password must be, and how it is made into a hash. SEC-1, SEC-2.

use crate::{Identity, IdentityError, SurfaceRules, User, users::Directory};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::password::{self, MAX_PASSWORD_BYTES, PasswordError};
use portcullis_project::Stage;

/// No setting goes below.
const SHORTEST: u32 = 8;

/// A new password and whose it becomes.
#[derive(Clone, Copy)]
pub(crate) struct NewPassword<'a> {
    /// The user, whose row says how it is spelled; none for somebody new.
    pub user: Option<&'a User>,
    /// Their address, which is no password.
    pub email: &'a str,
    /// The member it came in, for refusals.
    pub field: &'a str,
    /// The password.
    pub password: &'a Secret<String>,
    /// The surface, whose least length may be another.
    pub surface: &'a SurfaceRules,
}

impl<'a> NewPassword<'a> {
    /// One of a user who has an account.
    pub const fn of(user: &'a User, field: &'a str, password: &'a Secret<String>, surface: &'a SurfaceRules) -> Self {
        Self { user: Some(user), email: user.email.as_str(), field, password, surface }
    }
}

impl Identity {
    /// Makes a hash of a new password, in the spelling the settings and the row want.
    pub(crate) async fn hash_new(
        &self,
        directory: &Directory<'_>,
        new: NewPassword<'_>,
        now: Timestamp,
    ) -> Result<Secret<String>, IdentityError> {
        let NewPassword { user, email, field, password, surface } = new;
        check_new(directory, email, field, password.expose(), surface)?;
        let table = self.table_format(directory, now).await?;
        let spelling = directory.spelling(user, &table);
        if let Some(max_bytes) = spelling.format().max_password_bytes()
            && password.expose().len() > max_bytes
        {
            return Err(IdentityError::PasswordTooLong { max_bytes });
        }
        let secret = password.clone();
        let made = self.hashing.run(move || password::make(&spelling, secret.expose(), &mut rand::rng())).await?;
        made.map_err(|error| match error {
            PasswordError::TooLong { max_bytes } => IdentityError::PasswordTooLong { max_bytes },
            PasswordError::ZeroByte => IdentityError::invalid(field, "password_invalid", error.to_string()),
            PasswordError::NotSound(_) | PasswordError::Unusable => IdentityError::Internal(error.to_string()),
        })
    }
}

/// What is wrong with a new password at a surface, before any work is done for it.
pub(crate) fn check_new(
    directory: &Directory<'_>,
    email: &str,
    field: &str,
    password: &str,
    surface: &SurfaceRules,
) -> Result<(), IdentityError> {
    let auth = &directory.project.settings.auth;
    let own = directory.project.settings.surfaces.get(surface.name).and_then(|own| own.password_min_length);
    let shortest = own.or(surface.password_min).unwrap_or_else(|| auth.password_min_length.max(SHORTEST));
    check(directory, email, field, password, shortest)
}

fn check(
    directory: &Directory<'_>,
    email: &str,
    field: &str,
    password: &str,
    shortest: u32,
) -> Result<(), IdentityError> {
    let project = directory.project;
    let auth = &project.settings.auth;
    if password.is_empty() {
        return Err(IdentityError::invalid(field, "missing_field", format!("`{field}` is required")));
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(IdentityError::PasswordTooLong { max_bytes: MAX_PASSWORD_BYTES });
    }
    if password.chars().count() < shortest as usize {
        let message = format!("the password has fewer than {shortest} characters");
        return Err(IdentityError::invalid(field, "password_too_short", message));
    }
    let blocklist = auth.password_blocklist.unwrap_or(project.stage != Stage::Development);
    if blocklist && password::is_common(password, &[email, &project.slug, "portcullis"]) {
        let message = "the password is one of those that are tried first; choose another";
        return Err(IdentityError::invalid(field, "password_too_common", message));
    }
    Ok(())
}
