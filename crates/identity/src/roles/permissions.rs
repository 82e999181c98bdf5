//! Permissions that are more than a name: a table, actions, a condition.

use super::{
    check_name,
    tables::{id_of, put, removed, together},
};
use crate::{Client, Identity, IdentityError, standing::Kept};
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_query::access::PermissionWords;
use portcullis_store::roles::{self, Permission};
use serde_json::json;

impl Identity {
    /// Makes a permission, or changes what it means.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] for a name that cannot be, or a member that the mapped table has no column for.
    pub async fn put_permission(
        &self,
        project: &Project,
        words: &PermissionWords,
        description: Option<&str>,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        check_name("permission", &words.name)?;
        let scope = words.scope_expression.as_ref().map(|scope| scope.to_text());
        let fields = [
            ("description", description),
            ("entity_name", words.entity_name.as_deref()),
            ("allowed_actions", words.allowed_actions.as_deref()),
            ("scope_expression", scope.as_deref()),
        ];
        if let Some(kept) = Kept::of(project) {
            // Half a permission would allow more than was meant.
            let lost = fields.iter().find(|(field, value)| value.is_some() && kept.permission.column(field).is_none());
            if let Some((field, _)) = lost {
                let message = format!("`mapping.permission` names no column for `{field}`");
                return Err(IdentityError::invalid(field, "not_mapped", message));
            }
            put(project, kept.permission, &words.name, &fields, now).await?;
        } else {
            let connection = project.connection.clone();
            let permission = Permission {
                name: words.name.clone(),
                description: description.map(str::to_owned),
                entity_name: words.entity_name.clone(),
                allowed_actions: words.allowed_actions.clone(),
                scope_expression: scope,
            };
            self.store.db().write(move |tx| roles::put_permission(tx, &connection, &permission, now)).await?;
        }
        self.told(project, "permission_changed", &words.name, json!({}), client, now).await
    }

    /// Removes a permission from every role.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotFound`].
    pub async fn remove_permission(
        &self,
        project: &Project,
        name: &str,
        client: &Client,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let found = match Kept::of(project) {
            Some(kept) => match id_of(project, kept.permission, name).await? {
                None => false,
                Some(id) => {
                    let mut all = Vec::new();
                    all.extend(removed(project, kept.link, "permission_id", &id)?);
                    all.extend(removed(project, kept.permission, "id", &id)?);
                    together(project, all).await? > 0
                }
            },
            None => {
                let (connection, own) = (project.connection.clone(), name.to_owned());
                self.store.db().write(move |tx| roles::remove_permission(tx, &connection, &own)).await?
            }
        };
        if !found {
            return Err(IdentityError::NotFound);
        }
        self.told(project, "permission_removed", name, json!({}), client, now).await
    }
}
