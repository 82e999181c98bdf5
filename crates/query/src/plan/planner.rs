//! What every planning function looks at: one schema, one policy, one caller, one dialect.

use super::{Alias, PlanError, PlanLimits};
use crate::{
    Json, Value,
    access::{Action, Caller, Grant, Policy, decide_at},
    convert::{Purpose, typed_as},
    render::Dialect,
};
use portcullis_base::Timestamp;
use portcullis_schema::{Column, ColumnType, Database, Relation, Storage, Table, TableId, closest};

/// Plans requests of one caller over one build.
#[derive(Clone, Copy)]
pub struct Planner<'s> {
    /// The served tables.
    pub database: &'s Database,
    /// Who may do what.
    pub policy: &'s Policy,
    /// Who asks.
    pub caller: &'s Caller,
    /// What the engine can do and how it keeps values.
    pub dialect: &'static dyn Dialect,
    /// How much a request may ask for.
    pub limits: PlanLimits,
    /// The moment of the request, for `$now`.
    pub now: Timestamp,
    /// The table that a public route opens to everybody.
    pub opened: Option<TableId>,
}

/// Gives out the names of a statement's tables.
#[derive(Debug, Default)]
pub(super) struct Aliases(pub Alias);

impl Aliases {
    /// A name nobody has yet; 0 is the statement's own table.
    pub fn next(&mut self) -> Alias {
        self.0 += 1;
        self.0
    }
}

impl<'s> Planner<'s> {
    /// Asks whether the caller may do this to the table.
    ///
    /// # Errors
    ///
    /// [`PlanError::Refused`].
    pub fn grant(&self, action: Action, table: &Table) -> Result<Grant, PlanError> {
        decide_at(self.policy, self.caller, action, table.id, self.opened == Some(table.id))
            .map_err(|refusal| PlanError::Refused { refusal, action: action.word(), table: table.name.clone() })
    }

    /// The column a request means, among those the caller may read.
    pub(super) fn column(
        &self,
        table: &'s Table,
        grant: &Grant,
        word: &str,
        place: &str,
    ) -> Result<&'s Column, PlanError> {
        grant.readable_column(table, word).ok_or_else(|| PlanError::UnknownColumn {
            table: table.name.clone(),
            column: word.to_owned(),
            suggestion: closest(word, grant.readable_columns(table).map(|column| column.name.as_str()))
                .map(ToOwned::to_owned),
            place: place.to_owned(),
        })
    }

    /// The relationship a request means.
    pub(super) fn relation(&self, table: &'s Table, word: &str, place: &str) -> Result<&'s Relation, PlanError> {
        table.find_relation(word).ok_or_else(|| PlanError::UnknownRelationship {
            table: table.name.clone(),
            relationship: word.to_owned(),
            suggestion: closest(word, table.relations.iter().map(|relation| relation.json_name.as_str()))
                .map(ToOwned::to_owned),
            place: place.to_owned(),
        })
    }

    /// Converts a word into the form in which the engine keeps values of a column.
    pub(super) fn value(
        &self,
        column: &Column,
        word: &Json,
        purpose: Purpose,
        place: &str,
    ) -> Result<Value, PlanError> {
        self.value_as(&column.ty, column.storage, &column.name, word, purpose, place)
    }

    pub(super) fn value_as(
        &self,
        ty: &ColumnType,
        storage: Storage,
        name: &str,
        word: &Json,
        purpose: Purpose,
        place: &str,
    ) -> Result<Value, PlanError> {
        typed_as(ty, word, purpose).and_then(|typed| self.dialect.store(ty, storage, typed)).map_err(|mismatch| {
            PlanError::InvalidValue {
                column: name.to_owned(),
                expected: ty.word(),
                hint: mismatch.0,
                place: place.to_owned(),
            }
        })
    }
}

impl Planner<'_> {
    /// Converts a word into a value to compare a column with.
    ///
    /// # Errors
    ///
    /// [`PlanError::InvalidValue`].
    pub fn column_value(&self, column: &Column, word: &Json) -> Result<Value, PlanError> {
        self.value(column, word, Purpose::Compare, &column.name)
    }
}
