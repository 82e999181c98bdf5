//! The `jsonb*` operators: what stands inside of a JSON column.
//!
//! The original compares texts (`->>`), so that 5 and "5" are one; here both are asked for where a word can be either.
//! Source: the filter reference of Baasix, "JSONB operators".

use portcullis_query::{
    Json,
    request::{CompareOp, Connective, Expression, JsonOf, LikeOp, Operator, RequestError},
};

/// The operators of this page, for hints.
pub const OPERATORS: [&str; 21] = [
    "jsonbContains",
    "jsonbContainedBy",
    "jsonbNotContains",
    "jsonbHasKey",
    "jsonbHasAnyKeys",
    "jsonbHasAllKeys",
    "jsonbKeyEquals",
    "jsonbKeyNotEquals",
    "jsonbKeyGt",
    "jsonbKeyGte",
    "jsonbKeyLt",
    "jsonbKeyLte",
    "jsonbKeyIn",
    "jsonbKeyNotIn",
    "jsonbKeyLike",
    "jsonbKeyIsNull",
    "jsonbKeyIsNotNull",
    "jsonbPathExists",
    "jsonbDeepValue",
    "jsonbArrayLength",
    "jsonbTypeOf",
];

/// A JSON column and where its operator stands.
pub struct Document<'w> {
    /// The column.
    pub field: &'w str,
    /// Where the operator stands.
    pub place: &'w str,
}

const EXISTS: Operator = Operator::Null { negated: true };

