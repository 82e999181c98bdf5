//! Which relationships a caller may walk.

use super::{PlanError, Planner, condition::Ground};
use crate::access::{Action, Grant};
use portcullis_schema::{ColumnId, Relation, RelationKind};

impl<'s> Planner<'s> {
    /// The relationship a request means, and the right to read its far end. SEC-38.
    ///
    /// # Errors
    ///
    /// The caller may not read the far end or the table between. A relationship over foreign key columns the caller may
    /// not read is an unknown one: through it their values could be asked for. SEC-40.
    pub(super) fn way(
        &self,
        ground: Ground<'s, '_>,
        word: &str,
        place: &str,
    ) -> Result<(&'s Relation, Grant), PlanError> {
        let relation = self.relation(ground.table, word, place)?;
        let grant = self.hop_grant(relation)?;
        let reads = |grant: &Grant, columns: &[ColumnId]| columns.iter().all(|column| grant.reads(*column));
        let visible = match (&relation.join, relation.kind) {
            (Some(join), _) => {
                let between = self.grant(Action::Read, self.database.table(join.table))?;
                reads(&between, &join.near) && reads(&between, &join.far)
            }
            (None, RelationKind::BelongsTo) => reads(ground.grant, &relation.columns),
            (None, _) => reads(&grant, &relation.target_columns),
        };
        if visible {
            return Ok((relation, grant));
        }
        Err(PlanError::UnknownRelationship {
            table: ground.table.name.clone(),
            relationship: word.to_owned(),
            suggestion: None,
            place: place.to_owned(),
        })
    }
}
