//! A database that Portcullis keeps itself: one file per stage in the data directory, with users from the start, so that
//! signing up works at once.

use crate::{Control, ControlError, Target, check_slug};
use portcullis_base::Secret;
use portcullis_project::{Settings, Stage};

/// The users of a database of ours.
const USERS: &str = "CREATE TABLE users (
    id            UUID PRIMARY KEY NOT NULL,
    email         VARCHAR(254) NOT NULL UNIQUE COLLATE NOCASE,
    password_hash VARCHAR(255) NOT NULL,
    first_name    VARCHAR(100),
    last_name     VARCHAR(100),
    is_active     BOOLEAN NOT NULL DEFAULT 1,
    email_verified BOOLEAN NOT NULL DEFAULT 0,
    created_at    DATETIME NOT NULL,
    updated_at    DATETIME NOT NULL
);";

impl Control {
    /// The managed database of a project's stage, made where it does not exist yet: with a users table, or empty for a
    /// declared schema that has its own.
    ///
    /// # Errors
    ///
    /// [`ControlError::BadName`], before there is a file of that name; [`ControlError::Store`] where none can be made.
    pub fn managed_target(&self, slug: &str, stage: Stage, users: bool) -> Result<Target, ControlError> {
        check_slug(slug)?;
        let path = self.store.dir().join("managed").join(format!("{slug}-{stage}.sqlite"));
        portcullis_store::embedded::create(&path, users.then_some(USERS))?;
        Target::parse(&Secret::new(format!("sqlite:{}", path.display())))
    }
}

/// Maps the users of a managed database, unless a users table is mapped already.
pub fn map_managed_users(settings: &mut Settings) {
    let user = &mut settings.mapping.user;
    if user.table.is_some() {
        return;
    }
    let column = |name: &str| Some(name.to_owned());
    user.table = column("users");
    user.id = column("id");
    user.email = column("email");
    user.password = column("password_hash");
    user.firstname = column("first_name");
    user.lastname = column("last_name");
    user.is_active = column("is_active");
    user.email_verified = column("email_verified");
    user.created_at = column("created_at");
    user.updated_at = column("updated_at");
    if settings.auth.signup_fields.is_empty() {
        settings.auth.signup_fields = vec!["first_name".to_owned(), "last_name".to_owned()];
    }
}
