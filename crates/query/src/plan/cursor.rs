//! Cursors: the place after a row, as opaque text that only fits the request it came from.

use super::{OrderTerm, PlanError};
use crate::{Json, Value, request::ListRequest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_schema::{Column, ColumnType, Table};

/// What ties a cursor to its table, filter and order.
pub fn fingerprint(table: &Table, request: &ListRequest) -> u64 {
    let words = format!(
        "{}\u{0}{:?}\u{0}{:?}\u{0}{:?}\u{0}{}",
        table.name, request.filter, request.sort, request.projections, request.distinct
    );
    xxhash_rust::xxh3::xxh3_64(words.as_bytes())
}

/// Writes the cursor that stands after a row with these values in the order's columns.
pub fn cursor_of<'v>(fingerprint: u64, values: impl Iterator<Item = &'v Value>) -> String {
    let mut items = vec![Json::String(format!("{fingerprint:x}"))];
    items.extend(values.map(pack));
    URL_SAFE_NO_PAD.encode(Json::Array(items).to_text())
}

/// Reads a cursor back.
pub(super) fn read_cursor(
    text: &str,
    fingerprint: u64,
    fits: impl Fn(&[Value]) -> bool,
) -> Result<Vec<Value>, PlanError> {
    let values = (text.len() <= 16_384)
        .then(|| URL_SAFE_NO_PAD.decode(text).ok())
        .flatten()
        .and_then(|bytes| Json::parse(&bytes).ok())
        .and_then(|json| match json {
            Json::Array(items) => Some(items),
            _ => None,
        });
    let Some(items) = values else { return Err(invalid("this is no cursor of ours")) };
    let Some((Json::String(mark), packed)) = items.split_first() else {
        return Err(invalid("this is no cursor of ours"));
    };
    if *mark != format!("{fingerprint:x}") {
        return Err(invalid("the cursor belongs to another table, filter or sort; start again with an empty cursor"));
    }
    let values: Option<Vec<_>> = packed.iter().map(unpack).collect();
    values.filter(|values| fits(values)).ok_or_else(|| invalid("this is no cursor of ours"))
}

/// Whether these can be the values of a row in this order. Cursors are not signed: what somebody made up must still be
/// something the engine can bind.
pub(super) fn fit(order: &[OrderTerm<'_>], values: &[Value]) -> bool {
    values.len() == order.len() && order.iter().zip(values).all(|(term, value)| may_hold(term, value))
}

fn may_hold(term: &OrderTerm<'_>, value: &Value) -> bool {
    let array = |column: &Column| matches!(column.ty, ColumnType::Array { .. });
    !matches!(value, Value::List(_)) || term.operand.column().is_some_and(array)
}

fn invalid(message: &str) -> PlanError {
    PlanError::Invalid { code: "invalid_cursor", message: message.to_owned(), place: "cursor".to_owned() }
}

fn pack(value: &Value) -> Json {
    let tagged = |tag: &str, text: String| Json::Object(vec![(tag.to_owned(), Json::String(text))]);
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::Number(value.to_string()),
        Value::UInt(value) => tagged("u", value.to_string()),
        // The bits: a decimal spelling could miss the very row.
        Value::Float(value) => tagged("f", format!("{:x}", value.to_bits())),
        // Our JSON takes no NUL; SQLite's texts may hold one.
        Value::Text(text) if text.contains('\0') => tagged("t", URL_SAFE_NO_PAD.encode(text)),
        Value::Text(text) => Json::String(text.clone()),
        Value::Bytes(bytes) => tagged("b", URL_SAFE_NO_PAD.encode(bytes)),
        Value::List(items) => Json::Array(items.iter().map(pack).collect()),
    }
}

fn unpack(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(digits) => Value::Int(digits.parse().ok()?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(unpack).collect::<Option<_>>()?),
        Json::Object(members) => match members.as_slice() {
            [(tag, Json::String(text))] => match tag.as_str() {
                "u" => Value::UInt(text.parse().ok()?),
                "f" => Value::Float(f64::from_bits(u64::from_str_radix(text, 16).ok()?)),
                "t" => Value::Text(String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?),
                "b" => Value::Bytes(URL_SAFE_NO_PAD.decode(text).ok()?),
                _ => return None,
            },
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_back_exactly_its_values_and_only_to_its_own_request() {
        let values = [
            Value::Null,
            Value::Int(i64::MIN),
            Value::UInt(u64::MAX),
            Value::Float(0.1 + 0.2),
            Value::Text("ä\"\n".into()),
            Value::Text("a\0b".into()),
            Value::Bytes(vec![0, 255]),
            Value::Bool(true),
        ];
        let text = cursor_of(42, values.iter());
        assert_eq!(read_cursor(&text, 42, |found| found.len() == values.len()).unwrap(), values);
        assert_eq!(read_cursor(&text, 43, |_| true).unwrap_err().code(), "invalid_cursor");
        assert!(read_cursor("nonsense", 42, |_| true).is_err());
        assert!(read_cursor(&text, 42, |found| found.len() == 2).is_err());
    }
}
