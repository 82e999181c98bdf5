//! A row of the driver as JSON and as values.
//!
//! What is written follows the statement's [`Decode`]; how it is written follows what the server really sent, so that
//! a column retyped since the last sync still gives valid JSON. `BIT(1)` is a boolean, longer bit fields are unsigned
//! numbers, `TIME` may be negative or longer than a day, and a day that does not exist (`0000-00-00`) is null.

use crate::json;
use mysql_async::{Row, Value as Sent, consts::ColumnType};
use portcullis_query::{RowReader, Value};
use portcullis_schema::Decode;
use std::fmt::Write as _;

/// One row as the driver holds it.
pub struct MySqlRow(pub Row);

impl RowReader for MySqlRow {
    fn write_json(&self, index: usize, decode: &Decode, out: &mut Vec<u8>) {
        match self.0.as_ref(index) {
            None | Some(Sent::NULL) => out.extend_from_slice(b"null"),
            Some(Sent::Bytes(bytes)) if self.is_bit(index) => number(&Sent::UInt(bits(bytes)), decode, out),
            Some(Sent::Bytes(bytes)) => text(bytes, decode, out),
            Some(&Sent::Date(year, month, day, hour, minute, second, micros)) => {
                moment(
                    [year.into(), month.into(), day.into(), hour.into(), minute.into(), second.into()],
                    micros,
                    decode,
                    out,
                );
            }
            Some(sent @ Sent::Time(..)) => json::string(out, spelled(sent, decode).as_bytes()),
            Some(sent) => number(sent, decode, out),
        }
    }

    fn value(&self, index: usize, decode: &Decode) -> Value {
        match self.0.as_ref(index) {
            None | Some(Sent::NULL) => Value::Null,
            Some(Sent::Bytes(bytes)) if self.is_bit(index) => unsigned(bits(bytes)),
            Some(Sent::Bytes(bytes)) => match (decode, std::str::from_utf8(bytes)) {
                (Decode::Bytes | Decode::UuidBytes, _) | (_, Err(_)) => Value::Bytes(bytes.clone()),
                // Sums over whole numbers come as decimals.
                (Decode::Int | Decode::UInt, Ok(text)) => whole(text).unwrap_or_else(|| Value::Text(text.to_owned())),
                (_, Ok(text)) => Value::Text(text.to_owned()),
            },
            Some(Sent::Int(value)) => Value::Int(*value),
            Some(Sent::UInt(value)) => unsigned(*value),
            Some(Sent::Float(value)) => Value::Float(f64::from(*value)),
            Some(Sent::Double(value)) => Value::Float(*value),
            Some(sent @ (Sent::Date(..) | Sent::Time(..))) => Value::Text(spelled(sent, decode)),
        }
    }
}

impl MySqlRow {
    fn is_bit(&self, index: usize) -> bool {
        self.0.columns_ref().get(index).is_some_and(|column| column.column_type() == ColumnType::MYSQL_TYPE_BIT)
    }
}

fn unsigned(value: u64) -> Value {
    i64::try_from(value).map_or(Value::UInt(value), Value::Int)
}

fn whole(text: &str) -> Option<Value> {
    text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::UInt)).ok()
}

