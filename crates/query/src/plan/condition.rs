//! Filter words into conditions over columns that exist.

use super::{Alias, ColumnRef, Condition, Hop, LikeMode, Operand, PlanError, Planner, planner::Aliases};
use crate::{
    Json, Value,
    access::Grant,
    convert::Purpose,
    request::{CompareOp, Connective, Expression, LikeOp, Operator, RelationshipWords},
};
use portcullis_schema::{Column, ColumnType, Storage, Table};

/// What a filter is resolved against: a table under a name, and the right to read it.
#[derive(Clone, Copy)]
pub(super) struct Ground<'s, 'g> {
    pub table: &'s Table,
    pub alias: Alias,
    pub grant: &'g Grant,
}

impl<'s> Planner<'s> {
    /// Resolves terms joined by AND.
    pub(super) fn conditions(
        &self,
        ground: Ground<'s, '_>,
        aliases: &mut Aliases,
        filter: &[Expression],
    ) -> Result<Condition<'s>, PlanError> {
        let mut parts = Vec::with_capacity(filter.len());
        for expression in filter {
            let part = self.condition(ground, aliases, expression)?;
            if !part.is_always() {
                parts.push(part);
            }
        }
        Ok(match parts.len() {
            1 => parts.swap_remove(0),
            _ => Condition::All(parts),
        })
    }

    fn condition(
        &self,
        ground: Ground<'s, '_>,
        aliases: &mut Aliases,
        expression: &Expression,
    ) -> Result<Condition<'s>, PlanError> {
        match expression {
            Expression::Field { place, field, operator, value } => {
                let column = self.column(ground.table, ground.grant, field, place)?;
                self.field(ColumnRef { alias: ground.alias, column }, *operator, value, place)
            }
            Expression::Logical { connective: Connective::And, expressions, .. } => {
                self.conditions(ground, aliases, expressions)
            }
            Expression::Logical { connective: Connective::Not, expressions, .. } => {
                Ok(Condition::Not(Box::new(self.conditions(ground, aliases, expressions)?)))
            }
            Expression::Logical { connective: Connective::Or, expressions, .. } => {
                let parts: Vec<_> = expressions
                    .iter()
                    .map(|expression| self.condition(ground, aliases, expression))
                    .collect::<Result<_, _>>()?;
                // An empty OR is no restriction, like an empty filter.
                Ok(if parts.is_empty() { Condition::always() } else { Condition::Any(parts) })
            }
            Expression::Relationship(words) => self.related(ground, aliases, words),
        }
    }

    fn related(
        &self,
        ground: Ground<'s, '_>,
        aliases: &mut Aliases,
        words: &RelationshipWords,
    ) -> Result<Condition<'s>, PlanError> {
        let relation = self.relation(ground.table, &words.relationship, &words.place)?;
        let grant = self.hop_grant(relation)?;
        if !words.filters_parent {
            return Ok(Condition::always());
        }
        let hop = self.hop(relation, ground, aliases);
        let inner = Ground { table: hop.target, alias: hop.to, grant: &grant };
        let condition = self.conditions(inner, aliases, &words.expressions)?;
        Ok(Condition::Exists { hop, condition: Box::new(condition) })
    }

    /// A step along a relationship, with fresh names.
    pub(super) fn hop(
        &self,
        relation: &'s portcullis_schema::Relation,
        from: Ground<'s, '_>,
        aliases: &mut Aliases,
    ) -> Hop<'s> {
        Hop {
            relation,
            from: from.alias,
            source: from.table,
            to: aliases.next(),
            target: self.database.table(relation.target),
            join: relation.join.as_ref().map(|join| (self.database.table(join.table), aliases.next())),
        }
    }

    fn field(
        &self,
        column: ColumnRef<'s>,
        operator: Operator,
        word: &Json,
        place: &str,
    ) -> Result<Condition<'s>, PlanError> {
        check_operator(column.column, operator, place)?;
        let operand = Operand::Column(column);
        match operator {
            Operator::Null { negated } => null(operand, negated, word, place),
            Operator::Compare(op) => match null_comparison(op, word, place)? {
                Some(negated) => Ok(Condition::Null { left: operand, negated }),
                None => {
                    let value = self.value(column.column, word, Purpose::Compare, place)?;
                    Ok(Condition::Compare { left: operand, op, value })
                }
            },
            Operator::Like(op) => like(column, op, word, place),
            Operator::In { negated } => {
                let values = self.values(column.column, word, place)?;
                let nulls = values.iter().any(Value::is_null);
                let values: Vec<_> = values.into_iter().filter(|value| !value.is_null()).collect();
                Ok(in_list(column, values, nulls, negated))
            }
            Operator::Between { negated } => match self.values(column.column, word, place)?.as_slice() {
                [low, high] if !low.is_null() && !high.is_null() => {
                    Ok(Condition::Between { left: operand, low: low.clone(), high: high.clone(), negated })
                }
                _ => Err(invalid(place, format!("`{}` takes an array of two values", operator.name()))),
            },
        }
    }

    fn values(&self, column: &Column, word: &Json, place: &str) -> Result<Vec<Value>, PlanError> {
        let Json::Array(items) = word else {
            return Err(invalid(place, format!("an array of values is needed, not {}", word.kind())));
        };
        items.iter().map(|item| self.value(column, item, Purpose::Compare, place)).collect()
    }

    /// HAVING: a comparison with something that has a type of its own.
    pub(super) fn compare_operand(
        &self,
        operand: Operand<'s>,
        ty: &ColumnType,
        name: &str,
        operator: Operator,
        word: &Json,
        place: &str,
    ) -> Result<Condition<'s>, PlanError> {
        let value = |word: &Json| self.value_as(ty, Storage::Native, name, word, Purpose::Compare, place);
        match operator {
            Operator::Null { negated } => null(operand, negated, word, place),
            Operator::Compare(op) => match null_comparison(op, word, place)? {
                Some(negated) => Ok(Condition::Null { left: operand, negated }),
                None => Ok(Condition::Compare { left: operand, op, value: value(word)? }),
            },
            Operator::Between { negated } => match word.as_array() {
                Some([low, high]) => {
                    Ok(Condition::Between { left: operand, low: value(low)?, high: value(high)?, negated })
                }
                _ => Err(invalid(place, format!("`{}` takes an array of two values", operator.name()))),
            },
            Operator::In { negated } => {
                let Some(items) = word.as_array() else { return Err(invalid(place, "an array of values is needed")) };
                let parts = items
                    .iter()
                    .map(|word| {
                        Ok(Condition::Compare { left: operand.clone(), op: CompareOp::Eq, value: value(word)? })
                    })
                    .collect::<Result<Vec<_>, PlanError>>()?;
                let any = Condition::Any(parts);
                Ok(if negated { Condition::Not(Box::new(any)) } else { any })
            }
            Operator::Like(_) => Err(PlanError::WrongOperation {
                operation: operator.name().to_owned(),
                column: name.to_owned(),
                ty: ty.word(),
                place: place.to_owned(),
            }),
        }
    }
}

