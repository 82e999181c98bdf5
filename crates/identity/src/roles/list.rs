//! Which roles there are and what they may do, from everywhere.

use super::tables::must;
use crate::{
    Identity, IdentityError,
    standing::{Kept, ROWS},
    users::{id_text, objects, run, statements},
};
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::{
    access::{Action, PermissionWords},
    plan::Condition,
};
use portcullis_store::roles;

/// Where a role or permission is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleSource {
    /// `[[rbac.roles]]` of the settings: not changed here.
    Settings,
    /// The customer's mapped tables.
    Table,
    /// Beside the tables.
    Store,
    /// The role column of the users table: changed with the row.
    Column,
}

impl RoleSource {
    /// Its word in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Table => "table",
            Self::Store => "store",
            Self::Column => "column",
        }
    }
}

/// A role as operators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleView {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where it is kept. A role of the settings that is also kept elsewhere is shown twice.
    pub source: RoleSource,
    /// Names of its permissions there.
    pub permissions: Vec<String>,
}

/// A permission as operators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct PermissionView {
    /// Its words.
    pub words: PermissionWords,
    /// What it is for.
    pub description: Option<String>,
    /// Where it is kept.
    pub source: RoleSource,
}

impl Identity {
    /// Every role, by name.
    ///
    /// # Errors
    ///
    /// The database's and the store's.
    pub async fn roles(&self, project: &Project) -> Result<Vec<RoleView>, IdentityError> {
        let given = match Kept::of(project) {
            Some(kept) => kept.of_roles(project, None).await?,
            None => self.kept_permissions(project).await?,
        };
        let permissions = |name: &str| {
            given.iter().filter(|(role, _)| role == name).map(|(_, words)| words.name.clone()).collect::<Vec<_>>()
        };
        let mut all: Vec<RoleView> = Vec::new();
        if let Some(card) = project.cards.get(CardKind::Role) {
            let name = must(card, "name")?;
            let read = statements(project, card.table, Action::Read, "roles are listed for an operator");
            let mut columns = vec![name];
            columns.extend(card.column("description"));
            for row in objects(&run(project, read.select(&columns, Condition::always(), Some(name), ROWS)).await?)? {
                let Some(name) = row.get(&name.name).and_then(id_text) else { continue };
                let description = card.column("description").and_then(|own| row.get(&own.name)).and_then(id_text);
                all.push(RoleView { permissions: permissions(&name), name, description, source: RoleSource::Table });
            }
        } else {
            let connection = project.connection.clone();
            for role in self.store.db().read(move |tx| roles::list(tx, &connection)).await? {
                let permissions = permissions(&role.name);
                let (name, description) = (role.name, role.description);
                all.push(RoleView { name, description, source: RoleSource::Store, permissions });
            }
        }
        all.extend(project.settings.rbac.roles.iter().map(|role| RoleView {
            name: role.name.clone(),
            description: None,
            source: RoleSource::Settings,
            permissions: role.permissions.clone(),
        }));
        all.sort_by(|a, b| (&a.name, a.source.word()).cmp(&(&b.name, b.source.word())));
        Ok(all)
    }

    /// Every permission that is kept anywhere but in the settings, by name.
    ///
    /// # Errors
    ///
    /// The database's and the store's.
    pub async fn permissions(&self, project: &Project) -> Result<Vec<PermissionView>, IdentityError> {
        let mut all: Vec<PermissionView> = match Kept::of(project) {
            Some(kept) => {
                let words = kept.permissions(project, None).await?;
                let view = |(_, words)| PermissionView { words, description: None, source: RoleSource::Table };
                let mut all: Vec<PermissionView> = words.into_iter().map(view).collect();
                for one in &mut all {
                    one.description = self.description(project, &kept, &one.words.name).await?;
                }
                all
            }
            None => {
                let connection = project.connection.clone();
                let known = self.store.db().read(move |tx| roles::permissions(tx, &connection)).await?;
                let given = self.kept_permissions(project).await?.into_iter().map(|(_, words)| words);
                let mut all: Vec<PermissionView> = known
                    .into_iter()
                    .map(|own| PermissionView {
                        words: PermissionWords {
                            name: own.name,
                            entity_name: own.entity_name,
                            allowed_actions: own.allowed_actions,
                            scope_expression: own.scope_expression.as_deref().and_then(crate::standing::parsed),
                        },
                        description: own.description,
                        source: RoleSource::Store,
                    })
                    .collect();
                for words in given {
                    if !all.iter().any(|own| own.words.name == words.name) {
                        all.push(PermissionView { words, description: None, source: RoleSource::Store });
                    }
                }
                all
            }
        };
        all.sort_by(|a, b| a.words.name.cmp(&b.words.name));
        Ok(all)
    }

    async fn description(
        &self,
        project: &Project,
        kept: &Kept<'_>,
        name: &str,
    ) -> Result<Option<String>, IdentityError> {
        let Some(column) = kept.permission.column("description") else { return Ok(None) };
        let row = super::tables::by_name(project, kept.permission, name).await?;
        Ok(row.and_then(|row| row.get(&column.name).and_then(id_text)))
    }
}
