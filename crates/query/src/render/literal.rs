//! Values as literals, for the scripts of a preview. Of what is written here we run plain values of rules alone.

use super::Dialect;
use crate::Value;
use std::fmt::Write as _;

pub(super) fn write(dialect: &dyn Dialect, out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("NULL"),
        Value::Bool(value) => out.push_str(if *value { "TRUE" } else { "FALSE" }),
        Value::Int(value) => drop(write!(out, "{value}")),
        Value::UInt(value) => drop(write!(out, "{value}")),
        Value::Float(value) => drop(write!(out, "{value:?}")),
        Value::Text(text) => dialect.write_text_literal(out, text),
        Value::Bytes(bytes) => dialect.write_bytes_literal(out, bytes),
        Value::List(_) => dialect.write_text_literal(out, &value.to_text().unwrap_or_default()),
    }
}

/// Whether a value is spelt alike in every SQL and holds nothing that could be read as anything else: numbers, and short
/// text of letters, digits, space, `_`, `-` and `.`.
pub(super) fn is_plain(value: &Value) -> bool {
    match value {
        Value::Int(_) | Value::UInt(_) | Value::Bool(_) => true,
        Value::Text(text) => {
            text.len() <= 64
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'-' | b'.'))
        }
        Value::Null | Value::Float(_) | Value::Bytes(_) | Value::List(_) => false,
    }
}

/// `'it''s'`: the literal of standard SQL.
pub(super) fn standard_text(out: &mut String, text: &str) {
    out.push('\'');
    for c in text.chars() {
        if c == '\'' {
            out.push('\'');
        }
        out.push(c);
    }
    out.push('\'');
}

pub(super) fn hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
}
