//! What a permission row says, in the words of a role's rule: `conditions`, `fields`, `defaultValues`.
//!
//! Variables become those of our rules; one that cannot have a value is refused when the row is written.

use super::{
    filter,
    variables::{Mark, Variables, shift_s},
};
use portcullis_query::{
    Json,
    request::{Connective, Expression, Operator, RequestError},
};
use portcullis_schema::Table;

/// What a permission row is read against.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The whole users table, for `$CURRENT_USER.<field>`.
    pub users: Option<&'a Table>,
    /// The id of the row's role, for `$CURRENT_ROLE`.
    pub role: &'a str,
}

/// Columns a permission is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// Every one.
    All,
    /// These.
    Some(Vec<String>),
}

impl Ground<'_> {
    /// `conditions` as a filter of ours; nothing for an empty one.
    ///
    /// # Errors
    ///
    /// What is not in the grammar, or has no place in a rule.
    pub fn condition(&self, words: Option<&Json>) -> Result<Option<Json>, RequestError> {
        let words = match words {
            None | Some(Json::Null) => return Ok(None),
            Some(Json::Object(members)) if members.is_empty() => return Ok(None),
            Some(Json::String(text)) => &Json::parse(text.as_bytes())
                .map_err(|error| RequestError::filter("conditions", format!("`conditions` is no JSON: {error}")))?,
            Some(words) => words,
        };
        let lookup = |name: &str| self.variable(name);
        let expressions = filter::parse(words, &Variables::kept(&lookup), "conditions")?;
        expressions.iter().map(native).collect::<Result<_, _>>().map(|all| Some(Json::Array(all)))
    }

    /// `defaultValues` as the values of a rule.
    ///
    /// # Errors
    ///
    /// Not an object, or a variable that has no value.
    pub fn defaults(&self, words: Option<&Json>) -> Result<Vec<(String, Json)>, RequestError> {
        let members = match words {
            None | Some(Json::Null) => return Ok(Vec::new()),
            Some(Json::Object(members)) => members,
            Some(_) => return Err(RequestError::filter("defaultValues", "`defaultValues` is an object")),
        };
        let lookup = |name: &str| self.variable(name);
        let variables = Variables::kept(&lookup);
        let value = |(name, word): &(String, Json)| {
            let place = format!("defaultValues/{name}");
            Ok((name.clone(), spelled(&variables.mark(word, &place)?)))
        };
        members.iter().map(value).collect()
    }

    /// The variable of ours behind a name such as `CURRENT_USER.email`.
    fn variable(&self, name: &str) -> Option<Mark> {
        let ours = |name: &str| Some(Mark::Variable(name.to_owned()));
        match name {
            "NOW" => ours("now"),
            "CURRENT_TENANT" | "CURRENT_TENANT.id" | "CURRENT_USER.tenant_Id" => ours("tenant"),
            "CURRENT_USER" | "CURRENT_USER.id" => ours("user.id"),
            "CURRENT_ROLE" | "CURRENT_ROLE.id" => Some(Mark::Value(Json::String(self.role.to_owned()))),
            "CURRENT_ROLE.name" => ours("role"),
            other if other.starts_with("NOW") => {
                let shift = shift_s(&other[3..])?;
                Some(Mark::Variable(format!("now{}{}s", if shift < 0 { '-' } else { '+' }, shift.unsigned_abs())))
            }
            other => {
                let field = other.strip_prefix("CURRENT_USER.")?;
                let column = self.users?.find_column(field).filter(|column| !column.secret)?;
                ours(&format!("user.{}", column.name))
            }
        }
    }
}

