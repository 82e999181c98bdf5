//! Filter words into conditions over columns that exist.

use super::{
    Alias, ColumnRef, Condition, LikeMode, Operand, PlanError, Planner, computed::PathWords, planner::Aliases,
};
use crate::{
    Json, Value,
    access::Grant,
    convert::Purpose,
    request::{CompareOp, Connective, Expression, LikeOp, Operator, RelationshipWords},
};
use portcullis_schema::{Column, ColumnType, Storage, Table};

/// The longest pattern of a LIKE. Bytes.
/// Source: SQLite, "Implementation Limits", SQLITE_MAX_LIKE_PATTERN_LENGTH; the same on every engine.
const PATTERN_BYTES_MAX: usize = 50_000;

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
        let mut term = |expression: &Expression| self.term(ground, aliases, expression);
        Ok(joined(Connective::And, filter, &mut term)?.unwrap_or_else(Condition::always))
    }

    /// What one term says; `None` where it restricts nothing.
    fn term(
        &self,
        ground: Ground<'s, '_>,
        aliases: &mut Aliases,
        expression: &Expression,
    ) -> Result<Option<Condition<'s>>, PlanError> {
        match expression {
            Expression::Field { place, field, operator, value } => {
                if let Some(computed) = self.computed(ground, field, place)? {
                    let ty = computed.ty.clone();
                    let operand = Operand::Computed(computed);
                    return self
                        .compare_figure(operand, (&ty, Storage::Native), field, *operator, value, place)
                        .map(Some);
                }
                let column = self.column(ground.table, ground.grant, field, place)?;
                self.field(ColumnRef { alias: ground.alias, column }, *operator, value, place).map(Some)
            }
            Expression::Columns { place, field, op, other } => {
                self.columns(ground, (field, *op, other), place).map(Some)
            }
            Expression::Path { place, field, path, of, operator, value } => {
                let words = PathWords { field, path, of: *of, operator: *operator, value, place };
                self.at_path(ground, &words).map(Some)
            }
            Expression::Logical { connective, expressions, .. } => {
                joined(*connective, expressions, &mut |expression| self.term(ground, aliases, expression))
            }
            Expression::Relationship(words) => self.related(ground, aliases, words),
        }
    }

    fn related(
        &self,
        ground: Ground<'s, '_>,
        aliases: &mut Aliases,
        words: &RelationshipWords,
    ) -> Result<Option<Condition<'s>>, PlanError> {
        let way = self.way(ground, &words.relationship, &words.place)?;
        if !words.filters_parent {
            // Nothing comes of these words here, but a slip in them is refused all the same. SEC-53.
            let inner = Ground { table: way.target, alias: 0, grant: &way.grant };
            self.conditions(inner, &mut Aliases::default(), &words.expressions)?;
            return Ok(None);
        }
        let hop = self.hop(&way, ground, aliases);
        let inner = Ground { table: hop.target, alias: hop.to, grant: &way.grant };
        let condition = self.conditions(inner, aliases, &words.expressions)?;
        Ok(Some(Condition::Exists { hop, condition: Box::new(condition) }))
    }

    /// A column against a value.
    pub(super) fn field(
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
            Operator::Array(op) => match self.value(column.column, word, Purpose::Compare, place)? {
                Value::Null => Err(invalid(place, "an array of values is needed, not null")),
                value => Ok(Condition::Array { column, op, value }),
            },
            Operator::JsonContains { turned } => match self.value(column.column, word, Purpose::Compare, place)? {
                Value::Null => Err(invalid(place, "a JSON value other than null is needed")),
                value => Ok(Condition::JsonContains { column, value, turned }),
            },
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

    /// HAVING: a figure against a value of the figure's own type.
    pub(super) fn compare_figure(
        &self,
        operand: Operand<'s>,
        (ty, storage): (&ColumnType, Storage),
        name: &str,
        operator: Operator,
        word: &Json,
        place: &str,
    ) -> Result<Condition<'s>, PlanError> {
        let value = |word: &Json| self.value_as(ty, storage, name, word, Purpose::Compare, place);
        match operator {
            Operator::Null { negated } => null(operand, negated, word, place),
            Operator::Compare(op) => match null_comparison(op, word, place)? {
                Some(negated) => Ok(Condition::Null { left: operand, negated }),
                None => Ok(Condition::Compare { left: operand, op, value: value(word)? }),
            },
            Operator::Between { negated } => match word.as_array() {
                Some([low, high]) if *low != Json::Null && *high != Json::Null => {
                    Ok(Condition::Between { left: operand, low: value(low)?, high: value(high)?, negated })
                }
                _ => Err(invalid(place, format!("`{}` takes an array of two values", operator.name()))),
            },
            Operator::In { negated } => {
                let Some(items) = word.as_array() else { return Err(invalid(place, "an array of values is needed")) };
                let parts = items
                    .iter()
                    .map(|word| match word {
                        Json::Null => Ok(Condition::Null { left: operand.clone(), negated: false }),
                        word => {
                            Ok(Condition::Compare { left: operand.clone(), op: CompareOp::Eq, value: value(word)? })
                        }
                    })
                    .collect::<Result<Vec<_>, PlanError>>()?;
                let any = Condition::any(parts);
                Ok(if negated { any.not() } else { any })
            }
            Operator::Like(op)
                if matches!(ty, ColumnType::Text { .. }) && !matches!(operand, Operand::Aggregate(_)) =>
            {
                let (pattern, mode) = pattern(op, word, place)?;
                Ok(Condition::Matches { left: operand, pattern, mode })
            }
            Operator::Like(_) | Operator::Array(_) | Operator::JsonContains { .. } => Err(PlanError::WrongOperation {
                operation: operator.name().to_owned(),
                column: name.to_owned(),
                ty: ty.word(),
                place: place.to_owned(),
            }),
        }
    }
}

