//! Values as literals, for the scripts of a preview. Nothing written here is ever run by us.

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
