//! Making a user one of a tenant, and taking them out, wherever the tie is kept.

use super::list::check_tenancy;
use crate::{
    Client, Identity, IdentityError, User,
    audit::Event,
    revocations::{ending, keep},
    roles::check_role_name,
    users::{Directory, id_json, run},
};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_query::Json;
use portcullis_store::memberships;
use serde_json::json;

impl Identity {
    /// Makes a user one of a tenant: in the customer's table of memberships, else in the column of the users table
    /// where it is empty, else beside the tables. Whether that is new.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] for a tenant there is not.
    pub async fn join_tenant(
        &self,
        project: &Project,
        user: &User,
        tenant: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        check_tenancy(project)?;
        let directory = Directory::of(project)?;
        check_shared(&directory)?;
        self.check_tenant(&directory, tenant).await?;
        if self.tenants_of(project, user).await?.iter().any(|own| own.id == tenant) {
            return Ok(false);
        }
        if let Some(insert) = directory.membership_insert(&user.id, tenant, now)? {
            run(project, insert).await?;
        } else if !self.fill_column(&directory, user, tenant, now).await? {
            let (connection, id, own) = (project.connection.clone(), user.id.clone(), tenant.to_owned());
            self.store.db().write(move |tx| memberships::add(tx, &connection, &id, &own, now)).await?;
        }
        self.standings_changed(project, now).await?;
        let event = Event::of_user("tenant_joined", &user.id).about(json!({"tenant": tenant}));
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        Ok(true)
    }

    /// Writes the tenant into the users table where it has a column for it and nothing stands there.
    async fn fill_column(
        &self,
        directory: &Directory<'_>,
        user: &User,
        tenant: &str,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let column = directory.tenant_column().filter(|column| column.generated.writable() && user.tenant.is_none());
        let Some(column) = column else { return Ok(false) };
        let value = vec![(column, id_json(column, tenant))];
        match directory.change(&user.id, value, "a user becomes one of a tenant", now).await {
            // A table that cannot be written keeps nobody out: the tie is kept beside it.
            Err(IdentityError::ReadOnly) => Ok(false),
            other => other,
        }
    }

    /// Takes a user out of a tenant, and what they may do there; tokens that were made for it end.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where the user is none of it; [`IdentityError::Conflict`] where the users table
    /// says so and cannot say nothing.
    pub async fn leave_tenant(
        &self,
        project: &Project,
        user: &User,
        tenant: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        check_tenancy(project)?;
        let directory = Directory::of(project)?;
        check_shared(&directory)?;
        let mut found = false;
        if user.tenant.as_deref() == Some(tenant) {
            let column = directory.tenant_column().filter(|column| column.nullable && column.generated.writable());
            let Some(column) = column else {
                let message = "the users table says whose the user is, and its column cannot be empty; change the row";
                return Err(IdentityError::Conflict { code: "tenant_required", message: message.to_owned() });
            };
            directory.change(&user.id, vec![(column, Json::Null)], "a user leaves a tenant", now).await?;
            found = true;
        }
        if let Some(delete) = directory.membership_delete(&user.id, tenant)? {
            found |= run(project, delete).await?.affected > 0;
        }
        let (connection, id, own) = (project.connection.clone(), user.id.clone(), tenant.to_owned());
        found |= self.store.db().write(move |tx| memberships::remove(tx, &connection, &id, &own)).await?;
        if !found {
            return Err(IdentityError::NotFound);
        }
        self.standings_changed(project, now).await?;
        let event = Event::of_user("tenant_left", &user.id).about(json!({"tenant": tenant}));
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        Ok(())
    }

    /// Gives a user a role in one tenant only.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotAMember`] for a tenant that is none of the user's.
    pub async fn give_tenant_role(
        &self,
        project: &Project,
        user: &User,
        (tenant, role): (&str, &str),
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        check_role_name(role)?;
        if !self.tenants_of(project, user).await?.iter().any(|own| own.id == tenant) {
            return Err(IdentityError::NotAMember);
        }
        let (connection, id) = (project.connection.clone(), user.id.clone());
        let (own, name) = (tenant.to_owned(), role.to_owned());
        let one = ending(project, "standing", "", 0, now);
        let kept = self
            .store
            .db()
            .write(move |tx| {
                memberships::add_role(tx, &connection, &id, &own, &name, now)?;
                keep(tx, vec![one])
            })
            .await?;
        self.apply(&kept);
        let event = Event::of_user("role_given", &user.id).about(json!({"role": role, "tenant": tenant}));
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        Ok(())
    }

    /// Takes a role in one tenant from a user.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where the user does not have it.
    pub async fn take_tenant_role(
        &self,
        project: &Project,
        user: &User,
        (tenant, role): (&str, &str),
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        check_tenancy(project)?;
        let (connection, id) = (project.connection.clone(), user.id.clone());
        let (own, name) = (tenant.to_owned(), role.to_owned());
        let taken =
            self.store.db().write(move |tx| memberships::remove_role(tx, &connection, &id, &own, &name)).await?;
        if !taken {
            return Err(IdentityError::NotFound);
        }
        self.standings_changed(project, now).await?;
        let event = Event::of_user("role_taken", &user.id).about(json!({"role": role, "tenant": tenant}));
        self.audit(project, Event { actor: None, ..event }, client, now).await;
        Ok(())
    }

    /// Tells all nodes that roles or memberships have changed: what was read before is read again at once.
    pub(crate) async fn standings_changed(&self, project: &Project, now: Timestamp) -> Result<(), IdentityError> {
        let all = vec![ending(project, "standing", "", 0, now)];
        let kept = self.store.db().write(move |tx| keep(tx, all)).await?;
        self.apply(&kept);
        Ok(())
    }

    /// Makes sure that there is such a tenant.
    pub(crate) async fn check_tenant(&self, directory: &Directory<'_>, tenant: &str) -> Result<(), IdentityError> {
        let good = !tenant.is_empty() && tenant.len() <= 256 && !tenant.chars().any(char::is_control);
        if good && directory.has_tenant(tenant).await? {
            return Ok(());
        }
        Err(IdentityError::invalid("tenant_id", "unknown_tenant", format!("there is no tenant `{tenant}`")))
    }
}

fn check_shared(directory: &Directory<'_>) -> Result<(), IdentityError> {
    if directory.users_are_tenants() {
        return Err(IdentityError::SwitchedOff("users are the tenants here: each has their own and no other"));
    }
    Ok(())
}