/// A bit field: the highest byte comes first.
fn bits(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Writes what came as a number.
fn number(sent: &Sent, decode: &Decode, out: &mut Vec<u8>) {
    match decode {
        Decode::Bool => {
            let zero = match sent {
                Sent::Int(value) => *value == 0,
                Sent::UInt(value) => *value == 0,
                Sent::Float(value) => *value == 0.0,
                Sent::Double(value) => *value == 0.0,
                _ => false,
            };
            out.extend_from_slice(if zero { b"false" } else { b"true" });
        }
        Decode::Text | Decode::Uuid | Decode::UuidBytes | Decode::Bytes => {
            out.push(b'"');
            number(sent, &Decode::Int, out);
            out.push(b'"');
        }
        _ => match sent {
            Sent::Int(value) => json::int(out, *value),
            Sent::UInt(value) => json::uint(out, *value),
            Sent::Float(value) => json::float32(out, *value),
            // MIN and MAX of a FLOAT come widened; narrowed again they have their own digits.
            Sent::Double(value) if *decode == Decode::Float32 => json::float32(out, *value as f32),
            Sent::Double(value) => json::float64(out, *value),
            _ => out.extend_from_slice(b"null"),
        },
    }
}

/// Writes what came as bytes: text, decimals, JSON, and bytes proper.
fn text(bytes: &[u8], decode: &Decode, out: &mut Vec<u8>) {
    match decode {
        Decode::Bool => {
            let zero = bytes.iter().all(|byte| matches!(byte, b'0' | b'.' | 0));
            out.extend_from_slice(if zero { b"false" } else { b"true" });
        }
        Decode::Int | Decode::UInt | Decode::Decimal | Decode::DecimalScale(_) | Decode::Float32 | Decode::Float64 => {
            if is_number(bytes) {
                out.extend_from_slice(bytes)
            } else {
                json::string(out, bytes)
            }
        }
        Decode::Text | Decode::Time | Decode::TimeZone => json::string(out, bytes),
        Decode::Uuid | Decode::UuidBytes => match <&[u8; 16]>::try_from(bytes) {
            Ok(raw) => json::uuid(out, raw),
            Err(_) => json::string(out, &bytes.to_ascii_lowercase()),
        },
        Decode::Date | Decode::DateTime | Decode::EpochSeconds | Decode::EpochMillis => match parsed(bytes) {
            Some((parts, micros)) => moment(parts, micros, decode, out),
            None => json::string(out, bytes),
        },
        Decode::Json | Decode::Array(_) => document(bytes, out),
        Decode::Bytes => json::bytes(out, bytes),
    }
}

/// Writes a day or a moment; null for a day the calendar does not have.
fn moment(parts: [u32; 6], micros: u32, decode: &Decode, out: &mut Vec<u8>) {
    let [year, month, day, hour, minute, second] = parts;
    if year == 0 || month == 0 || day == 0 {
        out.extend_from_slice(b"null");
        return;
    }
    out.push(b'"');
    two(out, year / 100);
    two(out, year);
    out.push(b'-');
    two(out, month);
    out.push(b'-');
    two(out, day);
    if *decode != Decode::Date {
        out.push(b'T');
        two(out, hour);
        out.push(b':');
        two(out, minute);
        out.push(b':');
        two(out, second);
        if micros > 0 {
            let mut fraction = String::new();
            push_fraction(micros, &mut fraction);
            out.extend_from_slice(fraction.as_bytes());
        }
        out.push(b'Z');
    }
    out.push(b'"');
}

fn two(out: &mut Vec<u8>, number: u32) {
    out.push(b'0' + (number / 10 % 10) as u8);
    out.push(b'0' + (number % 10) as u8);
}

/// A day, moment or time as the server reads it.
fn spelled(sent: &Sent, decode: &Decode) -> String {
    let mut text = String::new();
    match sent {
        Sent::Date(year, month, day, hour, minute, second, micros) => {
            let _ = write!(text, "{year:04}-{month:02}-{day:02}");
            if *decode != Decode::Date {
                let _ = write!(text, " {hour:02}:{minute:02}:{second:02}");
                push_fraction(*micros, &mut text);
            }
        }
        Sent::Time(negative, days, hours, minutes, seconds, micros) => {
            let sign = if *negative { "-" } else { "" };
            let hours = days * 24 + u32::from(*hours);
            let _ = write!(text, "{sign}{hours:02}:{minutes:02}:{seconds:02}");
            push_fraction(*micros, &mut text);
        }
        _ => {}
    }
    text
}

/// Only the digits that are needed.
fn push_fraction(micros: u32, text: &mut String) {
    if micros > 0 {
        let _ = write!(text, ".{micros:06}");
        text.truncate(text.trim_end_matches('0').len());
    }
}

/// Takes `YYYY-MM-DD[ HH:MM:SS[.f]]` apart: expressions over moments come as text.
fn parsed(bytes: &[u8]) -> Option<([u32; 6], u32)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let digits = |part: &str, long: usize| {
        (part.len() == long && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok()).flatten()
    };
    let mut day = day.splitn(3, '-');
    let mut clock = clock.splitn(3, ':');
    let parts = [
        digits(day.next()?, 4)?,
        digits(day.next()?, 2)?,
        digits(day.next()?, 2)?,
        digits(clock.next()?, 2)?,
        digits(clock.next()?, 2)?,
        digits(clock.next()?, 2)?,
    ];
    let micros = digits(&format!("{fraction:0<6}"), 6)?;
    Some((parts, micros))
}