/// Canonical names of the operators a column takes, for `/schema` and for the check.
pub fn operators_of(column: &Column) -> impl Iterator<Item = Operator> {
    let ty = &column.info.ty;
    Operator::names().filter_map(Operator::from_word).filter(move |operator| takes(ty, *operator))
}

fn takes(ty: &ColumnType, operator: Operator) -> bool {
    match operator {
        Operator::Null { .. } => true,
        Operator::Compare(CompareOp::Eq | CompareOp::Neq) => ty.is_comparable(),
        Operator::In { .. } => ty.is_comparable() && !matches!(ty, ColumnType::Array { .. }),
        Operator::Compare(_) | Operator::Between { .. } => ty.is_ordered(),
        Operator::Like(_) => ty.is_text(),
    }
}

fn check_operator(column: &Column, operator: Operator, place: &str) -> Result<(), PlanError> {
    if takes(&column.ty, operator) {
        return Ok(());
    }
    Err(PlanError::WrongOperation {
        operation: operator.name().to_owned(),
        column: column.name.clone(),
        ty: column.ty.word(),
        place: place.to_owned(),
    })
}

fn invalid(place: &str, message: impl Into<String>) -> PlanError {
    PlanError::Invalid { code: "invalid_filter", message: message.into(), place: place.to_owned() }
}

/// `eq null` and `neq null` mean IS [NOT] NULL; other comparisons with null mean nothing.
fn null_comparison(op: CompareOp, word: &Json, place: &str) -> Result<Option<bool>, PlanError> {
    match (op, word) {
        (CompareOp::Eq, Json::Null) => Ok(Some(false)),
        (CompareOp::Neq, Json::Null) => Ok(Some(true)),
        (_, Json::Null) => Err(invalid(place, "only eq and neq compare with null")),
        _ => Ok(None),
    }
}

fn null<'s>(left: Operand<'s>, negated: bool, word: &Json, place: &str) -> Result<Condition<'s>, PlanError> {
    let turned = match word {
        Json::Null | Json::Bool(true) => false,
        Json::Bool(false) => true,
        other => return Err(invalid(place, format!("isnull takes no value, true or false, not {}", other.kind()))),
    };
    Ok(Condition::Null { left, negated: negated != turned })
}

fn in_list<'s>(column: ColumnRef<'s>, values: Vec<Value>, nulls: bool, negated: bool) -> Condition<'s> {
    let list = if values.is_empty() {
        if negated { Condition::always() } else { Condition::never() }
    } else {
        Condition::In { column, values, negated }
    };
    if !nulls {
        return list;
    }
    // A null in the list means NULL itself, not SQL's "unknown" that would make NOT IN match nothing.
    let null = Condition::Null { left: Operand::Column(column), negated };
    if negated { Condition::All(vec![list, null]) } else { Condition::Any(vec![list, null]) }
}

fn like<'s>(column: ColumnRef<'s>, op: LikeOp, word: &Json, place: &str) -> Result<Condition<'s>, PlanError> {
    let Json::String(text) = word else {
        return Err(invalid(place, format!("a string is needed, not {}", word.kind())));
    };
    let (pattern, fold, negated) = match op {
        LikeOp::Like | LikeOp::NotLike | LikeOp::Ilike => {
            if (text.len() - text.trim_end_matches('\\').len()) % 2 == 1 {
                return Err(invalid(place, "the pattern ends in `\\`, which escapes the character after it"));
            }
            (text.clone(), op == LikeOp::Ilike, op == LikeOp::NotLike)
        }
        LikeOp::Contains => (format!("%{}%", escaped(text)), true, false),
        LikeOp::StartsWith => (format!("{}%", escaped(text)), true, false),
        LikeOp::EndsWith => (format!("%{}", escaped(text)), true, false),
    };
    Ok(Condition::Like { column, pattern, mode: LikeMode { fold, negated } })
}

/// SEC-49: the metacharacters of LIKE stand for themselves.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
