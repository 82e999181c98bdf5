//! A database that Portcullis keeps itself: one file per stage in the data directory, with users from the start, so that
//! signing up works at once.

use crate::{Control, ControlError, InForce, Target, check_slug, connect::explain};
use portcullis_base::Secret;
use portcullis_engines::Engine;
use portcullis_project::{
    Settings, Stage,
    settings::{CardKind, UserCard},
};
use portcullis_schema::Catalog;

/// The name of the users of a database of ours.
pub(crate) const USERS_TABLE: &str = "users";

/// The users of a database of ours.
pub(crate) const USERS: &str = "CREATE TABLE users (
    id            UUID PRIMARY KEY NOT NULL,
    email         VARCHAR(254) NOT NULL UNIQUE COLLATE NOCASE,
    password_hash VARCHAR(255) NOT NULL,
    first_name    VARCHAR(100),
    last_name     VARCHAR(100),
    is_active     BOOLEAN NOT NULL DEFAULT 1,
    email_verified BOOLEAN NOT NULL DEFAULT 0,
    created_at    DATETIME NOT NULL,
    updated_at    DATETIME NOT NULL
)";

impl Control {
    /// The managed database of a project's stage, made with a users table where it does not exist yet. A declared schema
    /// with one of its own takes its place while it is empty.
    ///
    /// # Errors
    ///
    /// [`ControlError::BadName`], before there is a file of that name; [`ControlError::Store`] where none can be made.
    pub fn managed_target(&self, slug: &str, stage: Stage) -> Result<Target, ControlError> {
        check_slug(slug)?;
        let path = self.store.dir().join("managed").join(format!("{slug}-{stage}.sqlite"));
        portcullis_store::embedded::create(&path, Some(USERS))?;
        Target::parse(&Secret::new(format!("sqlite:{}", path.display())))
    }

    /// Gives the managed database of a stage that has no users a table for them, and maps it. Whether there is one now
    /// that was not there.
    ///
    /// # Errors
    ///
    /// The database's, [`ControlError::Store`].
    pub async fn give_users(&self, before: &InForce, engine: &dyn Engine) -> Result<bool, ControlError> {
        if before.settings.mapping.user.table.is_some() || !self.is_embedded(&before.connection)? {
            return Ok(false);
        }
        let id = &before.connection.id;
        if !before.catalog.tables.iter().any(|table| table.name == USERS_TABLE) {
            if let Err(failed) = engine.restructure(&[USERS.to_owned()]).await {
                return Err(explain(&self.target(&before.connection)?, &failed.error));
            }
            self.sync(id, engine, None).await?;
        }
        let now = self.in_force(id).await?;
        let mut settings = now.settings.clone();
        keep_users(&mut settings, &now.catalog);
        Ok(self.apply(self.plan(now, settings)?).await?.is_some())
    }
}

/// The users' card follows the tables of a managed database: ours is gone when our table is, and without any the table
/// that we made is it.
pub(crate) fn keep_users(settings: &mut Settings, catalog: &Catalog) {
    let fits = |settings: &Settings| {
        let (name, fields) = settings.mapping.card(CardKind::User)?;
        let table = catalog.tables.iter().find(|table| table.name == name)?;
        let there = |column: &str| table.columns.iter().any(|own| own.name == column);
        Some(fields.iter().filter_map(|field| field.column).all(there))
    };
    let mut made = Settings::default();
    map_managed_users(&mut made);
    if settings.mapping.user == made.mapping.user && fits(settings) != Some(true) {
        settings.mapping.user = UserCard::default();
    }
    let mut ours = settings.clone();
    map_managed_users(&mut ours);
    if fits(&ours) == Some(true) {
        *settings = ours;
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
