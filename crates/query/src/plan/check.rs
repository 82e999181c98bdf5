//! What must hold of rows after they were written, asked in the same transaction.
//!
//! A change must not carry a row out of what its writer may come to, and a foreign key must point at a row its writer
//! could read: else the children of one tenant would hang on the rows of another.

use super::{
    ColumnRef, Condition, Insert, OnConflict, Operand, PlanError, Planner, Select, Update, WriteRow, condition::Ground,
    internal::is, planner::Aliases, scope::ParentCheck, write::rows_of,
};
use crate::{
    Value,
    access::{Action, Grant, TenantRule},
};
use portcullis_schema::{Column, ColumnId, Table};

/// What must hold of written rows. Each select finds the rows for which it does.
#[derive(Debug, Clone)]
pub struct WriteChecks<'s> {
    /// All of it: finds as many rows as were written, or something is wrong.
    pub all: Select<'s>,
    /// For each foreign key, that it points at a row its writer could read.
    pub parents: Vec<(Vec<&'s Column>, Select<'s>)>,
}

impl<'s> Planner<'s> {
    /// Whether rows with these columns written need [`Planner::checks`].
    pub fn needs_checks(&self, table: &'s Table, grant: &Grant, written: &WriteRow<'s>) -> bool {
        self.scope_moves(table, grant, written) || !self.written_parents(table, grant, written).is_empty()
    }

    /// Plans what must hold of the rows with these keys, now that they were written; `None` where nothing can be wrong.
    ///
    /// # Errors
    ///
    /// The rows cannot be found again.
    pub fn checks(
        &self,
        table: &'s Table,
        grant: &Grant,
        keys: Vec<Vec<Value>>,
        written: &WriteRow<'s>,
    ) -> Result<Option<WriteChecks<'s>>, PlanError> {
        let parents = self.written_parents(table, grant, written);
        if parents.is_empty() && !self.scope_moves(table, grant, written) {
            return Ok(None);
        }
        if table.primary_key.is_empty() {
            return Err(PlanError::Unsupported { feature: "writing into a table without a primary key under rules" });
        }
        let mut scope = self.select(Ground { table, alias: 0, grant }, &mut Aliases::default());
        scope.condition = rows_of(table, keys);
        // A statement that selects nothing gives no rows to count.
        for id in &table.primary_key {
            scope.capture(Operand::Column(ColumnRef { alias: 0, column: table.column(*id) }));
        }
        let confined = |conditions: Vec<Condition<'s>>| {
            let condition = Condition::all(std::iter::once(scope.condition.clone()).chain(conditions));
            Select { condition, ..scope.clone() }
        };
        Ok(Some(WriteChecks {
            all: confined(parents.iter().map(|parent| parent.condition.clone()).collect()),
            // Of rows that were just written, by their keys: a parent out of reach must be told from a row out of reach.
            parents: parents
                .into_iter()
                .map(|parent| {
                    let scope = Condition::always();
                    (parent.columns, Select { scope, ..confined(vec![parent.condition]) })
                })
                .collect(),
        }))
    }

    /// Whether a write can carry a row out of the grant's scope. What the server sets cannot.
    fn scope_moves(&self, table: &'s Table, grant: &Grant, written: &WriteRow<'s>) -> bool {
        let scope = grant.scope();
        let set = |names: &[ColumnId], whole: &Table| {
            names.iter().any(|id| written.iter().any(|(column, _)| column.name == whole.column(*id).name))
        };
        let moves = || match self.policy.tenancy.as_ref().map(|tenancy| (tenancy.of(table.id), tenancy)) {
            Some((TenantRule::Through(relation), tenancy)) => {
                grant.action() == Action::Create
                    || tenancy.whole_of(table.id).is_some_and(|whole| set(&relation.columns, whole))
            }
            _ => false,
        };
        scope.rule.is_some()
            || scope.role.is_some()
            || (scope.tenant && moves())
            || (!scope.is_all() && table.info.has_triggers)
    }

    /// The foreign keys that are written, and must be looked at.
    fn written_parents(&self, table: &'s Table, grant: &Grant, written: &WriteRow<'s>) -> Vec<ParentCheck<'s>> {
        if written.is_empty() || grant.is_unconfined() {
            return Vec::new();
        }
        let set = |column: &Column| {
            written.iter().any(|(own, value)| own.id == column.id && !value.is_null())
                && !self.is_server_set(table, grant, column)
                && !written.iter().any(|(own, value)| own.id == column.id && self.is_given(grant, own, value))
        };
        let mut checks = self.parents(table, &mut Aliases(1_000));
        checks.retain(|check| check.columns.iter().any(|column| set(column)));
        checks
    }

    /// Plans the search for the row that holds an upsert's key already.
    pub fn conflicting(
        &self,
        table: &'s Table,
        grant: &Grant,
        insert: &Insert<'s>,
        conflict: &OnConflict<'s>,
    ) -> Select<'s> {
        debug_assert_eq!(grant.action(), Action::Update);
        let mut select = self.select(Ground { table, alias: 0, grant }, &mut Aliases::default());
        select.condition = conflict_condition(insert, conflict);
        select.columns.clone_from(&insert.returning);
        select
    }

    /// Plans the change of the row that holds an upsert's key already; `None` where nothing is to be changed.
    pub fn update_conflicting(
        &self,
        table: &'s Table,
        grant: &Grant,
        insert: &Insert<'s>,
        conflict: &OnConflict<'s>,
    ) -> Option<Update<'s>> {
        debug_assert_eq!(grant.action(), Action::Update);
        let updates = |column: &Column| conflict.update.iter().any(|update| update.id == column.id);
        let set: WriteRow<'s> = insert
            .values
            .iter()
            .filter(|(column, _)| {
                updates(column) && (grant.writes(column.id) || grant.writes_password() == Some(column.id))
            })
            .cloned()
            .collect();
        if set.is_empty() {
            return None;
        }
        Some(Update {
            table,
            set,
            scope: self.scope(Ground { table, alias: 0, grant }, &mut Aliases::default()),
            condition: conflict_condition(insert, conflict),
            returning: Vec::new(),
        })
    }
}

fn conflict_condition<'s>(insert: &Insert<'s>, conflict: &OnConflict<'s>) -> Condition<'s> {
    let value = |column: &'s Column| {
        let given = insert.values.iter().find(|(given, _)| given.id == column.id);
        given.map(|(_, value)| is(column, value.clone()))
    };
    Condition::All(conflict.key.iter().filter_map(|column| value(column)).collect())
}
