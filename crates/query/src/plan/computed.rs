//! What is made of columns: functions such as `year(placed_at)`, places inside JSON documents, and two columns compared.

use super::{
    ColumnRef, Computed, Condition, JsonKind, Operand, PlanError, Planner,
    condition::{Ground, invalid},
};
use crate::{
    Json,
    request::{ColumnFunction, CompareOp, JsonOf, Operator},
};
use portcullis_schema::{Column, ColumnType, Storage};

/// Keys of a place in a JSON document at most.
const KEYS_MAX: usize = 16;
/// The types a place in a JSON document can have.
const JSON_TYPES: [&str; 6] = ["object", "array", "string", "number", "boolean", "null"];

/// A place inside of a JSON column, in words.
pub(super) struct PathWords<'w> {
    pub field: &'w str,
    pub path: &'w [String],
    pub of: JsonOf,
    pub operator: Operator,
    pub value: &'w Json,
    pub place: &'w str,
}

impl<'s> Planner<'s> {
    /// The function of a column that a word means; `None` where a column is called so, or the word is no call.
    pub(super) fn computed(
        &self,
        ground: Ground<'s, '_>,
        word: &str,
        place: &str,
    ) -> Result<Option<Computed<'s>>, PlanError> {
        if !word.ends_with(')') || ground.grant.readable_column(ground.table, word).is_some() {
            return Ok(None);
        }
        let Some((function, column)) = ColumnFunction::call(word) else { return Ok(None) };
        let column = self.column(ground.table, ground.grant, column, place)?;
        let Some(ty) = result_of(function, column) else {
            return Err(PlanError::WrongOperation {
                operation: function.name().to_owned(),
                column: column.name.clone(),
                ty: column.ty.word(),
                place: place.to_owned(),
            });
        };
        Ok(Some(Computed { function, column: ColumnRef { alias: ground.alias, column }, ty }))
    }

    /// Two columns, or functions of them, compared with each other.
    pub(super) fn columns(
        &self,
        ground: Ground<'s, '_>,
        (field, op, other): (&str, CompareOp, &str),
        place: &str,
    ) -> Result<Condition<'s>, PlanError> {
        let side = |word: &str| match self.computed(ground, word, place)? {
            Some(computed) => {
                let (name, ty) = (computed.function.of(&computed.column.column.name), computed.ty.clone());
                Ok::<_, PlanError>((Operand::Computed(computed), name, ty, Storage::Native))
            }
            None => {
                let column = self.column(ground.table, ground.grant, word, place)?;
                let operand = Operand::Column(ColumnRef { alias: ground.alias, column });
                Ok((operand, column.name.clone(), column.ty.clone(), column.storage))
            }
        };
        let (left, name, ty, storage) = side(field)?;
        let (right, other, other_ty, other_storage) = side(other)?;
        if !alike((&ty, storage), (&other_ty, other_storage)) {
            let words = (ty.word(), other_ty.word());
            let message =
                format!("`{name}` ({}) and `{other}` ({}) cannot be compared with each other", words.0, words.1);
            return Err(PlanError::Invalid { code: "invalid_operator", message, place: place.to_owned() });
        }
        Ok(Condition::CompareTo { left, op, right })
    }

    /// A place inside of a JSON column against a value.
    pub(super) fn at_path(&self, ground: Ground<'s, '_>, words: &PathWords<'_>) -> Result<Condition<'s>, PlanError> {
        let place = words.place;
        let column = self.column(ground.table, ground.grant, words.field, place)?;
        if !matches!(column.ty, ColumnType::Json) {
            return Err(PlanError::WrongOperation {
                operation: "path".to_owned(),
                column: column.name.clone(),
                ty: column.ty.word(),
                place: place.to_owned(),
            });
        }
        check_path(words)?;
        let at =
            |kind| Operand::Json { column: ColumnRef { alias: ground.alias, column }, path: words.path.to_vec(), kind };
        let name = [std::slice::from_ref(&column.name), words.path].concat().join(".");
        let compare = |kind: JsonKind, operator| {
            let ty = kind.ty();
            self.compare_figure(at(kind), (&ty, Storage::Native), &name, operator, words.value, place)
        };
        let known = || Condition::Null { left: at(JsonKind::Any), negated: true };
        match (words.of, words.operator) {
            (JsonOf::Type, operator) => {
                check_type_words(operator, words.value, place)?;
                compare(JsonKind::Type, operator)
            }
            (JsonOf::Length, operator) => compare(JsonKind::Length, operator),
            (JsonOf::Value, Operator::Null { .. } | Operator::Like(_)) => {
                let null = matches!(words.operator, Operator::Null { .. });
                compare(if null { JsonKind::Any } else { JsonKind::Text }, words.operator)
            }
            (JsonOf::Value, Operator::Compare(CompareOp::Eq | CompareOp::Neq)) if matches!(words.value, Json::Null) => {
                compare(JsonKind::Any, words.operator)
            }
            // A value of another type is not equal either: what is turned round is told of the whole.
            (JsonOf::Value, Operator::Compare(CompareOp::Neq)) => {
                let kind = kind_of(words.value, place)?;
                let same = compare(kind, Operator::Compare(CompareOp::Eq))?;
                let typed = Condition::Null { left: at(kind), negated: true };
                Ok(Condition::all([known(), Condition::all([typed, same]).not()]))
            }
            (JsonOf::Value, Operator::In { negated: true }) => {
                let kind = kind_of(words.value, place)?;
                let among = compare(kind, Operator::In { negated: false })?;
                let typed = Condition::Null { left: at(kind), negated: true };
                Ok(Condition::all([known(), Condition::all([typed, among]).not()]))
            }
            (JsonOf::Value, operator) => compare(kind_of(words.value, place)?, operator),
        }
    }
}

