//! A value on its way into or out of a database.

use std::fmt::Write as _;

/// A bound value in one of the few forms every driver takes.
///
/// What a column's type makes of a word (a date, a UUID, a decimal) is settled while planning, in the
/// dialect's own spelling; an engine only binds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// True or false, where the engine has a boolean; SQLite and MySQL are given `Int`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX` (MySQL `BIGINT UNSIGNED`).
    UInt(u64),
    /// A binary float.
    Float(f64),
    /// Text, and everything that travels as text: decimals, dates, JSON, enums, PostgreSQL's further types.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Several values for one placeholder: PostgreSQL arrays, and `= ANY($1)`. Other engines never see it.
    List(Vec<Value>),
}

impl Value {
    /// Whether this is NULL.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text form PostgreSQL reads for a parameter of any type. `None` for NULL.
    pub fn to_text(&self) -> Option<String> {
        let mut out = String::new();
        self.write_text(&mut out).then_some(out)
    }

    /// Writes the text form; false for NULL.
    pub fn write_text(&self, out: &mut String) -> bool {
        match self {
            Self::Null => return false,
            Self::Bool(value) => out.push_str(if *value { "t" } else { "f" }),
            Self::Int(value) => out.push_str(itoa::Buffer::new().format(*value)),
            Self::UInt(value) => out.push_str(itoa::Buffer::new().format(*value)),
            Self::Float(value) => match value {
                v if v.is_nan() => out.push_str("NaN"),
                v if v.is_infinite() => out.push_str(if *v > 0.0 { "Infinity" } else { "-Infinity" }),
                v => drop(write!(out, "{v:?}")),
            },
            Self::Text(value) => out.push_str(value),
            Self::Bytes(value) => {
                out.push_str("\\x");
                for byte in value {
                    let _ = write!(out, "{byte:02x}");
                }
            }
            Self::List(items) => write_array(items, out),
        }
        true
    }
}

/// PostgreSQL's array literal: `{1,"a \"quoted\" text",NULL,{nested}}`.
fn write_array(items: &[Value], out: &mut String) {
    out.push('{');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match item {
            Value::Null => out.push_str("NULL"),
            Value::Int(_) | Value::UInt(_) | Value::Bool(_) | Value::List(_) | Value::Float(_) => {
                item.write_text(out);
            }
            Value::Text(_) | Value::Bytes(_) => {
                out.push('"');
                for c in item.to_text().unwrap_or_default().chars() {
                    if matches!(c, '"' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
                out.push('"');
            }
        }
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_are_what_postgresql_reads() {
        let list = Value::List(vec![Value::Text("a \"b\" \\ {c},".into()), Value::Null, Value::Int(-3)]);
        assert_eq!(list.to_text().unwrap(), r#"{"a \"b\" \\ {c},",NULL,-3}"#);
        assert_eq!(Value::Bytes(vec![0, 255]).to_text().unwrap(), r"\x00ff");
        assert_eq!(Value::Float(0.1).to_text().unwrap(), "0.1");
        assert_eq!(Value::Null.to_text(), None);
    }
}
