//! Sort words into an order that is total, and what follows a place in it.

use super::{Alias, ColumnRef, Condition, Operand, OrderTerm, PlanError, Planner, condition::Ground, planner::Aliases};
use crate::{
    Value,
    access::Grant,
    request::{CompareOp, SortKey},
};
use portcullis_schema::{Column, RelationKind, Table};

impl<'s> Planner<'s> {
    /// Resolves the sort keys. The primary key is appended by [`make_total`].
    pub(super) fn order(
        &self,
        ground: Ground<'s, '_>,
        aliases: &mut Aliases,
        sort: &[SortKey],
    ) -> Result<Vec<OrderTerm<'s>>, PlanError> {
        sort.iter()
            .map(|key| {
                let operand = match key.field.split_once('.') {
                    Some((relation, column)) if ground.table.find_column(&key.field).is_none() => {
                        self.related_column(ground, aliases, relation, column)?
                    }
                    _ => match self.computed(ground, &key.field, "sort")? {
                        Some(computed) => Operand::Computed(computed),
                        None => Operand::Column(ColumnRef {
                            alias: ground.alias,
                            column: self.column(ground.table, ground.grant, &key.field, "sort")?,
                        }),
                    },
                };
                check_sortable(&operand)?;
                Ok(OrderTerm { operand, descending: key.descending })
            })
            .collect()
    }

    fn related_column(
        &self,
        ground: Ground<'s, '_>,
        aliases: &mut Aliases,
        relation: &str,
        column: &str,
    ) -> Result<Operand<'s>, PlanError> {
        let way = self.way(ground, relation, "sort")?;
        let relation = way.relation;
        if relation.kind != RelationKind::BelongsTo {
            return Err(PlanError::Invalid {
                code: "invalid_sort",
                message: format!("`{}` leads to many rows; only a belongs-to can be sorted by", relation.json_name),
                place: "sort".to_owned(),
            });
        }
        let hop = self.hop(&way, ground, aliases);
        let column = self.column(hop.target, &way.grant, column, "sort")?;
        Ok(Operand::Related { hop, column })
    }
}

fn check_sortable(operand: &Operand<'_>) -> Result<(), PlanError> {
    let Some(column) = operand.column() else { return Ok(()) };
    if column.ty.is_comparable() {
        return Ok(());
    }
    Err(PlanError::WrongOperation {
        operation: "sort".to_owned(),
        column: column.name.clone(),
        ty: column.ty.word(),
        place: "sort".to_owned(),
    })
}

/// Appends `columns` in so far as they are not in the order yet: ties would make page borders move.
pub(super) fn make_total<'s>(order: &mut Vec<OrderTerm<'s>>, alias: Alias, columns: impl Iterator<Item = &'s Column>) {
    for column in columns {
        let known = order.iter().any(|term| match &term.operand {
            Operand::Column(own) => own.alias == alias && own.column.id == column.id,
            _ => false,
        });
        if !known {
            let operand = Operand::Column(ColumnRef { alias, column });
            order.push(OrderTerm { operand, descending: false });
        }
    }
}

/// The same for whatever rows are grouped by.
pub(super) fn make_total_by<'s>(order: &mut Vec<OrderTerm<'s>>, operands: impl Iterator<Item = Operand<'s>>) {
    for operand in operands {
        if !order.iter().any(|term| term.operand.is(&operand)) {
            order.push(OrderTerm { operand, descending: false });
        }
    }
}

/// The columns that make an order total: the key, or else every column that can be sorted by; of those the caller may
/// read. SEC-40.
pub(super) fn tie_breakers<'s>(table: &'s Table, grant: &Grant) -> Vec<&'s Column> {
    let keyed = !table.primary_key.is_empty();
    let key = table.primary_key.iter().map(|id| table.column(*id));
    let all = table.columns.iter().filter(|column| !keyed && column.ty.is_comparable());
    key.chain(all).filter(|column| grant.reads(column.id)).collect()
}

/// What comes after the row with these values. `nulls_first(descending)` is the engine's habit.
pub(super) fn after<'s>(
    order: &[OrderTerm<'s>],
    values: &[Value],
    nulls_first: impl Fn(bool) -> bool,
) -> Condition<'s> {
    let mut ways = Vec::with_capacity(order.len());
    for (at, (term, value)) in order.iter().zip(values).enumerate() {
        let same = order[..at].iter().zip(values).map(|(term, value)| same(term, value));
        let beyond = beyond(term, value, nulls_first(term.descending));
        ways.push(Condition::all(same.chain([beyond])));
    }
    Condition::any(ways)
}

fn same<'s>(term: &OrderTerm<'s>, value: &Value) -> Condition<'s> {
    match value {
        Value::Null => Condition::Null { left: term.operand.clone(), negated: false },
        value => Condition::Compare { left: term.operand.clone(), op: CompareOp::Eq, value: value.clone() },
    }
}

fn beyond<'s>(term: &OrderTerm<'s>, value: &Value, nulls_first: bool) -> Condition<'s> {
    let left = term.operand.clone();
    match value {
        Value::Null if nulls_first => Condition::Null { left, negated: true },
        Value::Null => Condition::never(),
        value => {
            let op = if term.descending { CompareOp::Lt } else { CompareOp::Gt };
            let further = Condition::Compare { left: left.clone(), op, value: value.clone() };
            let nullable = match &term.operand {
                Operand::Column(column) => column.column.nullable,
                Operand::Related { .. } | Operand::Aggregate(_) | Operand::Computed(_) | Operand::Json { .. } => true,
            };
            if nullable && !nulls_first {
                Condition::Any(vec![further, Condition::Null { left, negated: false }])
            } else {
                further
            }
        }
    }
}
