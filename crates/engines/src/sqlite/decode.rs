//! SQLite's values as JSON. A column's declared type binds nobody here: what is stored otherwise is still written,
//! as the JSON value it is.

use super::moments;
use crate::json;
use portcullis_query::{RowReader, Value};
use portcullis_schema::Decode;
use rusqlite::{Row, types::ValueRef};
use serde::de::IgnoredAny;

/// A row of the driver.
pub struct SqliteRow<'a, 's>(pub &'a Row<'s>);

impl RowReader for SqliteRow<'_, '_> {
    fn write_json(&self, index: usize, decode: &Decode, out: &mut Vec<u8>) {
        match self.0.get_ref(index) {
            Ok(ValueRef::Integer(value)) => integer(value, decode, out),
            Ok(ValueRef::Real(value)) => real(value, decode, out),
            Ok(ValueRef::Text(value)) => text(value, decode, out),
            Ok(ValueRef::Blob(value)) => blob(value, decode, out),
            Ok(ValueRef::Null) | Err(_) => out.extend_from_slice(b"null"),
        }
    }

    fn value(&self, index: usize, _: &Decode) -> Value {
        match self.0.get_ref(index) {
            Ok(ValueRef::Integer(value)) => Value::Int(value),
            Ok(ValueRef::Real(value)) => Value::Float(value),
            Ok(ValueRef::Text(value)) => Value::Text(String::from_utf8_lossy(value).into_owned()),
            Ok(ValueRef::Blob(value)) => Value::Bytes(value.to_vec()),
            Ok(ValueRef::Null) | Err(_) => Value::Null,
        }
    }
}

fn integer(value: i64, decode: &Decode, out: &mut Vec<u8>) {
    match decode {
        Decode::Bool => boolean(value != 0, out),
        Decode::Float32 | Decode::Float64 => {
            json::int(out, value);
            out.extend_from_slice(b".0");
        }
        Decode::Text => {
            out.push(b'"');
            json::int(out, value);
            out.push(b'"');
        }
        Decode::EpochSeconds => json::date_time(out, value.saturating_mul(1_000_000)),
        Decode::EpochMillis => json::date_time(out, value.saturating_mul(1_000)),
        _ => json::int(out, value),
    }
}

fn real(value: f64, decode: &Decode, out: &mut Vec<u8>) {
    match decode {
        Decode::Bool => boolean(value != 0.0, out),
        Decode::Float32 => json::float32(out, value as f32),
        Decode::Decimal if value.is_finite() => out.extend_from_slice(format!("{value}").as_bytes()),
        Decode::DecimalScale(digits) if value.is_finite() => rounded(value, *digits, out),
        Decode::Text => {
            out.push(b'"');
            out.extend_from_slice(format!("{value:?}").as_bytes());
            out.push(b'"');
        }
        // A float beyond the range ends at its border, which is outside the calendar: null.
        Decode::EpochSeconds => json::date_time(out, (value * 1_000_000.0).round() as i64),
        Decode::EpochMillis => json::date_time(out, (value * 1_000.0).round() as i64),
        _ => json::float64(out, value),
    }
}

fn text(value: &[u8], decode: &Decode, out: &mut Vec<u8>) {
    match decode {
        Decode::Bool => match word(value) {
            Some(truth) => boolean(truth, out),
            None => json::string(out, value),
        },
        Decode::Decimal | Decode::DecimalScale(_) => number(value, out),
        Decode::Uuid | Decode::UuidBytes => json::string(out, &value.to_ascii_lowercase()),
        Decode::Date => match moments::date_time(value) {
            Some(_) => json::string(out, &value[..10]),
            None => json::string(out, value),
        },
        Decode::Time => match moments::time(value) {
            Some(micros) => json::time(out, micros),
            None => json::string(out, value),
        },
        Decode::DateTime | Decode::EpochSeconds | Decode::EpochMillis => match moments::date_time(value) {
            Some(micros) => json::date_time(out, micros),
            None => json::string(out, value),
        },
        Decode::Json | Decode::Array(_) => document(value, out),
        Decode::Bytes => json::bytes(out, value),
        _ => json::string(out, value),
    }
}

fn blob(value: &[u8], decode: &Decode, out: &mut Vec<u8>) {
    match (decode, value) {
        (Decode::Bool, [byte @ (0 | 1)]) => boolean(*byte == 1, out),
        (Decode::Uuid | Decode::UuidBytes, value) if value.len() == 16 => match value.try_into() {
            Ok(value) => json::uuid(out, value),
            Err(_) => json::bytes(out, value),
        },
        (Decode::Json | Decode::Array(_), value) if is_document(value) => document(value, out),
        (_, value) => json::bytes(out, value),
    }
}