/// Joins terms, leaving out those that restrict nothing; `None` where none is left: an empty group, also under NOT,
/// is no restriction.
pub(super) fn joined<'s>(
    connective: Connective,
    expressions: &[Expression],
    term: &mut dyn FnMut(&Expression) -> Result<Option<Condition<'s>>, PlanError>,
) -> Result<Option<Condition<'s>>, PlanError> {
    let mut parts = Vec::with_capacity(expressions.len());
    for expression in expressions {
        parts.extend(term(expression)?);
    }
    if parts.is_empty() {
        return Ok(None);
    }
    Ok(Some(match connective {
        Connective::And => Condition::all(parts),
        Connective::Or => Condition::any(parts),
        Connective::Not => Condition::all(parts).not(),
    }))
}

/// The operators a column takes, for `/schema`: the list of the native contract, section 4.1.
pub fn operators_of(column: &Column) -> impl Iterator<Item = Operator> {
    let shown = |column: &Column, operator| {
        let boolean = matches!(column.ty, ColumnType::Boolean);
        takes(column, operator) && !(boolean && operator == Operator::In { negated: true })
    };
    Operator::names().filter_map(Operator::from_word).filter(move |operator| shown(column, *operator))
}

fn takes(column: &Column, operator: Operator) -> bool {
    let ty = &column.info.ty;
    match operator {
        Operator::Null { .. } => true,
        Operator::Compare(CompareOp::Eq | CompareOp::Neq) => ty.is_comparable(),
        Operator::In { .. } => ty.is_comparable() && !matches!(ty, ColumnType::Array { .. }),
        Operator::Compare(_) | Operator::Between { .. } => ty.is_ordered(),
        // Sixteen bytes hold no text to look into.
        Operator::Like(_) => ty.is_text() && column.storage != Storage::UuidBytes,
        // What is read as text holds no items to the database.
        Operator::Array(_) => {
            column.storage != Storage::CastText && matches!(ty, ColumnType::Array { item } if item.is_comparable())
        }
        Operator::JsonContains { .. } => matches!(ty, ColumnType::Json),
    }
}

fn check_operator(column: &Column, operator: Operator, place: &str) -> Result<(), PlanError> {
    if takes(column, operator) {
        return Ok(());
    }
    Err(PlanError::WrongOperation {
        operation: operator.name().to_owned(),
        column: column.name.clone(),
        ty: column.ty.word(),
        place: place.to_owned(),
    })
}

pub(super) fn invalid(place: &str, message: impl Into<String>) -> PlanError {
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
    if negated { Condition::all([list, null]) } else { Condition::any([list, null]) }
}

fn like<'s>(column: ColumnRef<'s>, op: LikeOp, word: &Json, place: &str) -> Result<Condition<'s>, PlanError> {
    let (pattern, mode) = pattern(op, word, place)?;
    Ok(Condition::Like { column, pattern, mode })
}

fn pattern(op: LikeOp, word: &Json, place: &str) -> Result<(String, LikeMode), PlanError> {
    let Json::String(text) = word else {
        return Err(invalid(place, format!("a string is needed, not {}", word.kind())));
    };
    if text.contains('\0') {
        return Err(invalid(place, "text without a NUL character is needed"));
    }
    let (pattern, fold, negated) = match op {
        LikeOp::Like | LikeOp::NotLike | LikeOp::Ilike => {
            if text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
                return Err(invalid(place, "the pattern ends in `\\`, which escapes the character after it"));
            }
            (text.clone(), op == LikeOp::Ilike, op == LikeOp::NotLike)
        }
        LikeOp::Contains => (format!("%{}%", escaped(text)), true, false),
        LikeOp::StartsWith => (format!("{}%", escaped(text)), true, false),
        LikeOp::EndsWith => (format!("%{}", escaped(text)), true, false),
    };
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(invalid(
            place,
            format!("a pattern may have {PATTERN_BYTES_MAX} bytes, this one has {}", pattern.len()),
        ));
    }
    Ok((pattern, LikeMode { fold, negated }))
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
