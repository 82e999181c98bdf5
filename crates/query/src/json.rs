//! A request body as words: JSON whose numbers keep their digits and whose objects name nothing twice.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// How deep a body may nest. SEC-51.
pub const MAX_DEPTH: usize = 32;

/// The key under which serde_json hands over a number with all its digits.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// A JSON value as it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, with all digits it was written with.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, in the order it was written.
    Object(Vec<(String, Json)>),
}

/// Why a body is not JSON as we take it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct JsonError {
    /// What was wrong.
    pub message: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

impl Json {
    /// Parses a body.
    ///
    /// # Errors
    ///
    /// Malformed JSON, invalid UTF-8, lone surrogates, NUL, a key given twice, nesting over [`MAX_DEPTH`]. SEC-51.
    pub fn parse(body: &[u8]) -> Result<Self, JsonError> {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let parsed = Seed { depth: 0 }.deserialize(&mut deserializer).and_then(|value| {
            deserializer.end()?;
            Ok(value)
        });
        parsed.map_err(|error| {
            let text = error.to_string();
            let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
            JsonError { message, line: error.line(), column: error.column() }
        })
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member of an object by its exact name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// What kind of value it is, for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The value as compact JSON text.
    pub fn to_text(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Writes the value as compact JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Self::String(text) => crate::write_json_string(text.as_bytes(), out),
            Self::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    crate::write_json_string(key.as_bytes(), out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

struct Seed {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Seed {
    fn deeper<E: de::Error>(&self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

fn text<E: de::Error>(value: &str) -> Result<String, E> {
    if value.contains('\0') {
        return Err(E::custom("text holds a NUL character"));
    }
    Ok(value.to_owned())
}

impl<'de> Visitor<'de> for Seed {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(format!("{value:?}")))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        text(value).map(Json::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == NUMBER_KEY && members.is_empty() {
                // A body may spell this key itself, with anything behind it.
                let digits = map.next_value::<String>()?;
                return if is_number(&digits) {
                    Ok(Json::Number(digits))
                } else {
                    Err(de::Error::custom(format!("the key `{key}` is not for bodies")))
                };
            }
            let key = text(&key)?;
            // Objects are small; a set would cost more than this walk.
            if members.iter().any(|(known, _)| *known == key) {
                return Err(de::Error::custom(format!("the key `{key}` is given twice")));
            }
            let value = map.next_value_seed(self.deeper()?)?;
            members.push((key, value));
        }
        Ok(Json::Object(members))
    }
}

/// Whether text is a number as JSON writes them.
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (bare, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let text = r#"{"a":123456789012345678901234567890.10,"b":[-0.0,1e+400,9223372036854775808],"c":"é\n"}"#;
        let parsed = Json::parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.get("a"), Some(&Json::Number("123456789012345678901234567890.10".into())));
        assert_eq!(parsed.to_text(), text);
    }

    #[test]
    fn sec_51_what_is_not_clean_json_is_refused_with_its_place() {
        let deep = "[".repeat(40) + &"]".repeat(40);
        for (body, word) in [
            (&b"{\"a\":1,\"a\":2}"[..], "twice"),
            (deep.as_bytes(), "deeper"),
            (b"\"\xff\"", "unicode"),
            (br#""\ud800""#, "hex escape"),
            (br#""a\u0000b""#, "NUL"),
            (b"{} {}", "trailing"),
            (b"{\"a\":}", "expected"),
            (b"", "EOF"),
            (b"[01]", "invalid number"),
            (br#"{"$serde_json::private::Number":"1,\"admin\":true"}"#, "not for bodies"),
            (br#"{"$serde_json::private::Number":{}}"#, "invalid type"),
        ] {
            let error = Json::parse(body).unwrap_err();
            assert!(error.to_string().contains(word), "{error} should speak of {word}");
        }
    }
}
