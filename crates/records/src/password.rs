//! The mapped password column in bodies: hashed before it is a value, and never planned as it was sent.

use crate::{RecordsError, Session};
use portcullis_base::Secret;
use portcullis_engines::EngineError;
use portcullis_project::{PasswordRefused, settings::CardKind};
use portcullis_query::{Json, Value, access::Grant};
use portcullis_schema::{Column, Table};
use std::borrow::Cow;

/// The members of a body without the password, and the password's column with its hash.
pub(crate) type Taken<'m, 't> = (Cow<'m, [(String, Json)]>, Option<(&'t Column, Value)>);

impl<'a> Session<'a> {
    /// Takes the password out of a body and hashes it, where the caller may write it; elsewhere it stays, and is an
    /// unknown column.
    pub(crate) async fn take_password<'m, 't>(
        &self,
        table: &'t Table,
        grant: &Grant,
        members: &'m [(String, Json)],
        place: &str,
    ) -> Result<Taken<'m, 't>, RecordsError> {
        let none = (Cow::Borrowed(members), None);
        let (Some(id), Some(port)) = (grant.writes_password(), self.project.passwords()) else { return Ok(none) };
        let own = |name: &str| table.find_column(name).is_some_and(|column| column.id == id);
        let Some((name, word)) = members.iter().find(|(name, _)| own(name)) else { return Ok(none) };
        let place = format!("{place}/{name}");
        let invalid = |code, message: String| RecordsError::Invalid { code, message, place: place.clone() };
        if members.iter().filter(|(name, _)| own(name)).count() > 1 {
            return Err(invalid("invalid_body", format!("the column `{name}` is given twice")));
        }
        let Json::String(text) = word else {
            return Err(invalid("invalid_value", format!("`{name}` must be a string, not {}", word.kind())));
        };
        let hash = port.hash(self.project, Secret::new(text.clone())).await.map_err(|error| refused(error, &place))?;
        let rest = members.iter().filter(|(name, _)| !own(name)).cloned().collect();
        Ok((Cow::Owned(rest), Some((table.column(id), Value::Text(hash.expose().clone())))))
    }

    /// Whether a body would have a password taken out of it.
    pub(crate) fn has_password(&self, table: &Table, grant: &Grant, members: &[(String, Json)]) -> bool {
        let id = grant.writes_password().filter(|_| self.project.passwords().is_some());
        id.is_some_and(|id| {
            members.iter().any(|(name, _)| table.find_column(name).is_some_and(|column| column.id == id))
        })
    }

    /// What the users of these written rows held ends: their passwords are others now. For after the commit.
    pub(crate) async fn passwords_written<'r>(
        &self,
        table: &Table,
        rows: impl IntoIterator<Item = &'r [u8]>,
    ) -> Result<(), RecordsError> {
        let Some(port) = self.project.passwords() else { return Ok(()) };
        let card = self.project.cards.get(CardKind::User).filter(|card| card.table.name == table.name);
        let Some(id) = card.and_then(|card| card.column("id")) else { return Ok(()) };
        let users: Vec<String> = rows.into_iter().filter_map(|row| id_of(row, &id.name)).collect();
        if users.is_empty() {
            return Ok(());
        }
        let by = self.caller.user().map(|user| user.id.clone());
        port.changed(self.project, users, by).await.map_err(|error| refused(error, ""))
    }
}

fn id_of(row: &[u8], name: &str) -> Option<String> {
    match Json::parse(row).ok()?.get(name)? {
        Json::String(text) | Json::Number(text) => Some(text.clone()),
        _ => None,
    }
}

fn refused(error: PasswordRefused, place: &str) -> RecordsError {
    match error {
        PasswordRefused::Invalid { code, message } => RecordsError::Invalid { code, message, place: place.to_owned() },
        error @ (PasswordRefused::Busy | PasswordRefused::Failed(_)) => {
            RecordsError::Database(EngineError::Unavailable { cause: error.to_string() })
        }
    }
}