impl Document<'_> {
    /// What an operator says of the column; `None` where it is none of these.
    ///
    /// # Errors
    ///
    /// The value is not what the operator takes.
    pub fn read(&self, word: &str, value: Json) -> Result<Option<Expression>, RequestError> {
        Ok(Some(match word {
            "jsonbContains" => self.contains(value, false)?,
            "jsonbContainedBy" => self.contains(value, true)?,
            "jsonbNotContains" => self.joined(Connective::Not, vec![self.contains(value, false)?]),
            "jsonbHasKey" => self.has_key(self.text(&value)?),
            "jsonbHasAnyKeys" => self.has_keys(Connective::Or, &value)?,
            "jsonbHasAllKeys" => self.has_keys(Connective::And, &value)?,
            "jsonbKeyIsNull" => self.at(vec![self.key(&value)?], Operator::Null { negated: false }, Json::Null),
            "jsonbKeyIsNotNull" => self.at(vec![self.key(&value)?], EXISTS, Json::Null),
            "jsonbKeyEquals" => self.equals(vec![self.key(&value)?], self.member(&value, "value")?)?,
            "jsonbKeyNotEquals" => self.differs(vec![self.key(&value)?], self.member(&value, "value")?)?,
            "jsonbKeyGt" => self.ordered(vec![self.key(&value)?], CompareOp::Gt, self.member(&value, "value")?)?,
            "jsonbKeyGte" => self.ordered(vec![self.key(&value)?], CompareOp::Gte, self.member(&value, "value")?)?,
            "jsonbKeyLt" => self.ordered(vec![self.key(&value)?], CompareOp::Lt, self.member(&value, "value")?)?,
            "jsonbKeyLte" => self.ordered(vec![self.key(&value)?], CompareOp::Lte, self.member(&value, "value")?)?,
            "jsonbKeyLike" => {
                let pattern = self.member(&value, "pattern")?.clone();
                self.at(vec![self.key(&value)?], Operator::Like(LikeOp::Ilike), pattern)
            }
            "jsonbKeyIn" => {
                let among = |word: &Json| self.equals(vec![self.key(&value)?], word);
                let parts = self.list(self.member(&value, "values")?)?.iter().map(among).collect::<Result<_, _>>()?;
                self.joined(Connective::Or, parts)
            }
            "jsonbKeyNotIn" => {
                let apart = |word: &Json| self.differs(vec![self.key(&value)?], word);
                let parts = self.list(self.member(&value, "values")?)?.iter().map(apart).collect::<Result<_, _>>()?;
                self.joined(Connective::And, parts)
            }
            "jsonbPathExists" => self.of(self.simple_path(&value)?, JsonOf::Type, EXISTS, Json::Null),
            "jsonbDeepValue" => self.deep(&value)?,
            "jsonbArrayLength" => {
                let operator = Operator::Compare(self.comparison(&value)?);
                let path = self.path(value.get("path"))?;
                self.of(path, JsonOf::Length, operator, number(self.member(&value, "value")?))
            }
            "jsonbTypeOf" => {
                let path = self.path(value.get("path"))?;
                let ty = value.get("type").unwrap_or(&value).clone();
                self.of(path, JsonOf::Type, Operator::Compare(CompareOp::Eq), ty)
            }
            _ => return Ok(None),
        }))
    }

    fn refuse<T>(&self, message: impl Into<String>) -> Result<T, RequestError> {
        Err(RequestError::filter(self.place, message))
    }

    fn joined(&self, connective: Connective, expressions: Vec<Expression>) -> Expression {
        Expression::Logical { place: self.place.to_owned(), connective, expressions }
    }

    fn of(&self, path: Vec<String>, of: JsonOf, operator: Operator, value: Json) -> Expression {
        let (place, field) = (self.place.to_owned(), self.field.to_owned());
        Expression::Path { place, field, path, of, operator, value }
    }

    fn at(&self, path: Vec<String>, operator: Operator, value: Json) -> Expression {
        self.of(path, JsonOf::Value, operator, value)
    }

    /// A document as it is, or its text as brackets and some clients bring it.
    fn contains(&self, value: Json, turned: bool) -> Result<Expression, RequestError> {
        let value = match &value {
            Json::String(text) if text.trim_start().starts_with(['{', '[']) => match Json::parse(text.as_bytes()) {
                Ok(document) => document,
                Err(error) => return self.refuse(format!("the value is no JSON: {error}")),
            },
            _ => value,
        };
        Ok(Expression::Field {
            place: self.place.to_owned(),
            field: self.field.to_owned(),
            operator: Operator::JsonContains { turned },
            value,
        })
    }

    fn has_key(&self, key: String) -> Expression {
        self.of(vec![key], JsonOf::Type, EXISTS, Json::Null)
    }

    fn has_keys(&self, connective: Connective, keys: &Json) -> Result<Expression, RequestError> {
        let keys = self.list(keys)?;
        let parts = keys.iter().map(|key| Ok(self.has_key(self.text(key)?))).collect::<Result<_, _>>()?;
        Ok(self.joined(connective, parts))
    }

    /// Whatever a word can be: 5 and "5", true and "true".
    fn equals(&self, path: Vec<String>, word: &Json) -> Result<Expression, RequestError> {
        let same = |value| self.at(path.clone(), Operator::Compare(CompareOp::Eq), value);
        let parts = self.meanings(word)?.into_iter().map(same).collect();
        Ok(self.joined(Connective::Or, parts))
    }

    fn differs(&self, path: Vec<String>, word: &Json) -> Result<Expression, RequestError> {
        let other = |value| self.at(path.clone(), Operator::Compare(CompareOp::Neq), value);
        let parts = self.meanings(word)?.into_iter().map(other).collect();
        Ok(self.joined(Connective::And, parts))
    }

    fn meanings(&self, word: &Json) -> Result<Vec<Json>, RequestError> {
        match word {
            Json::String(text) => {
                let other = match text.as_str() {
                    "true" => Some(Json::Bool(true)),
                    "false" => Some(Json::Bool(false)),
                    _ => Some(number(word)).filter(|other| matches!(other, Json::Number(_))),
                };
                Ok(other.into_iter().chain([word.clone()]).collect())
            }
            Json::Number(text) => Ok(vec![word.clone(), Json::String(text.clone())]),
            Json::Bool(flag) => Ok(vec![word.clone(), Json::String(flag.to_string())]),
            other => self.refuse(format!("a text, a number, true or false is needed, not {}", other.kind())),
        }
    }

    fn ordered(&self, path: Vec<String>, op: CompareOp, word: &Json) -> Result<Expression, RequestError> {
        match number(word) {
            value @ (Json::Number(_) | Json::String(_)) => Ok(self.at(path, Operator::Compare(op), value)),
            other => self.refuse(format!("a number or a text is needed, not {}", other.kind())),
        }
    }

    fn deep(&self, value: &Json) -> Result<Expression, RequestError> {
        let path = self.path(value.get("path"))?;
        if path.is_empty() {
            return self.refuse("`path` is a list of keys");
        }
        let word = self.member(value, "value")?;
        match value.get("op").and_then(Json::as_str).unwrap_or("eq") {
            "eq" => self.equals(path, word),
            "ne" => self.differs(path, word),
            "like" => Ok(self.at(path, Operator::Like(LikeOp::Like), word.clone())),
            "ilike" => Ok(self.at(path, Operator::Like(LikeOp::Ilike), word.clone())),
            _ => self.ordered(path, self.comparison(value)?, word),
        }
    }

    fn comparison(&self, value: &Json) -> Result<CompareOp, RequestError> {
        match value.get("op").and_then(Json::as_str).unwrap_or("eq") {
            "eq" => Ok(CompareOp::Eq),
            "ne" => Ok(CompareOp::Neq),
            "gt" => Ok(CompareOp::Gt),
            "gte" => Ok(CompareOp::Gte),
            "lt" => Ok(CompareOp::Lt),
            "lte" => Ok(CompareOp::Lte),
            other => self.refuse(format!("no comparison `{other}`; use eq, ne, gt, gte, lt or lte")),
        }
    }

    /// `{key: ..}`, or the key itself.
    fn key(&self, value: &Json) -> Result<String, RequestError> {
        self.text(value.get("key").unwrap_or(value))
    }

    fn member<'j>(&self, value: &'j Json, name: &str) -> Result<&'j Json, RequestError> {
        value.get(name).ok_or_else(|| RequestError::filter(self.place, format!("`{name}` is needed")))
    }

    fn text(&self, value: &Json) -> Result<String, RequestError> {
        match value {
            Json::String(text) | Json::Number(text) => Ok(text.clone()),
            other => self.refuse(format!("a key is a text, not {}", other.kind())),
        }
    }

    fn list(&self, value: &Json) -> Result<Vec<Json>, RequestError> {
        match super::filter::list(value.clone()) {
            Json::Array(items) if !items.is_empty() => Ok(items),
            _ => self.refuse("a list that is not empty is needed"),
        }
    }

    fn path(&self, value: Option<&Json>) -> Result<Vec<String>, RequestError> {
        match value {
            None => Ok(Vec::new()),
            Some(Json::Array(keys)) => keys.iter().map(|key| self.text(key)).collect(),
            Some(key) => Ok(vec![self.text(key)?]),
        }
    }

    /// `$.a.b`: of the path language only the keys.
    fn simple_path(&self, value: &Json) -> Result<Vec<String>, RequestError> {
        let text = value.as_str().unwrap_or_default();
        let keys: Vec<_> = text.strip_prefix("$.").unwrap_or_default().split('.').map(str::to_owned).collect();
        let plain = |key: &String| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        if !keys.iter().all(plain) {
            return self.refuse("of JSON paths only keys are served here, such as `$.user.name`");
        }
        Ok(keys)
    }
}

