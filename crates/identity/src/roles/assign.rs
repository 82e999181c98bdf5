//! Who has which role: in the customer's table of users' roles where the role is one of the customer's, else beside
//! the tables.

use super::{
    RoleSource,
    tables::{id_of, tie, untie},
};
use crate::{Identity, IdentityError, User, standing::ADMINISTRATORS, users::Directory};
use portcullis_base::Timestamp;
use portcullis_project::{Project, settings::CardKind};
use portcullis_store::users;

/// A role that a user has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// Its name.
    pub name: String,
    /// Where it is written that the user has it; `settings` is the default of those who have none.
    pub source: RoleSource,
}

impl Identity {
    /// The roles that a user has everywhere.
    ///
    /// # Errors
    ///
    /// The database's and the store's.
    pub async fn roles_of(&self, project: &Project, user: &User) -> Result<Vec<HeldRole>, IdentityError> {
        let directory = Directory::of(project)?;
        let column = directory.role_of_column(user).await?;
        let in_tables = directory.roles(user).await?;
        let state = self.state_of(project, &user.id).await?;
        let mut all: Vec<HeldRole> = Vec::new();
        for name in in_tables {
            let source = if column.as_ref() == Some(&name) { RoleSource::Column } else { RoleSource::Table };
            all.push(HeldRole { name, source });
        }
        for name in state.roles {
            if !all.iter().any(|own| own.name == name) {
                all.push(HeldRole { name, source: RoleSource::Store });
            }
        }
        if all.is_empty() {
            let usual = project.settings.rbac.default_role.clone();
            all.extend(usual.map(|name| HeldRole { name, source: RoleSource::Settings }));
        }
        Ok(all)
    }

    /// Writes a role into the customer's table of users' roles; false where it is kept beside the tables: there is no
    /// such table, or no such role in it.
    pub(crate) async fn give_in_table(
        &self,
        project: &Project,
        user: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let (Some(names), Some(links)) = (project.cards.get(CardKind::Role), project.cards.get(CardKind::UserRole))
        else {
            return Ok(false);
        };
        // In a table it would be a label.
        if ADMINISTRATORS.contains(&role) {
            return Ok(false);
        }
        let Some(id) = id_of(project, names, role).await? else { return Ok(false) };
        match tie(project, links, ("user_id", user), ("role_id", &id), now).await {
            Err(IdentityError::ReadOnly) => Ok(false),
            other => other.map(|_| true),
        }
    }

    /// Gives a user a role, and lets their tokens live: what they may do is read again where it is asked for, and says
    /// more than before.
    pub(crate) async fn give_role_quietly(
        &self,
        project: &Project,
        user: &str,
        role: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        if !self.give_in_table(project, user, role, now).await? {
            let (connection, id, name) = (project.connection.clone(), user.to_owned(), role.to_owned());
            self.store.db().write(move |tx| users::add_role(tx, &connection, &id, &name, now)).await?;
        }
        self.standings_changed(project, now).await
    }

    /// Takes a role out of the customer's table of users' roles; whether it was there.
    pub(crate) async fn take_in_table(&self, project: &Project, user: &str, role: &str) -> Result<bool, IdentityError> {
        let (Some(names), Some(links)) = (project.cards.get(CardKind::Role), project.cards.get(CardKind::UserRole))
        else {
            return Ok(false);
        };
        let Some(id) = id_of(project, names, role).await? else { return Ok(false) };
        untie(project, links, ("user_id", user), ("role_id", &id)).await
    }
}
