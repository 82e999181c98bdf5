//! Passwords in rows of `baasix_User`: an administrator's to set, and hashed on the way in.

use super::items::Items;
use crate::baasix::{
    call::{Fields, answer},
    collection::USERS,
    error::Refused,
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_base::Secret;
use portcullis_identity::IdentityError;
use portcullis_project::settings::CardKind;
use portcullis_query::access::{Action, Grant};
use serde_json::json;

impl Items<'_> {
    /// Takes `password` out of a body of `baasix_User`.
    ///
    /// # Errors
    ///
    /// 403 for whoever is no administrator: who sets a password can sign in as its user.
    pub(super) fn password(&self, given: &mut Fields, action: Action) -> Result<Option<Secret<String>>, Refused> {
        if self.collection.name != USERS {
            return Ok(None);
        }
        let Some(password) = given.secret("password")? else { return Ok(None) };
        if !self.who.is_administrator() {
            let message = format!("You don't have permission to {} field: password", action.word());
            return Err(Refused::error(StatusCode::FORBIDDEN, message));
        }
        Ok(Some(password))
    }

    /// Makes a user as a signup would, on an administrator's word.
    pub(super) async fn create_user(
        &self,
        grant: &Grant,
        mut given: Fields,
        password: &Secret<String>,
    ) -> Result<Response<Body>, Refused> {
        if self.call.project.settings.tenancy.enabled {
            let message = "Users are invited into a tenant; make them with /auth/invite";
            return Err(Refused::error(StatusCode::BAD_REQUEST, message));
        }
        let required = |name: &str| Refused::error(StatusCode::BAD_REQUEST, "Required field missing").details(name);
        let card = self.call.project.cards.get(CardKind::User).ok_or_else(|| required("email"))?;
        let email = given.text("email")?.ok_or_else(|| required("email"))?;
        let own = |field: &str| card.column(field).map(|column| column.id);
        let fixed = [own("id"), own("email"), own("password")];
        let members = self.members(given.0, Action::Create)?.into_iter().filter(|(name, _)| {
            let column = self.table().find_column(name);
            column.is_some_and(|column| grant.writes(column.id) && !fixed.contains(&Some(column.id)))
        });
        let (call, columns) = (self.call, members.collect());
        let identity = &call.state.identity;
        let made = identity.create_user_of(call.project, (&email, password), columns, call.client, call.now).await;
        let made = made.map_err(|error| match error {
            IdentityError::EmailTaken => Refused::error(StatusCode::CONFLICT, "Unique constraint violation"),
            other => Refused::from(other).outside_auth(),
        })?;
        Ok(answer(StatusCode::CREATED, &json!({"data": {"id": made.id_value}})))
    }

    /// Sets the password of a user whom the caller may change.
    pub(super) async fn set_password(&self, id: &str, password: &Secret<String>) -> Result<(), Refused> {
        let call = self.call;
        let set = call.state.identity.set_password_of(call.project, id, password, call.client, call.now).await;
        set.map_err(|error| match error {
            IdentityError::NotFound => Refused::no_item(Action::Update),
            other => Refused::from(other).outside_auth(),
        })
    }
}