/// A number also where brackets brought its text.
fn number(word: &Json) -> Json {
    match word {
        Json::String(text) => match Json::parse(text.as_bytes()) {
            Ok(number @ Json::Number(_)) => number,
            _ => word.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::tests::{read, shown};

    #[test]
    fn places_inside_of_documents_have_their_words() {
        for (filter, words) in [
            (r#"{"m":{"jsonbContains":{"a":[1]}}}"#, r#"m jsoncontains {"a":[1]}"#),
            (r#"{"m":{"jsonbContainedBy":"[1]"}}"#, "m jsoncontainedby [1]"),
            (r#"{"m":{"jsonbNotContains":{"a":1}}}"#, r#"Not(m jsoncontains {"a":1})"#),
            (r#"{"m":{"jsonbHasKey":"k"}}"#, "m.k Type isnotnull null"),
            (r#"{"m":{"jsonbHasAnyKeys":"a,b"}}"#, "Or(m.a Type isnotnull null m.b Type isnotnull null)"),
            (r#"{"m":{"jsonbHasAllKeys":["a"]}}"#, "And(m.a Type isnotnull null)"),
            (r#"{"m":{"jsonbKeyEquals":{"key":"k","value":"x"}}}"#, r#"Or(m.k Value eq "x")"#),
            (r#"{"m":{"jsonbKeyEquals":{"key":"k","value":5}}}"#, r#"Or(m.k Value eq 5 m.k Value eq "5")"#),
            (
                r#"{"m":{"jsonbKeyNotEquals":{"key":"k","value":"true"}}}"#,
                r#"And(m.k Value neq true m.k Value neq "true")"#,
            ),
            (r#"{"m":{"jsonbKeyGte":{"key":"k","value":"2.5"}}}"#, "m.k Value gte 2.5"),
            (r#"{"m":{"jsonbKeyLt":{"key":"k","value":"b"}}}"#, r#"m.k Value lt "b""#),
            (
                r#"{"m":{"jsonbKeyIn":{"key":"k","values":["a","b"]}}}"#,
                r#"Or(Or(m.k Value eq "a") Or(m.k Value eq "b"))"#,
            ),
            (r#"{"m":{"jsonbKeyLike":{"key":"k","pattern":"%t%"}}}"#, r#"m.k Value ilike "%t%""#),
            (r#"{"m":{"jsonbKeyIsNull":"k"}}"#, "m.k Value isnull null"),
            (r#"{"m":{"jsonbKeyIsNotNull":{"key":"k"}}}"#, "m.k Value isnotnull null"),
            (r#"{"m":{"jsonbPathExists":"$.a.b"}}"#, "m.a.b Type isnotnull null"),
            (r#"{"m":{"jsonbDeepValue":{"path":["a","b"],"value":10,"op":"gte"}}}"#, "m.a.b Value gte 10"),
            (r#"{"m":{"jsonbDeepValue":{"path":["a","b"],"value":"x"}}}"#, r#"Or(m.a.b Value eq "x")"#),
            (r#"{"m":{"jsonbArrayLength":{"op":"gte","value":3}}}"#, "m. Length gte 3"),
            (r#"{"m":{"jsonbTypeOf":{"type":"object","path":"a"}}}"#, r#"m.a Type eq "object""#),
        ] {
            assert_eq!(shown(filter), words, "{filter}");
        }
        for (filter, word) in [
            (r#"{"m":{"jsonbPathExists":"$.a[*] ? (@ > 1)"}}"#, "only keys"),
            (r#"{"m":{"jsonbPathMatch":"$.a > 1"}}"#, "not served"),
            (r#"{"m":{"jsonbKeyEquals":{"key":"k"}}}"#, "`value` is needed"),
            (r#"{"m":{"jsonbKeyGt":{"key":"k","value":[1]}}}"#, "a number or a text"),
            (r#"{"m":{"jsonbHasAnyKeys":[]}}"#, "not empty"),
            (r#"{"m":{"jsonbHasKey":{"a":1}}}"#, "a key is a text"),
            (r#"{"m":{"jsonbDeepValue":{"value":1}}}"#, "list of keys"),
            (r#"{"m":{"jsonbArrayLength":{"op":"near","value":1}}}"#, "no comparison"),
            (r#"{"m":{"jsonbContains":"{x"}}"#, "no JSON"),
            (r#"{"m":{"jsonbHaskey":"k"}}"#, "did you mean `jsonbHasKey`"),
        ] {
            let error = read(filter).unwrap_err();
            assert!(error.message.contains(word), "{filter}: {}", error.message);
        }
    }
}
