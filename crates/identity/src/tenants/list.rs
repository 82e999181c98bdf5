//! A user's tenants, and where each tie is kept.

use crate::{
    Identity, IdentityError, User,
    users::{Directory, id_text, objects, run, statements},
};
use portcullis_project::Project;
use portcullis_query::{
    Json,
    access::{Action, EndUser},
    plan::internal::is,
};
use portcullis_store::memberships;

/// Where the tie of a user and a tenant is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantSource {
    /// The users are the tenants.
    Own,
    /// The column of the users table.
    Column,
    /// The customer's table of memberships.
    Table,
    /// Beside the tables.
    Store,
}

impl TenantSource {
    /// Its word in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Column => "column",
            Self::Table => "table",
            Self::Store => "store",
        }
    }
}

/// A tenant of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id, as text.
    pub id: String,
    /// What its table calls it, if it has a column that names.
    pub name: Option<String>,
    /// Where the tie is kept.
    pub source: TenantSource,
    /// The roles the user has in this tenant only.
    pub roles: Vec<String>,
}

impl Identity {
    /// The caller's tenants.
    ///
    /// # Errors
    ///
    /// As [`Identity::tenants_of`]'s; [`IdentityError::Unauthenticated`] where the user is gone.
    pub async fn my_tenants(&self, project: &Project, caller: &EndUser) -> Result<Vec<Tenant>, IdentityError> {
        let user = Directory::of(project)?.by_id(&caller.id).await?.ok_or(IdentityError::Unauthenticated)?;
        self.tenants_of(project, &user).await
    }

    /// The tenants of a user, the usual one first.
    ///
    /// # Errors
    ///
    /// [`IdentityError::SwitchedOff`] without tenancy.
    pub async fn tenants_of(&self, project: &Project, user: &User) -> Result<Vec<Tenant>, IdentityError> {
        check_tenancy(project)?;
        let directory = Directory::of(project)?;
        let (connection, id) = (project.connection.clone(), user.id.clone());
        let kept = self.store.db().read(move |tx| memberships::of_user(tx, &connection, &id)).await?;
        let in_tables = directory.tenants(user).await?;
        let mut all: Vec<Tenant> = Vec::new();
        let source = |tenant: &String| match () {
            () if directory.users_are_tenants() => TenantSource::Own,
            () if user.tenant.as_ref() == Some(tenant) => TenantSource::Column,
            () => TenantSource::Table,
        };
        all.extend(in_tables.iter().map(|id| tenant(id, source(id))));
        if !directory.users_are_tenants() {
            let further = kept.tenants.iter().filter(|id| !in_tables.contains(id));
            all.extend(further.map(|id| tenant(id, TenantSource::Store)));
        }
        for one in &mut all {
            one.roles = kept.roles.iter().filter(|(own, _)| *own == one.id).map(|(_, role)| role.clone()).collect();
            one.name = directory.tenant_name(&one.id).await?;
        }
        Ok(all)
    }
}

fn tenant(id: &str, source: TenantSource) -> Tenant {
    Tenant { id: id.to_owned(), name: None, source, roles: Vec::new() }
}

/// Tenants are of no meaning without tenancy.
pub(crate) const fn check_tenancy(project: &Project) -> Result<(), IdentityError> {
    if project.settings.tenancy.enabled {
        return Ok(());
    }
    Err(IdentityError::SwitchedOff("tenants are not told apart here: `[tenancy] enabled` is off"))
}

impl Directory<'_> {
    /// What the table of tenants calls one.
    pub(crate) async fn tenant_name(&self, id: &str) -> Result<Option<String>, IdentityError> {
        if self.users_are_tenants() {
            return Ok(None);
        }
        let Some(table) = self.project.cards.tenants() else { return Ok(None) };
        let [key] = table.primary_key.as_slice() else { return Ok(None) };
        let key = table.column(*key);
        let named = ["name", "title", "display_name", "company_name"];
        let Some(name) = named.iter().find_map(|name| table.column_by_name(name)) else { return Ok(None) };
        let read = statements(self.project, table, Action::Read, "a tenant's name is looked up");
        let Ok(value) = read.compared(key, &Json::String(id.to_owned())) else { return Ok(None) };
        let rows = objects(&run(self.project, read.select(&[name], is(key, value), None, 1)).await?)?;
        Ok(rows.first().and_then(|row| row.get(&name.name)).and_then(id_text))
    }
}