/// Whether the text is a number as JSON writes one.
fn is_number(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let leading = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let canonical = leading == 1 || (leading > 1 && digits[0] != b'0');
    let plain = match &digits[leading..] {
        [] => true,
        [b'.', fraction @ ..] => !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    canonical && (plain || is_json(bytes))
}

fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Copies a JSON document; text that is none becomes a JSON string.
fn document(bytes: &[u8], out: &mut Vec<u8>) {
    if !is_json(bytes) {
        return json::string(out, bytes);
    }
    // Line ends would break rows written line by line; in valid JSON they stand between words only.
    if bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        out.extend(bytes.iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    } else {
        out.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8], decode: Decode) -> String {
        let mut out = Vec::new();
        text(bytes, &decode, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_written_as_its_column_says() {
        for (bytes, decode, expected) in [
            (&b"-123456789012345678901234567890.10"[..], Decode::Decimal, "-123456789012345678901234567890.10"),
            (b"1.5e3", Decode::Float64, "1.5e3"),
            (b"0012", Decode::Int, r#""0012""#),
            (b"abc", Decode::Int, r#""abc""#),
            (b"", Decode::Decimal, r#""""#),
            (b"2024-02-29 12:34:56.250000", Decode::DateTime, r#""2024-02-29T12:34:56.25Z""#),
            (b"2024-02-29", Decode::DateTime, r#""2024-02-29T00:00:00Z""#),
            (b"2024-02-29 12:34:56", Decode::Date, r#""2024-02-29""#),
            (b"0000-00-00 00:00:00", Decode::DateTime, "null"),
            (b"soon", Decode::DateTime, r#""soon""#),
            (b"{\"a\":\n [1, \"x\\n\"]\r\n}", Decode::Json, r#"{"a": [1, "x\n"]}"#),
            (b"{broken", Decode::Json, r#""{broken""#),
            (b"\xff\x00", Decode::Bytes, r#""/wA=""#),
            (b"\xff", Decode::Text, "\"\u{fffd}\""),
            (b"AABBCCDD-0011-2233-4455-66778899AABB", Decode::Uuid, r#""aabbccdd-0011-2233-4455-66778899aabb""#),
            (
                b"\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f",
                Decode::UuidBytes,
                r#""00010203-0405-0607-0809-0a0b0c0d0e0f""#,
            ),
            (b"0", Decode::Bool, "false"),
            (b"2.0", Decode::Bool, "true"),
        ] {
            assert_eq!(written(bytes, decode), expected);
        }
    }

    #[test]
    fn times_may_be_negative_and_longer_than_a_day() {
        let spelled = |sent: Sent, decode| spelled(&sent, &decode);
        assert_eq!(spelled(Sent::Time(true, 34, 22, 59, 59, 500_000), Decode::Time), "-838:59:59.5");
        assert_eq!(spelled(Sent::Time(false, 0, 1, 2, 3, 0), Decode::Time), "01:02:03");
        assert_eq!(spelled(Sent::Date(2024, 2, 9, 1, 2, 3, 40), Decode::DateTime), "2024-02-09 01:02:03.00004");
        assert_eq!(spelled(Sent::Date(2024, 2, 9, 0, 0, 0, 0), Decode::Date), "2024-02-09");
    }

    #[test]
    fn bit_fields_start_with_their_highest_byte() {
        assert_eq!(bits(&[1, 0]), 256);
        assert_eq!(unsigned(u64::MAX), Value::UInt(u64::MAX));
    }
}