fn boolean(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

fn word(text: &[u8]) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    if is(&["t", "true", "y", "yes", "on", "1"]) {
        Some(true)
    } else if is(&["f", "false", "n", "no", "off", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// Rounds to so many digits, then drops the zeros that say nothing, as single values have none either.
fn rounded(value: f64, digits: u32, out: &mut Vec<u8>) {
    let digits = usize::try_from(digits).unwrap_or(0).min(30);
    let text = format!("{value:.digits$}");
    let text = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    out.extend_from_slice(if text == "-0" { b"0" } else { text.as_bytes() });
}

/// Text that is a number as people write it, as a JSON number with all its digits.
fn number(text: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let trimmed = text.trim_ascii();
    let (negative, digits) = match trimmed {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if negative {
        out.push(b'-');
    }
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    match &digits[zeros..] {
        // `007` and `.5` are numbers, and none in JSON.
        rest @ [b'1'..=b'9', ..] => out.extend_from_slice(rest),
        rest => {
            out.push(b'0');
            out.extend_from_slice(rest);
        }
    }
    let is_number = digits.iter().any(u8::is_ascii_digit)
        && matches!(digits[0], b'0'..=b'9' | b'.')
        && serde_json::from_slice::<IgnoredAny>(&out[start..]).is_ok();
    if !is_number {
        out.truncate(start);
        json::string(out, text);
    }
}

fn is_document(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

fn document(text: &[u8], out: &mut Vec<u8>) {
    if is_document(text) {
        // Line ends can only stand between the parts of a document; in NDJSON they would end the row.
        out.extend(text.trim_ascii().iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    } else {
        json::string(out, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decode as D;

    fn decoded(sql: &str, decode: Decode) -> String {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.query_row(&format!("SELECT {sql}"), [], |row| {
            let mut out = Vec::new();
            SqliteRow(row).write_json(0, &decode, &mut out);
            let text = String::from_utf8(out).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).expect(&text);
            Ok(text)
        })
        .unwrap()
    }

    #[test]
    fn values_of_the_declared_type_are_written_as_it_says() {
        for (sql, decode, json) in [
            ("0", D::Bool, "false"),
            ("'T'", D::Bool, "true"),
            ("-9223372036854775808", D::Int, "-9223372036854775808"),
            ("1", D::Float64, "1.0"),
            ("0.1", D::Float64, "0.1"),
            ("0.1", D::Float32, "0.1"),
            ("10", D::Decimal, "10"),
            ("12.50", D::Decimal, "12.5"),
            ("1e20", D::Decimal, "100000000000000000000"),
            ("'0012345678901234567890.10'", D::Decimal, "12345678901234567890.10"),
            ("'-.5'", D::Decimal, "-0.5"),
            ("0.1+0.2", D::DecimalScale(2), "0.3"),
            ("-0.001", D::DecimalScale(2), "0"),
            ("100.0", D::DecimalScale(0), "100"),
            ("'a\"b' || char(10)", D::Text, r#""a\"b\n""#),
            ("'F47AC10B-58CC-4372-A567-0E02B2C3D479'", D::Uuid, r#""f47ac10b-58cc-4372-a567-0e02b2c3d479""#),
            ("x'F47AC10B58CC4372A5670E02B2C3D479'", D::UuidBytes, r#""f47ac10b-58cc-4372-a567-0e02b2c3d479""#),
            ("'2024-02-29 00:00:00'", D::Date, r#""2024-02-29""#),
            ("'09:05'", D::Time, r#""09:05:00""#),
            ("'2024-02-29 12:34:56.250'", D::DateTime, r#""2024-02-29T12:34:56.25Z""#),
            ("'2024-02-29'", D::DateTime, r#""2024-02-29T00:00:00Z""#),
            ("1709210096", D::EpochSeconds, r#""2024-02-29T12:34:56Z""#),
            ("1709210096.25", D::EpochSeconds, r#""2024-02-29T12:34:56.25Z""#),
            ("1709210096250", D::EpochMillis, r#""2024-02-29T12:34:56.25Z""#),
            ("'{\"a\": [1]}'", D::Json, r#"{"a": [1]}"#),
            ("'[1,' || char(10) || '2]'", D::Json, "[1, 2]"),
            ("x'00ff'", D::Bytes, r#""AP8=""#),
        ] {
            assert_eq!(decoded(sql, decode.clone()), json, "{sql} as {decode:?}");
        }
    }

    #[test]
    fn values_of_another_type_are_still_json() {
        let all = [
            D::Bool,
            D::Int,
            D::UInt,
            D::Float32,
            D::Float64,
            D::Decimal,
            D::DecimalScale(2),
            D::Text,
            D::Uuid,
            D::UuidBytes,
            D::Date,
            D::Time,
            D::TimeZone,
            D::DateTime,
            D::EpochSeconds,
            D::EpochMillis,
            D::Json,
            D::Bytes,
            D::Array(Box::new(D::Int)),
        ];
        let values = [
            "NULL",
            "7",
            "-7",
            "9223372036854775807",
            "1.5",
            "-1e300",
            "9e999",
            "''",
            "'x'",
            "'12abc'",
            "'1e5'",
            "'+'",
            "'-'",
            "'.'",
            "'\u{1F600}'",
            "x''",
            "x'ff'",
            "CAST(x'ff41' AS TEXT)",
            "'2024-99-99'",
            "'{'",
        ];
        for decode in all {
            for sql in values {
                decoded(sql, decode.clone());
            }
        }
        assert_eq!(decoded("'soon'", D::DateTime), r#""soon""#);
        assert_eq!(decoded("'maybe'", D::Bool), r#""maybe""#);
        assert_eq!(decoded("12", D::Text), r#""12""#);
        assert_eq!(decoded("'x'", D::Int), r#""x""#);
        assert_eq!(decoded("'x'", D::Bytes), r#""eA==""#);
    }

    #[test]
    fn a_value_can_be_bound_again_and_compares_equal() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let mut select = conn.prepare("SELECT 1, 1.5, 'x', x'01', NULL").unwrap();
        let values = select
            .query_row([], |row| Ok((0..5).map(|at| SqliteRow(row).value(at, &D::Text)).collect::<Vec<_>>()))
            .unwrap();
        let expected = [Value::Int(1), Value::Float(1.5), Value::Text("x".into()), Value::Bytes(vec![1]), Value::Null];
        assert_eq!(values, expected);
    }
}
