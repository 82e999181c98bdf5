//! Row keys as a path names them.

use super::{ColumnRef, Condition, Operand, PlanError, Planner};
use crate::{Json, Value, access::Action, convert::Purpose, request::CompareOp};
use portcullis_schema::{ColumnType, Table};

/// Splits a decoded path segment at `,`; inside a value `\,` and `\\` stand for themselves.
pub fn split_key(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ',' => parts.push(String::new()),
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                if !matches!(escaped, ',' | '\\')
                    && let Some(part) = parts.last_mut()
                {
                    part.push('\\');
                }
                if let Some(part) = parts.last_mut() {
                    part.push(escaped);
                }
            }
            c => {
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
        }
    }
    parts
}

/// The values of a key as a path gives it, in key order.
///
/// # Errors
///
/// [`PlanError::NoKey`], also where the caller may not read the key: asking by it would tell its values (SEC-40); or
/// [`PlanError::NoSuchKey`] where no row can have such a key.
pub fn parse_key(planner: &Planner<'_>, table: &Table, text: &str) -> Result<Vec<Value>, PlanError> {
    let no_such = || PlanError::NoSuchKey { table: table.name.clone(), key: text.to_owned() };
    let hidden = planner
        .grant(Action::Read, table)
        .is_ok_and(|grant| !table.primary_key.iter().all(|column| grant.reads(*column)));
    if table.primary_key.is_empty() || hidden {
        return Err(PlanError::NoKey { table: table.name.clone() });
    }
    let parts = match table.primary_key.len() {
        // A key of one column may hold commas as they are.
        1 if !text.contains('\\') => vec![text.to_owned()],
        _ => split_key(text),
    };
    if parts.len() != table.primary_key.len() {
        return Err(no_such());
    }
    table
        .primary_key
        .iter()
        .zip(parts)
        .map(|(id, part)| {
            let column = table.column(*id);
            // A list stands there as it stands in the row.
            let word = match &column.ty {
                ColumnType::Array { .. } => Json::parse(part.as_bytes()).map_err(|_| no_such())?,
                _ => Json::String(part),
            };
            planner.value(column, &word, Purpose::Compare, "id").map_err(|_| no_such())
        })
        .collect()
}

/// The row with this primary key.
pub(super) fn key_condition<'s>(table: &'s Table, key: &[Value]) -> Condition<'s> {
    let parts = table
        .primary_key
        .iter()
        .zip(key)
        .map(|(id, value)| Condition::Compare {
            left: Operand::Column(ColumnRef { alias: 0, column: table.column(*id) }),
            op: CompareOp::Eq,
            value: value.clone(),
        })
        .collect();
    Condition::All(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composite_keys_split_at_bare_commas() {
        assert_eq!(split_key("1,2"), ["1", "2"]);
        assert_eq!(split_key(r"a\,b,c\\,d\e"), ["a,b", r"c\", r"d\e"]);
        assert_eq!(split_key(""), [""]);
    }
}
