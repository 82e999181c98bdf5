//! Which relationships a caller may walk.

use super::{Hop, JoinFrom, PlanError, Planner, Select, condition::Ground, planner::Aliases};
use crate::access::{Action, Grant};
use portcullis_schema::{ColumnId, Relation, RelationKind, Table};

/// A relationship that the caller may walk, and the right to read the rows along it.
pub(super) struct Way<'s> {
    pub relation: &'s Relation,
    /// The far end.
    pub target: &'s Table,
    pub grant: Grant,
    /// The table between, for many-to-many.
    pub between: Option<(&'s Table, Grant)>,
}

impl<'s> Planner<'s> {
    /// The relationship a request means, and the right to read its far end. SEC-38.
    ///
    /// # Errors
    ///
    /// The caller may not read the far end or the table between. A relationship over foreign key columns the caller may
    /// not read is an unknown one: through it their values could be asked for. SEC-40.
    pub(super) fn way(&self, ground: Ground<'s, '_>, word: &str, place: &str) -> Result<Way<'s>, PlanError> {
        let relation = self.relation(ground.table, word, place)?;
        let read = |id| {
            let table = self.database.table(id);
            self.grant(Action::Read, table).map(|grant| (table, grant))
        };
        let between = relation.join.as_ref().map(|join| read(join.table)).transpose()?;
        let (target, grant) = read(relation.target)?;
        let reads = |grant: &Grant, columns: &[ColumnId]| columns.iter().all(|column| grant.reads(*column));
        let visible = match (&relation.join, &between, relation.kind) {
            (Some(join), Some((_, between)), _) => reads(between, &join.near) && reads(between, &join.far),
            (_, _, RelationKind::BelongsTo) => reads(ground.grant, &relation.columns),
            _ => reads(&grant, &relation.target_columns),
        };
        if visible {
            return Ok(Way { relation, target, grant, between });
        }
        Err(PlanError::UnknownRelationship {
            table: ground.table.name.clone(),
            relationship: word.to_owned(),
            suggestion: None,
            place: place.to_owned(),
        })
    }

    /// A step along a relationship, with fresh names, confined to what the caller may read there.
    pub(super) fn hop(&self, way: &Way<'s>, from: Ground<'s, '_>, aliases: &mut Aliases) -> Hop<'s> {
        let to = aliases.next();
        let join = way.between.as_ref().map(|(table, _)| (*table, aliases.next()));
        let mut scope = vec![self.scope(Ground { table: way.target, alias: to, grant: &way.grant }, aliases)];
        if let (Some((table, alias)), Some((_, grant))) = (join, &way.between) {
            scope.push(self.scope(Ground { table, alias, grant }, aliases));
        }
        Hop {
            relation: way.relation,
            from: from.alias,
            source: from.table,
            to,
            target: way.target,
            join,
            scope: Box::new(super::Condition::all(scope)),
        }
    }

    /// Joins the table between to a select from the far end, confined to what the caller may read there.
    pub(super) fn join_between(&self, way: &Way<'s>, select: &mut Select<'s>, aliases: &mut Aliases) {
        let (Some(join), Some((between, grant))) = (&way.relation.join, &way.between) else { return };
        let alias = aliases.next();
        let on = way.relation.target_columns.iter().zip(&join.far);
        let on = on.map(|(own, far)| (way.target.column(*own), between.column(*far))).collect();
        let scope = self.scope(Ground { table: between, alias, grant }, aliases);
        select.join = Some(JoinFrom { table: between, alias, on, scope });
    }
}
