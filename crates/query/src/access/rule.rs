//! A rule over the rows of a table: a filter whose values may be the caller's.

use crate::{
    Json,
    request::{Connective, Expression, Operator, parse_expressions},
};
use portcullis_schema::{ColumnId, Database, Table, TableId, closest};

/// Which rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// All hold; none is every row.
    All(Vec<Rule>),
    /// At least one holds; none is no row.
    Any(Vec<Rule>),
    /// Does not hold.
    Not(Box<Rule>),
    /// A column against a value.
    Field {
        /// The column.
        column: ColumnId,
        /// What is compared.
        operator: Operator,
        /// Against what.
        value: RuleValue,
    },
    /// A related row for which a rule holds.
    Related {
        /// Place of the relationship among those of the table.
        relation: usize,
        /// The rule there.
        rule: Box<Rule>,
    },
}

/// A value of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleValue {
    /// As it is written.
    Literal(Json),
    /// Several.
    List(Vec<RuleValue>),
    /// `$user.id`
    UserId,
    /// `$user.<column>`: a column of the whole users table.
    UserColumn(ColumnId),
    /// `$tenant`
    Tenant,
    /// `$role`: any of the caller's roles.
    Role,
    /// `$now`, `$now-7d`: the moment of the request, shifted.
    Now {
        /// By how many seconds.
        shift_s: i64,
    },
}

/// What a rule is read against.
#[derive(Clone, Copy)]
pub struct RuleGround<'s> {
    /// The served tables.
    pub database: &'s Database,
    /// The whole users table, for `$user.<column>`.
    pub users: Option<&'s Table>,
}

impl RuleGround<'_> {
    /// Reads a rule: one expression of the filter grammar, or a list of them joined by AND.
    ///
    /// # Errors
    ///
    /// What was wrong and what would be right.
    pub fn read(&self, table: TableId, words: &Json) -> Result<Rule, String> {
        let list = match words {
            Json::Array(_) => words.clone(),
            Json::Object(members) if matches!(members.as_slice(), [(key, _)] if key == "expressions") => {
                members[0].1.clone()
            }
            one => Json::Array(vec![one.clone()]),
        };
        let expressions = parse_expressions(&list, "").map_err(|error| error.message)?;
        if expressions.is_empty() {
            return Err("the condition is empty".to_owned());
        }
        self.all(table, &expressions, 0)
    }

    /// Reads a value: a text that begins with `$` is one of the variables, `$$` stands for `$`.
    ///
    /// # Errors
    ///
    /// There is no such variable.
    pub fn value(&self, word: &Json) -> Result<RuleValue, String> {
        match word {
            Json::String(text) => match text.strip_prefix('$') {
                None => Ok(RuleValue::Literal(word.clone())),
                Some(rest) if rest.starts_with('$') => Ok(RuleValue::Literal(Json::String(rest.to_owned()))),
                Some(name) => self.variable(name),
            },
            Json::Array(items) => {
                Ok(RuleValue::List(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?))
            }
            other => Ok(RuleValue::Literal(other.clone())),
        }
    }

    fn variable(&self, name: &str) -> Result<RuleValue, String> {
        match name {
            "user.id" => Ok(RuleValue::UserId),
            "tenant" => Ok(RuleValue::Tenant),
            "role" => Ok(RuleValue::Role),
            "now" => Ok(RuleValue::Now { shift_s: 0 }),
            other if other.starts_with("now+") || other.starts_with("now-") => {
                let wrong = || format!("`${other}` is no moment; write `$now-7d`, with s, m, h, d or w");
                shift_s(&other[3..]).map(|shift_s| RuleValue::Now { shift_s }).ok_or_else(wrong)
            }
            other => {
                let unknown =
                    || format!("no variable `${other}`; known are $user.id, $user.<column>, $tenant, $role and $now");
                let word = other.strip_prefix("user.").ok_or_else(unknown)?;
                let users = self.users.ok_or("`$user.<column>` needs a mapped users table")?;
                users.column_by_name(word).map(|column| RuleValue::UserColumn(column.id)).ok_or_else(|| {
                    let near = closest(word, users.columns.iter().map(|column| column.name.as_str()));
                    format!("table `{}` has no column `{word}`{}", users.name, hint(near))
                })
            }
        }
    }

    fn all(&self, table: TableId, expressions: &[Expression], depth: usize) -> Result<Rule, String> {
        if depth > 8 {
            return Err("the condition nests too deep".to_owned());
        }
        let parts = expressions.iter().map(|expression| self.one(table, expression, depth));
        Ok(Rule::All(parts.collect::<Result<_, _>>()?))
    }

    fn one(&self, id: TableId, expression: &Expression, depth: usize) -> Result<Rule, String> {
        let table = self.database.table(id);
        match expression {
            Expression::Field { field, operator, value, .. } => {
                let column = table.column_by_name(field).ok_or_else(|| {
                    let near = closest(field, table.columns.iter().map(|column| column.name.as_str()));
                    format!("table `{}` has no column `{field}`{}", table.name, hint(near))
                })?;
                Ok(Rule::Field { column: column.id, operator: *operator, value: self.value(value)? })
            }
            Expression::Columns { .. } | Expression::Path { .. } => {
                Err("a rule compares a column with a value or a variable".to_owned())
            }
            Expression::Logical { connective, expressions, .. } if expressions.is_empty() => {
                Err(format!("`{connective:?}` joins no expressions"))
            }
            Expression::Logical { connective, expressions, .. } => {
                let all = self.all(id, expressions, depth + 1)?;
                Ok(match (connective, all) {
                    (Connective::Or, Rule::All(parts)) => Rule::Any(parts),
                    (Connective::Not, all) => Rule::Not(Box::new(all)),
                    (_, all) => all,
                })
            }
            Expression::Relationship(words) => {
                if words.include || words.aggregations.is_some() || !words.filters_parent {
                    return Err("a condition names a relationship to filter by, and embeds nothing".to_owned());
                }
                let place = table
                    .relations
                    .iter()
                    .position(|relation| {
                        relation.json_name == words.relationship || relation.name == words.relationship
                    })
                    .ok_or_else(|| {
                        let near = closest(
                            &words.relationship,
                            table.relations.iter().map(|relation| relation.json_name.as_str()),
                        );
                        format!("table `{}` has no relationship `{}`{}", table.name, words.relationship, hint(near))
                    })?;
                let rule = self.all(table.relations[place].target, &words.expressions, depth + 1)?;
                Ok(Rule::Related { relation: place, rule: Box::new(rule) })
            }
        }
    }
}

/// `+7d`, `-30m` in seconds; at most some three thousand years.
fn shift_s(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let unit_s = match rest.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let count: i64 = rest[..rest.len() - 1].parse().ok().filter(|count| (0..=100_000_000_000).contains(count))?;
    count.checked_mul(unit_s).filter(|shift| *shift <= 100_000_000_000).map(|shift| sign * shift)
}

pub(super) fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl Rule {
    /// The columns of the users table that the rule asks for.
    pub fn user_columns(&self, found: &mut Vec<ColumnId>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.user_columns(found)),
            Self::Not(inner) => inner.user_columns(found),
            Self::Related { rule, .. } => rule.user_columns(found),
            Self::Field { value, .. } => value.user_columns(found),
        }
    }
}

impl RuleValue {
    /// The columns of the users table that the value is of.
    pub fn user_columns(&self, found: &mut Vec<ColumnId>) {
        match self {
            Self::UserColumn(column) if !found.contains(column) => found.push(*column),
            Self::List(items) => items.iter().for_each(|item| item.user_columns(found)),
            _ => {}
        }
    }
}
