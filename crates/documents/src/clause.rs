//! What a query asks of a document: clauses of a field, an operator and a value, all of which must hold.
//!
//! Numbers are compared as numbers and text as text; what is of two kinds compares as nothing. A field that is missing
//! or null matches nothing but "is not".

use crate::{DocumentsError, document::value};
use portcullis_query::Json;
use portcullis_store::documents::StoredDocument;
use serde_json::{Map, Number, Value};
use std::cmp::Ordering;

/// Clauses of a query at most. SEC-50.
pub const MAX_CLAUSES: usize = 100;
/// Values of a list at most. SEC-50.
pub const MAX_VALUES: usize = 1_000;

/// What of a document is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Its id.
    Id,
    /// Its account.
    Account,
    /// Its owner.
    Owner,
    /// A member of what it says, by its name.
    Data(String),
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Is.
    Eq,
    /// Is not, or is not there.
    Ne,
    /// Less.
    Lt,
    /// Less, or the same.
    Le,
    /// More.
    Gt,
    /// More, or the same.
    Ge,
    /// Is one of a list; of a field that is a list: has one of them.
    In,
    /// Is there and is none of a list.
    NotIn,
}

impl Operator {
    /// The operator of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "=" | "==" | "eq" => Self::Eq,
            "!=" | "<>" | "neq" => Self::Ne,
            "<" | "lt" => Self::Lt,
            "<=" | "lte" => Self::Le,
            ">" | "gt" => Self::Gt,
            ">=" | "gte" => Self::Ge,
            "in" => Self::In,
            "!in" | "nin" => Self::NotIn,
            _ => return None,
        })
    }
}

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    pub(crate) field: Field,
    pub(crate) operator: Operator,
    pub(crate) value: Value,
}

impl Clause {
    /// Reads clauses: a list of `[field, operator, value]`. `field` says what a name means.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::InvalidQuery`] with the number of the first clause that cannot be.
    pub fn parse_all(json: Json, field: impl Fn(&str) -> Field) -> Result<Vec<Self>, DocumentsError> {
        let Json::Array(items) = json else {
            return Err(DocumentsError::query("", "clauses are a list of `[field, operator, value]`"));
        };
        if items.len() > MAX_CLAUSES {
            let message = format!("a query has at most {MAX_CLAUSES} clauses, not {}", items.len());
            return Err(DocumentsError::query("", message));
        }
        items.into_iter().enumerate().map(|(at, item)| Self::parse(item, &field, &format!("/{at}"))).collect()
    }

    fn parse(json: Json, field: impl Fn(&str) -> Field, place: &str) -> Result<Self, DocumentsError> {
        let wrong = |message: String| DocumentsError::query(place, message);
        let parts = match json {
            Json::Array(parts) => <[Json; 3]>::try_from(parts).ok(),
            _ => None,
        };
        let Some([name, word, given]) = parts else {
            return Err(wrong("a clause is `[field, operator, value]`".to_owned()));
        };
        let Json::String(name) = name else {
            return Err(wrong("the field of a clause is a string".to_owned()));
        };
        let operator = word.as_str().and_then(Operator::parse).ok_or_else(|| {
            let given = word.to_text();
            wrong(format!("{given} is no operator; use one of =, !=, <, <=, >, >=, in, !in"))
        })?;
        if matches!(&given, Json::Array(values) if values.len() > MAX_VALUES) {
            return Err(wrong(format!("a list has at most {MAX_VALUES} values")));
        }
        Ok(Self { field: field(&name), operator, value: value(given) })
    }

    fn holds(&self, document: &StoredDocument, body: &Map<String, Value>) -> bool {
        let own;
        let found = match &self.field {
            Field::Data(name) => body.get(name),
            Field::Id => {
                own = Value::String(document.id.clone());
                Some(&own)
            }
            Field::Account => {
                own = Value::String(document.account.clone());
                Some(&own)
            }
            Field::Owner => {
                own = Value::String(document.owner.clone());
                Some(&own)
            }
        };
        let Some(found) = found.filter(|value| !value.is_null()) else { return self.operator == Operator::Ne };
        match self.operator {
            Operator::Eq => same(found, &self.value),
            Operator::Ne => !same(found, &self.value),
            Operator::Lt => order(found, &self.value) == Some(Ordering::Less),
            Operator::Le => matches!(order(found, &self.value), Some(Ordering::Less | Ordering::Equal)),
            Operator::Gt => order(found, &self.value) == Some(Ordering::Greater),
            Operator::Ge => matches!(order(found, &self.value), Some(Ordering::Greater | Ordering::Equal)),
            Operator::In => among(found, &self.value),
            Operator::NotIn => !among(found, &self.value),
        }
    }
}

/// Whether all clauses hold.
pub(crate) fn matches(clauses: &[Clause], document: &StoredDocument, body: &Map<String, Value>) -> bool {
    clauses.iter().all(|clause| clause.holds(document, body))
}

/// A list has the field, or one of its items; a field that is a list has the value.
fn among(found: &Value, given: &Value) -> bool {
    match (found, given) {
        (Value::Array(items), Value::Array(values)) => {
            values.iter().any(|value| same(found, value) || items.iter().any(|item| same(item, value)))
        }
        (found, Value::Array(values)) => values.iter().any(|value| same(found, value)),
        (Value::Array(items), value) => items.iter().any(|item| same(item, value)),
        (found, value) => same(found, value),
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Number(a), Value::Number(b)) => numbers(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_or_null(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same_or_null(value, other)))
        }
        (a, b) => a == b,
    }
}

