//! The caller's own record.

use crate::{
    Client, Identity, IdentityError,
    audit::Event,
    sessions::view,
    users::{Directory, normalised},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_project::Project;
use portcullis_query::{Json, access::EndUser};
use serde_json::{Map, Value, json};
use std::sync::Arc;

impl Identity {
    /// The caller as they may see themselves.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Unauthenticated`] where the user is gone.
    pub async fn me(
        &self,
        project: &Project,
        caller: &EndUser,
        now: Timestamp,
    ) -> Result<Map<String, Value>, IdentityError> {
        let directory = Directory::of(project)?;
        let state = self.state_of(project, &caller.id).await?;
        let user = directory.by_id(&caller.id).await?.filter(|user| user.active && !state.disabled);
        let user = user.ok_or(IdentityError::Unauthenticated)?;
        let standing = self.stands(&directory, &user, &state).await?;
        let part = self.part(project, &standing, caller.tenant.as_deref(), now).await?;
        Ok(view(&user, &state, &part.roles))
    }

    /// Changes columns of the caller's own row. Another address needs the current password, and the link of a mail to
    /// the new address where there is mail.
    ///
    /// # Errors
    ///
    /// [`IdentityError::Invalid`] for a column that is unknown or not the caller's to write.
    pub async fn update_me(
        self: &Arc<Self>,
        project: &Arc<Project>,
        caller: &EndUser,
        mut members: Vec<(String, Json)>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Map<String, Value>, IdentityError> {
        if caller.scopes.is_some() {
            return Err(IdentityError::Forbidden);
        }
        let directory = Directory::of(project)?;
        let state = self.state_of(project, &caller.id).await?;
        let user = directory.by_id(&caller.id).await?.filter(|user| user.active && !state.disabled);
        let user = user.ok_or(IdentityError::Unauthenticated)?;
        let current = take(&mut members, "current_password");
        let email_column = directory.must("email")?.name.clone();
        let email = take(&mut members, "email").or_else(|| take(&mut members, &email_column));
        let mut columns = Vec::new();
        for (name, value) in members {
            // `name` is the column mapped as `firstname`, unless the table has one of its own.
            let column = directory.card.table.find_column(&name);
            let column = column.or_else(|| directory.card.column("firstname").filter(|_| name == "name"));
            match column.filter(|column| directory.shows(column) || directory.lets_write(column)) {
                Some(column) if directory.lets_write(column) => columns.push((column, value)),
                Some(column) => {
                    let message = format!("the column `{}` cannot be written here", column.name);
                    return Err(IdentityError::invalid(&name, "not_writable", message));
                }
                None => {
                    let message = format!("there is no column `{name}`");
                    return Err(IdentityError::invalid(&name, "unknown_column", message));
                }
            }
        }
        let email = match email {
            Some(Json::String(email)) if normalised(&email) != normalised(&user.email) => Some(email),
            Some(Json::String(_)) | None => None,
            Some(_) => return Err(IdentityError::invalid("email", "invalid_value", "`email` must be a string")),
        };
        let mut changed_email = None;
        if let Some(email) = email {
            let Some(Json::String(current)) = current else {
                let message = "`current_password` is needed for another address";
                return Err(IdentityError::invalid("current_password", "missing_field", message));
            };
            self.check_delicate(project, caller, now).await?;
            changed_email = Some((email, Secret::new(current)));
        }
        if !columns.is_empty() {
            let names: Vec<_> = columns.iter().map(|(column, _)| column.name.clone()).collect();
            directory.change(&user.id, columns, "users change their own columns", now).await?;
            let event = Event::of_user("user_changed", &user.id).about(json!({"columns": names}));
            self.audit(project, event, client, now).await;
        }
        if let Some((email, current)) = changed_email {
            self.request_address(project, &user, &email, &current, client, now).await?;
        }
        self.me(project, caller, now).await
    }
}

fn take(members: &mut Vec<(String, Json)>, name: &str) -> Option<Json> {
    let at = members.iter().position(|(own, _)| own == name)?;
    Some(members.remove(at).1)
}