/// `"*"`, a list, or text with commas. Paths along relationships are decided by the permissions of the other end.
///
/// # Errors
///
/// Neither text nor a list of texts.
pub fn columns(words: Option<&Json>) -> Result<Columns, RequestError> {
    let wrong = || RequestError::filter("fields", "`fields` is \"*\", a list of names, or names with commas");
    let words: Vec<String> = match words {
        None | Some(Json::Null) => return Ok(Columns::Some(Vec::new())),
        Some(Json::String(text)) if text.trim_start().starts_with('[') => {
            return columns(Some(&Json::parse(text.as_bytes()).map_err(|_| wrong())?));
        }
        Some(Json::String(text)) => text.split(',').map(|word| word.trim().to_owned()).collect(),
        Some(Json::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(wrong()),
    };
    if words.iter().any(|word| matches!(word.as_str(), "*" | "**" | "*.*" | "*.**")) {
        return Ok(Columns::All);
    }
    Ok(Columns::Some(words.into_iter().filter(|word| !word.is_empty() && !word.contains('.')).collect()))
}

/// An expression in the grammar of our rules.
fn native(expression: &Expression) -> Result<Json, RequestError> {
    let member = |name: &str, value: Json| (name.to_owned(), value);
    let text = |text: &str| Json::String(text.to_owned());
    let all = |expressions: &[Expression]| expressions.iter().map(native).collect::<Result<_, _>>().map(Json::Array);
    Ok(Json::Object(match expression {
        Expression::Field { place, field, operator, value } => {
            let listed = matches!(operator, Operator::In { .. } | Operator::Between { .. });
            if listed && !matches!(value, Json::Array(_)) {
                return Err(RequestError::filter(place, format!("`{}` takes a list", operator.name())));
            }
            // A variable would be one document among others.
            let document = matches!(operator, Operator::JsonContains { .. });
            if document && matches!(value, Json::Object(members) if Mark::of(members).is_some()) {
                return Err(RequestError::filter(place, "a document of a permission holds no variable"));
            }
            let mut members = vec![member("field", text(field)), member("operator", text(operator.name()))];
            if !matches!(operator, Operator::Null { .. }) {
                members.push(member("value", spelled(value)));
            }
            members
        }
        Expression::Columns { place, .. } | Expression::Path { place, .. } => {
            let message = "a permission compares a column with a value or a variable, not with another column and not \
                           inside of a JSON document";
            return Err(RequestError::filter(place, message));
        }
        Expression::Logical { connective, expressions, .. } => {
            let word = match connective {
                Connective::And => "AND",
                Connective::Or => "OR",
                Connective::Not => "NOT",
            };
            vec![member("operator", text(word)), member("expressions", all(expressions)?)]
        }
        Expression::Relationship(words) => {
            vec![member("relationship", text(&words.relationship)), member("expressions", all(&words.expressions)?)]
        }
    }))
}

/// A value as our rules spell it: a variable with one `$`, a text that begins so with two.
fn spelled(value: &Json) -> Json {
    match value {
        Json::String(text) if text.starts_with('$') => Json::String(format!("${text}")),
        Json::Array(items) => Json::Array(items.iter().map(spelled).collect()),
        Json::Object(members) => match Mark::of(members) {
            Some(name) => Json::String(format!("${name}")),
            None => value.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Ground<'static> = Ground { users: None, role: "role-1" };

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    fn kept(conditions: &str) -> Result<String, RequestError> {
        Ok(GROUND.condition(Some(&json(conditions)))?.map_or_else(String::new, |words| words.to_text()))
    }

    #[test]
    fn conditions_are_kept_as_rules_with_our_variables() {
        for (conditions, rule) in [
            ("{}", ""),
            (r#"{"owner":"$CURRENT_USER"}"#, r#"[{"field":"owner","operator":"eq","value":"$user.id"}]"#),
            (r#"{"role":{"eq":"$CURRENT_ROLE"}}"#, r#"[{"field":"role","operator":"eq","value":"role-1"}]"#),
            (r#"{"a":{"in":["$CURRENT_TENANT","x"]}}"#, r#"[{"field":"a","operator":"in","value":["$tenant","x"]}]"#),
            (r#"{"price":"$5"}"#, r#"[{"field":"price","operator":"eq","value":"$$5"}]"#),
            (r#"{"at":{"lte":"$NOW"}}"#, r#"[{"field":"at","operator":"lte","value":"$now"}]"#),
            (r#"{"at":{"gt":"$NOW-DAYS_7"}}"#, r#"[{"field":"at","operator":"gt","value":"$now-604800s"}]"#),
            (r#"{"a":{"jsonbContains":{"b":1}}}"#, r#"[{"field":"a","operator":"jsoncontains","value":{"b":1}}]"#),
            (r#"{"a":{"isNull":true}}"#, r#"[{"field":"a","operator":"isnull"}]"#),
            (
                r#"{"OR":[{"author.id":"$CURRENT_USER.id"},{"open":true}]}"#,
                r#"[{"operator":"OR","expressions":[{"relationship":"author","expressions":[{"field":"id","operator":"eq","value":"$user.id"}]},{"field":"open","operator":"eq","value":true}]}]"#,
            ),
        ] {
            assert_eq!(kept(conditions).unwrap(), rule, "{conditions}");
        }
    }

    #[test]
    fn what_a_rule_cannot_say_is_refused_when_it_is_written() {
        for conditions in [
            r#"{"owner":"$CURRENT_USER.shoe_size"}"#,
            r#"{"owner":"$CURRENT_PLANET"}"#,
            r#"{"at":{"gt":"$NOW+FORTNIGHTS_7"}}"#,
            r#"{"a":{"gt":"$COL(b)"}}"#,
            r#"{"a":{"jsonbHasKey":"b"}}"#,
            r#"{"a":{"jsonbContains":"$CURRENT_USER"}}"#,
            r#"{"a":{"jsonbContains":{"$variable":"user.id"}}}"#,
            r#"{"name":{"like":"$CURRENT_USER"}}"#,
            r#"{"a":{"in":"$CURRENT_USER"}}"#,
            r#"{"a":{"eqals":1}}"#,
            r#""not json""#,
            "[1]",
        ] {
            assert!(kept(conditions).is_err(), "{conditions}");
        }
        assert!(GROUND.defaults(Some(&json(r#"{"a":"$CURRENT_PLANET"}"#))).is_err());
        let defaults = GROUND.defaults(Some(&json(r#"{"a":"$CURRENT_USER","b":1}"#))).unwrap();
        assert_eq!(defaults[0], ("a".to_owned(), Json::String("$user.id".to_owned())));
    }

    #[test]
    fn columns_come_as_text_or_list() {
        let some = |words: &[&str]| Columns::Some(words.iter().map(|word| (*word).to_owned()).collect());
        for (fields, expected) in [
            (r#""*""#, Columns::All),
            (r#"["*","author.*"]"#, Columns::All),
            (r#""id, title""#, some(&["id", "title"])),
            (r#"["id","author.*"]"#, some(&["id"])),
            (r#""[\"id\"]""#, some(&["id"])),
            ("null", some(&[])),
            ("[]", some(&[])),
        ] {
            assert_eq!(columns(Some(&json(fields))).unwrap(), expected, "{fields}");
        }
        assert!(columns(Some(&json("7"))).is_err());
        assert!(columns(Some(&json("[7]"))).is_err());
    }
}
