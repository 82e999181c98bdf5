//! What a value is looked up by in an index: a text that sorts as the values compare.
//!
//! A key may stand for more than one value (long texts are cut, numbers are the double they are nearest to), and never
//! sorts otherwise than its values: whoever looks one up finds all that are meant, and looks at each again.

use crate::{Clause, Operator, clause::Field};
use portcullis_store::document_indexes::{ANY, DocumentIndex, KeyRange};
use serde_json::{Map, Value};

/// Characters of a text that count. A cut at a number of characters, not of bytes, keeps the order.
const TEXT_CHARS: usize = 64;
/// Values of one list that are kept; a longer one is found under every key.
const VALUES: usize = 100;

/// What a document is found under by a field. A list is found under each of its values.
pub fn of_document(body: &Map<String, Value>, field: &str) -> Vec<String> {
    match body.get(field) {
        Some(Value::Array(items)) => {
            let mut keys: Vec<String> = items.iter().filter_map(of).collect();
            keys.sort_unstable();
            keys.dedup();
            if keys.len() > VALUES { vec![ANY.to_owned()] } else { keys }
        }
        value => value.and_then(of).into_iter().collect(),
    }
}

/// The index that narrows a query down most, with the keys to look under; none where all must be read.
pub fn plan<'i>(clauses: &[Clause], indexes: &'i [DocumentIndex]) -> Option<(&'i DocumentIndex, Vec<KeyRange>)> {
    let ready = |name: &str| indexes.iter().find(|index| index.ready && index.field == name);
    let usable = clauses.iter().filter_map(|clause| {
        let Field::Data(name) = &clause.field else { return None };
        let index = ready(name)?;
        Some((weight(clause.operator)?, index, ranges(clause.operator, &clause.value)?))
    });
    let (_, index, mut ranges) = usable.min_by_key(|(weight, _, _)| *weight)?;
    ranges.push(exactly(ANY.to_owned()));
    Some((index, ranges))
}

/// How much an operator leaves over; those that leave nearly all are of no use.
const fn weight(operator: Operator) -> Option<u8> {
    match operator {
        Operator::Eq => Some(0),
        Operator::In => Some(1),
        Operator::Lt | Operator::Le | Operator::Gt | Operator::Ge => Some(2),
        Operator::Ne | Operator::NotIn => None,
    }
}

fn ranges(operator: Operator, value: &Value) -> Option<Vec<KeyRange>> {
    match (operator, value) {
        (Operator::In, Value::Array(values)) => {
            // A list in the list may be met by a list, which no key tells of.
            let flat = values.iter().all(|value| !value.is_array() && !value.is_object());
            flat.then(|| values.iter().filter_map(of).map(exactly).collect())
        }
        (Operator::Eq | Operator::In, value) => of(value).map(|key| vec![exactly(key)]),
        (Operator::Lt | Operator::Le, value) => {
            let to = of(value)?;
            let (from, _) = kind(value)?;
            Some(vec![KeyRange { from: from.to_owned(), to }])
        }
        (Operator::Gt | Operator::Ge, value) => {
            let from = of(value)?;
            let (_, to) = kind(value)?;
            Some(vec![KeyRange { from, to: to.to_owned() }])
        }
        (Operator::Ne | Operator::NotIn, _) => None,
    }
}

/// What sorts before and behind all keys of a value's kind.
const fn kind(value: &Value) -> Option<(&'static str, &'static str)> {
    match value {
        Value::Bool(_) => Some(("b", "c")),
        Value::Number(_) => Some(("n", "o")),
        Value::String(_) => Some(("s", "t")),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn exactly(key: String) -> KeyRange {
    KeyRange { from: key.clone(), to: key }
}

/// The key of a value that compares with others; lists, objects and null have none.
fn of(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(format!("b{}", u8::from(*flag))),
        Value::Number(number) => number.as_f64().filter(|number| number.is_finite()).map(|number| {
            // Adding nothing makes one zero of two.
            let bits = (number + 0.0).to_bits();
            let sorted = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
            format!("n{sorted:016x}")
        }),
        Value::String(text) => Some(std::iter::once('s').chain(text.chars().take(TEXT_CHARS)).collect()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_query::Json;
    use serde_json::json;

    fn clauses(text: &str) -> Vec<Clause> {
        Clause::parse_all(Json::parse(text.as_bytes()).unwrap(), |name| Field::Data(name.to_owned())).unwrap()
    }

    fn index(field: &str, ready: bool) -> DocumentIndex {
        DocumentIndex { id: 1, field: field.to_owned(), built: 0, ready }
    }

    #[test]
    fn keys_sort_as_the_values_compare() {
        let numbers = [json!(-1e30), json!(-2), json!(-1.5), json!(0), json!(1), json!(1.5), json!(9), json!(10)];
        let keys: Vec<_> = numbers.iter().map(|number| of(number).unwrap()).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert_eq!(of(&json!(-0.0)), of(&json!(0)));
        assert_eq!(of(&json!(1)), of(&json!(1.0)));
        let filler = "x".repeat(TEXT_CHARS - 1);
        let texts = ["", "A", "a", "ab", "b", "ä", &format!("{filler}a"), &format!("{filler}ä"), "\u{10fffe}"];
        let keys: Vec<_> = texts.iter().map(|text| of(&json!(text)).unwrap()).collect();
        let mut sorted = texts.to_vec();
        sorted.sort_unstable();
        let again: Vec<_> = sorted.iter().map(|text| of(&json!(text)).unwrap()).collect();
        assert!(again.is_sorted(), "{keys:?}");
        assert_eq!((of(&json!(null)), of(&json!([1])), of(&json!({}))), (None, None, None));
    }

    #[test]
    fn a_list_is_found_under_each_of_its_values_and_a_long_one_under_every_key() {
        let body = |value: Value| Map::from_iter([("f".to_owned(), value)]);
        assert_eq!(of_document(&body(json!(["b", "a", "a", null])), "f"), ["sa", "sb"]);
        assert_eq!(of_document(&body(json!((0..200).collect::<Vec<_>>())), "f"), [ANY]);
        assert!(of_document(&body(json!(null)), "f").is_empty());
        assert!(of_document(&body(json!(1)), "g").is_empty());
    }

    #[test]
    fn the_clause_that_leaves_least_is_looked_up() {
        let indexes = [index("a", true), index("b", true), index("c", false)];
        let chosen = |text: &str| plan(&clauses(text), &indexes).map(|(index, ranges)| (&*index.field, ranges.len()));
        assert_eq!(chosen(r#"[["b",">",1],["a","=",1]]"#), Some(("a", 2)));
        assert_eq!(chosen(r#"[["b","in",[1,2,null]],["a",">",1]]"#), Some(("b", 3)));
        for nothing in [
            r#"[]"#,
            r#"[["c","=",1]]"#,
            r#"[["d","=",1]]"#,
            r#"[["a","!=",1]]"#,
            r#"[["a","!in",[1]]]"#,
            r#"[["a","in",[[1]]]]"#,
            r#"[["a","=",[1]]]"#,
            r#"[["a","<",null]]"#,
        ] {
            assert_eq!(chosen(nothing), None, "{nothing}");
        }
    }
}