/// The type of what a function makes of a column; `None` where it does not apply.
fn result_of(function: ColumnFunction, column: &Column) -> Option<ColumnType> {
    use ColumnFunction as F;
    let ty = &column.ty;
    let day = matches!(ty, ColumnType::Date | ColumnType::DateTime { .. });
    let hour = matches!(ty, ColumnType::DateTime { .. } | ColumnType::Time { zone: false });
    let fits = match function {
        F::Year | F::Quarter | F::Month | F::Week | F::Day | F::Weekday | F::Yearday | F::Date => day,
        F::Hour | F::Minute | F::Second | F::Time => hour,
        F::Text => {
            let text = matches!(ty, ColumnType::Integer { .. } | ColumnType::Text { .. } | ColumnType::Enum { .. });
            text || (matches!(ty, ColumnType::Uuid) && column.storage != Storage::UuidBytes)
        }
    };
    fits.then_some(match function {
        F::Date => ColumnType::Date,
        F::Time => ColumnType::Time { zone: false },
        F::Text => ColumnType::Text { max_chars: None },
        _ => ColumnType::Integer { bits: 64, signed: true },
    })
}

/// Whether values of both compare on every engine as one expects.
fn alike(one: (&ColumnType, Storage), two: (&ColumnType, Storage)) -> bool {
    use ColumnType as T;
    match (one.0, two.0) {
        (T::Text { .. }, T::Text { .. }) | (T::Boolean, T::Boolean) | (T::Date, T::Date) => true,
        (a, b) if a.is_numeric() && b.is_numeric() => true,
        (T::Uuid, T::Uuid) => one.1 == two.1,
        (T::DateTime { .. }, T::DateTime { .. }) | (T::Time { .. }, T::Time { .. }) => one == two,
        _ => false,
    }
}

fn check_path(words: &PathWords<'_>) -> Result<(), PlanError> {
    if words.path.is_empty() && words.of == JsonOf::Value {
        return Err(invalid(words.place, "`path` names at least one key; use jsoncontains for the whole document"));
    }
    if words.path.len() > KEYS_MAX {
        return Err(invalid(words.place, format!("`path` has at most {KEYS_MAX} keys")));
    }
    // Engines disagree about how these are written in a path.
    let odd = |key: &String| key.is_empty() || key.chars().any(|c| matches!(c, '"' | '\\') || c.is_control());
    if words.path.iter().any(odd) {
        return Err(invalid(
            words.place,
            "a key of `path` is a text without quotes, backslashes and control characters",
        ));
    }
    Ok(())
}

fn check_type_words(operator: Operator, value: &Json, place: &str) -> Result<(), PlanError> {
    let wrong = || invalid(place, format!("the type is one of {}", JSON_TYPES.join(", ")));
    let known = |word: &Json| word.as_str().is_some_and(|word| JSON_TYPES.contains(&word));
    match (operator, value) {
        (Operator::Null { .. }, _) => Ok(()),
        (Operator::Compare(CompareOp::Eq | CompareOp::Neq), word) if known(word) => Ok(()),
        (Operator::In { .. }, Json::Array(words)) if words.iter().all(known) => Ok(()),
        _ => Err(wrong()),
    }
}

/// What kind of value is looked for; all values of a list are of one kind.
fn kind_of(value: &Json, place: &str) -> Result<JsonKind, PlanError> {
    let one = |value: &Json| match value {
        Json::String(_) => Ok(JsonKind::Text),
        Json::Number(_) => Ok(JsonKind::Number),
        Json::Bool(_) => Ok(JsonKind::Boolean),
        other => Err(invalid(place, format!("a text, a number, true or false is needed, not {}", other.kind()))),
    };
    let Json::Array(items) = value else { return one(value) };
    let mut kinds = items.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    kinds.dedup();
    match kinds.as_slice() {
        [] => Ok(JsonKind::Text),
        [kind] => Ok(*kind),
        _ => Err(invalid(place, "the values of the list are of one type")),
    }
}