fn same_or_null(a: &Value, b: &Value) -> bool {
    (a.is_null() && b.is_null()) || same(a, b)
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => numbers(a, b),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whole numbers by all their digits, others as the double they are nearest to.
fn numbers(a: &Number, b: &Number) -> Option<Ordering> {
    let whole = |number: &Number| number.to_string().parse::<i128>().ok();
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// The order of a sort: what is missing first, then flags, numbers, text, and the rest as one.
pub(crate) fn sort_order(a: &Value, b: &Value) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) | Value::Object(_) => 4,
    };
    kind(a).cmp(&kind(b)).then_with(|| match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => order(a, b).unwrap_or(Ordering::Equal),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::Timestamp;

    fn document(body: &str) -> StoredDocument {
        StoredDocument {
            seq: 1,
            id: "d1".to_owned(),
            account: "a1".to_owned(),
            owner: "u1".to_owned(),
            body: body.to_owned(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn holds(body: &str, clauses: &str) -> bool {
        let document = document(body);
        let field = |name: &str| match name {
            "id" => Field::Id,
            "account" => Field::Account,
            "owner" => Field::Owner,
            other => Field::Data(other.to_owned()),
        };
        let clauses = Clause::parse_all(Json::parse(clauses.as_bytes()).unwrap(), field).unwrap();
        matches(&clauses, &document, &serde_json::from_str(body).unwrap())
    }

    #[test]
    fn numbers_compare_as_numbers_and_text_as_text() {
        assert!(!holds(r#"{"n":9}"#, r#"[["n",">",10]]"#));
        assert!(holds(r#"{"n":"9"}"#, r#"[["n",">","10"]]"#));
        assert!(!holds(r#"{"n":9}"#, r#"[["n",">","10"]]"#));
        assert!(holds(r#"{"n":1.0}"#, r#"[["n","=",1]]"#));
        assert!(holds(r#"{"n":9007199254740993}"#, r#"[["n",">",9007199254740992]]"#));
        assert!(holds(r#"{"n":2.5}"#, r#"[["n",">=",2.5],["n","<=",2.5],["n","<",3],["n","<>",3]]"#));
        assert!(holds(r#"{"b":true}"#, r#"[["b","==",true]]"#));
    }

    #[test]
    fn what_is_missing_or_null_matches_nothing_but_is_not() {
        for body in ["{}", r#"{"x":null}"#] {
            assert!(holds(body, r#"[["x","!=",1]]"#));
            for clauses in [r#"[["x","=",null]]"#, r#"[["x","<",1]]"#, r#"[["x","in",[1]]]"#, r#"[["x","!in",[1]]]"#] {
                assert!(!holds(body, clauses), "{body} {clauses}");
            }
        }
    }

    #[test]
    fn in_means_membership_either_way() {
        assert!(holds(r#"{"tag":"a"}"#, r#"[["tag","in",["a","b"]]]"#));
        assert!(!holds(r#"{"tag":"c"}"#, r#"[["tag","in",["a","b"]]]"#));
        assert!(holds(r#"{"tags":["a","b"]}"#, r#"[["tags","in","b"]]"#));
        assert!(holds(r#"{"tags":["a","b"]}"#, r#"[["tags","in",["x","b"]]]"#));
        assert!(holds(r#"{"tags":["a"]}"#, r#"[["tags","!in","b"]]"#));
        assert!(!holds(r#"{"tag":"a"}"#, r#"[["tag","nin",["a"]]]"#));
    }

    #[test]
    fn the_record_itself_can_be_asked_for_and_all_clauses_must_hold() {
        assert!(holds("{}", r#"[["id","=","d1"],["account","=","a1"],["owner","=","u1"]]"#));
        assert!(!holds("{}", r#"[["id","=","d1"],["owner","=","u2"]]"#));
        assert!(holds("{}", "[]"));
    }

    #[test]
    fn clauses_that_cannot_be_are_refused_with_their_place() {
        let cases = [
            (r#"{}"#, ""),
            (r#"[1]"#, "/0"),
            (r#"[["a","="]]"#, "/0"),
            (r#"[["a","=",1,2]]"#, "/0"),
            (r#"[["a","=",1],[1,"=",2]]"#, "/1"),
            (r#"[["a","like","x"]]"#, "/0"),
            (r#"[["a",1,"x"]]"#, "/0"),
        ];
        for (text, at) in cases {
            let json = Json::parse(text.as_bytes()).unwrap();
            let error = Clause::parse_all(json, |name| Field::Data(name.to_owned())).unwrap_err();
            assert!(matches!(&error, DocumentsError::InvalidQuery { place, .. } if place == at), "{text}: {error:?}");
        }
    }

    #[test]
    fn sec_50_long_queries_are_refused() {
        let many = format!("[{}]", vec![r#"["a","=",1]"#; MAX_CLAUSES + 1].join(","));
        let long = format!(r#"[["a","in",[{}]]]"#, vec!["1"; MAX_VALUES + 1].join(","));
        for text in [many, long] {
            let json = Json::parse(text.as_bytes()).unwrap();
            let error = Clause::parse_all(json, |name| Field::Data(name.to_owned())).unwrap_err();
            assert_eq!(error.code(), "invalid_query");
        }
    }
}
