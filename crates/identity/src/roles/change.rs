//! Making and removing roles, and what they may do.

use super::{
    check_name, check_role_name,
    tables::{by_name, id_of, put, removed, tie, together, untie},
};
use crate::{
    Client, Identity, IdentityError,
    audit::Event,
    standing::{ADMINISTRATORS, Kept},
};
use portcullis_base::Timestamp;
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::access::{PermissionWords, RoleWords, compile};
use portcullis_store::roles::{self, Role};
use serde_json::json;

impl Identity {
    /// Makes a role, or describes one anew; whether it is new.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] for a name that cannot be or means something already.
    pub async fn put_role(
        &self,
        project: &Project,
        name: &str,
        description: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        check_role_name(name)?;
        if ADMINISTRATORS.contains(&name) {
            let message = format!("`{name}` is not a role to be made: whoever is given it passes all of them");
            return Err(IdentityError::invalid("role", "reserved_name", message));
        }
        let new = match project.cards.get(CardKind::Role) {
            Some(card) => put(project, card, name, &[("description", description)], now).await?,
            None => {
                let connection = project.connection.clone();
                let role = Role { name: name.to_owned(), description: description.map(str::to_owned) };
                self.store.db().write(move |tx| roles::put(tx, &connection, &role, now)).await?
            }
        };
        let event = if new { "role_created" } else { "role_changed" };
        self.told(project, event, name, json!({}), client, now).await?;
        Ok(new)
    }

    /// Removes a role, with its permissions and holders: a later one of the name starts without any. SEC-45.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`]; [`IdentityError::Conflict`] where other rows of the database point at it.
    pub async fn remove_role(
        &self,
        project: &Project,
        name: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.check_not_of_settings(project, name).await?;
        let connection = project.connection.clone();
        let own = name.to_owned();
        if let Some(card) = project.cards.get(CardKind::Role) {
            let id = id_of(project, card, name).await?.ok_or(IdentityError::NotFound)?;
            let mut all = Vec::new();
            for kind in [CardKind::RolePermission, CardKind::UserRole] {
                if let Some(links) = project.cards.get(kind) {
                    all.extend(removed(project, links, "role_id", &id)?);
                }
            }
            all.extend(removed(project, card, "id", &id)?);
            together(project, all).await?;
            self.store.db().write(move |tx| roles::drop_traces(tx, &connection, &own)).await?;
        } else if !self.store.db().write(move |tx| roles::remove(tx, &connection, &own)).await? {
            return Err(IdentityError::NotFound);
        }
        self.told(project, "role_removed", name, json!({}), client, now).await
    }

    /// Gives a role a permission; what of it cannot be understood is told, as it then allows nothing.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] without such a role.
    pub async fn grant_permission(
        &self,
        project: &Project,
        role: &str,
        permission: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<Vec<String>, IdentityError> {
        check_name("permission", permission)?;
        if !self.has_role(project, role).await? {
            self.check_not_of_settings(project, role).await?;
            return Err(IdentityError::NotFound);
        }
        match Kept::of(project) {
            Some(kept) => {
                if by_name(project, kept.permission, permission).await?.is_none() {
                    put(project, kept.permission, permission, &[], now).await?;
                }
                let ids = (id_of(project, kept.role, role).await?, id_of(project, kept.permission, permission).await?);
                let (Some(one), Some(two)) = ids else { return Err(IdentityError::NotFound) };
                tie(project, kept.link, ("role_id", &one), ("permission_id", &two), now).await?;
            }
            None => {
                let connection = project.connection.clone();
                let (role, permission) = (role.to_owned(), permission.to_owned());
                self.store.db().write(move |tx| roles::grant(tx, &connection, &role, &permission, now)).await?;
            }
        }
        self.told(project, "permission_granted", role, json!({"permission": permission}), client, now).await?;
        let known = self.permissions(project).await?.into_iter().find(|own| own.words.name == permission);
        Ok(problems(project, role, known.map_or_else(|| PermissionWords::from(permission), |own| own.words)))
    }

    /// Takes a permission from a role.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`] where the role does not have it.
    pub async fn revoke_permission(
        &self,
        project: &Project,
        role: &str,
        permission: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let taken = match Kept::of(project) {
            Some(kept) => {
                let ids = (id_of(project, kept.role, role).await?, id_of(project, kept.permission, permission).await?);
                let (Some(one), Some(two)) = ids else { return Err(IdentityError::NotFound) };
                untie(project, kept.link, ("role_id", &one), ("permission_id", &two)).await?
            }
            None => {
                let connection = project.connection.clone();
                let (role, permission) = (role.to_owned(), permission.to_owned());
                self.store.db().write(move |tx| roles::revoke(tx, &connection, &role, &permission)).await?
            }
        };
        if !taken {
            self.check_not_of_settings(project, role).await?;
            return Err(IdentityError::NotFound);
        }
        self.told(project, "permission_revoked", role, json!({"permission": permission}), client, now).await
    }

    /// Whether the store of roles has one of this name.
    pub(super) async fn has_role(&self, project: &Project, name: &str) -> Result<bool, IdentityError> {
        if let Some(card) = project.cards.get(CardKind::Role) {
            return Ok(by_name(project, card, name).await?.is_some());
        }
        let (connection, own) = (project.connection.clone(), name.to_owned());
        let all = self.store.db().read(move |tx| roles::list(tx, &connection)).await?;
        Ok(all.iter().any(|role| role.name == own))
    }

    /// A role that stands in the settings alone is changed there.
    async fn check_not_of_settings(&self, project: &Project, name: &str) -> Result<(), IdentityError> {
        let written = project.settings.rbac.roles.iter().any(|role| role.name == name);
        if written && !self.has_role(project, name).await? {
            let message = format!("the role `{name}` stands in `[[rbac.roles]]` of the settings; change it there");
            return Err(IdentityError::Conflict { code: "role_of_settings", message });
        }
        Ok(())
    }

    /// Tells the nodes and the audit of a change.
    pub(super) async fn told(
        &self,
        project: &Project,
        name: &'static str,
        subject: &str,
        detail: serde_json::Value,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        self.standings_changed(project, now).await?;
        let event = Event { actor: None, ..Event::of_user(name, subject).about(detail) };
        self.audit(project, event, client, now).await;
        Ok(())
    }
}

/// What of a permission is not understood over the served tables.
fn problems(project: &Project, role: &str, words: PermissionWords) -> Vec<String> {
    let role = RoleWords { name: role.to_owned(), permissions: vec![words], rules: Vec::new() };
    let users = project.cards.get(CardKind::User).map(|card| card.table);
    compile(&project.database, users, &[role]).1.into_iter().map(|problem| problem.message).collect()
}
