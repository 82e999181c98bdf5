//! Rows of mapped cards beside the users: how ids and moments are written, and what a table wants filled in.

use super::{is_uuid, moment, statements, uuid, word};
use crate::IdentityError;
use portcullis_base::Timestamp;
use portcullis_project::{CardRef, Project};
use portcullis_query::{Json, Value, access::Action, plan::internal::Internal};
use portcullis_schema::{Column, ColumnType, Generated};

/// A row to be written into a card's table.
pub(crate) struct NewRow<'p> {
    write: Internal<'p>,
    card: CardRef<'p>,
    values: Vec<(&'p Column, Value)>,
}

impl<'p> NewRow<'p> {
    pub fn new(project: &'p Project, card: CardRef<'p>, reason: &'static str) -> Self {
        Self { write: statements(project, card.table, Action::Create, reason), card, values: Vec::new() }
    }

    /// Sets a field, if it is mapped.
    pub fn text(mut self, field: &str, text: &str) -> Result<Self, IdentityError> {
        if let Some(column) = self.card.column(field) {
            self.values.push((column, word(&self.write, column, id_json(column, text))?));
        }
        Ok(self)
    }

    /// Sets a time, if it is mapped.
    pub fn time(mut self, field: &str, at: Timestamp) -> Result<Self, IdentityError> {
        if let Some(column) = self.card.column(field) {
            self.values.push((column, word(&self.write, column, moment(column, at))?));
        }
        Ok(self)
    }

    /// The statement; an id that nobody makes is made here, and so are the usual times.
    pub fn insert(mut self, now: Timestamp) -> Result<portcullis_query::Statement, IdentityError> {
        let id = self.card.column("id").map(|column| column.id);
        for column in &self.card.table.columns {
            let given = self.values.iter().any(|(own, _)| own.id == column.id);
            if given || column.generated != Generated::No || column.nullable || column.default.is_some() {
                continue;
            }
            let usual = matches!(column.name.as_str(), "created_at" | "updated_at" | "createdAt" | "updatedAt");
            let filled = match () {
                () if is_uuid(column) && (id == Some(column.id) || column.name == "id") => {
                    Json::String(uuid(&mut rand::rng()))
                }
                () if usual => moment(column, now),
                () => continue,
            };
            self.values.push((column, word(&self.write, column, filled)?));
        }
        Ok(self.write.insert(self.values, &[]))
    }
}

/// The text of an id as its column has it.
pub(crate) fn id_json(column: &Column, text: &str) -> Json {
    match column.ty {
        ColumnType::Integer { .. } if text.parse::<i64>().is_ok() => Json::Number(text.to_owned()),
        _ => Json::String(text.to_owned()),
    }
}
