//! From the wire's bytes to JSON.
//!
//! Which writer a column needs is settled once per prepared statement, from the type the server announces and the
//! kind of JSON the request wants; per row there is only a `match`.

use super::{array, numeric, value};
use crate::{EngineError, json};
use portcullis_query::{RowReader, Value};
use portcullis_schema::{Decode, Output};
use tokio_postgres::{
    Column, Row,
    types::{FromSql, Kind, Type},
};

/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL counts from.
pub const DAYS_TO_2000: i64 = 10_957;
/// The same in microseconds.
const MICROS_TO_2000: i64 = DAYS_TO_2000 * json::DAY_US;

/// How the bytes of one column become JSON.
#[derive(Debug, Clone, PartialEq)]
pub enum Writer {
    Null,
    Bool,
    Int2,
    Int4,
    Int8,
    /// An unsigned 32-bit number: object and transaction ids.
    Uint4,
    Float4,
    Float8,
    Numeric,
    /// A numeric where a float is wanted: an average, say. Its shortest form.
    NumericAsFloat,
    Text,
    /// Text that spells a number.
    TextAsNumber,
    /// Text that spells a truth value.
    TextAsBool,
    /// Text that is a JSON document.
    Json,
    Jsonb,
    Uuid,
    Date,
    Time,
    TimeTz,
    Timestamp,
    /// A moment; differs from [`Writer::Timestamp`] only in the form it is bound again.
    TimestampTz,
    /// Text in the form PostgreSQL prints a moment.
    TextAsTimestamp,
    Bytes,
    Array(Box<Writer>),
    /// Text in the form PostgreSQL prints an array, every item a string.
    TextAsArray,
    /// Something else where text is wanted.
    Quoted(Box<Writer>),
}

/// The writers of a statement's outputs.
///
/// # Errors
///
/// [`EngineError::Drift`] if a column has a type that cannot be read in binary: what was selected as it is has
/// become something else since the schema was read.
pub fn writers(outputs: &[Output], columns: &[Column]) -> Result<Vec<Writer>, EngineError> {
    let drift = |cause: String| EngineError::Drift { cause };
    outputs
        .iter()
        .enumerate()
        .map(|(at, output)| {
            let column = columns.get(at).ok_or_else(|| drift(format!("the result has no column {at}")))?;
            writer(&output.shape.decode, column.type_())
                .ok_or_else(|| drift(format!("no reader for type `{}`", column.type_().name())))
        })
        .collect()
}

fn writer(decode: &Decode, ty: &Type) -> Option<Writer> {
    let natural = natural(ty)?;
    Some(match (decode, natural) {
        (Decode::Text, Writer::Text) => Writer::Text,
        (Decode::Text, Writer::Uuid) => Writer::Uuid,
        (Decode::Text, other) => Writer::Quoted(Box::new(other)),
        (Decode::Int | Decode::UInt | Decode::Decimal | Decode::DecimalScale(_), Writer::Text) => Writer::TextAsNumber,
        (Decode::Float32 | Decode::Float64, Writer::Text) => Writer::TextAsNumber,
        (Decode::Float32 | Decode::Float64, Writer::Numeric) => Writer::NumericAsFloat,
        (Decode::Bool, Writer::Text) => Writer::TextAsBool,
        (Decode::Json, Writer::Text) => Writer::Json,
        (Decode::DateTime, Writer::Text) => Writer::TextAsTimestamp,
        (Decode::Array(_), Writer::Text) => Writer::TextAsArray,
        (Decode::Array(item), Writer::Array(found)) => match ty.kind() {
            Kind::Array(ty) => Writer::Array(Box::new(writer(item, ty)?)),
            _ => Writer::Array(found),
        },
        (_, natural) => natural,
    })
}

/// How a type is written when nothing else is asked for; `None` without a reader.
fn natural(ty: &Type) -> Option<Writer> {
    Some(match *ty {
        Type::BOOL => Writer::Bool,
        Type::INT2 => Writer::Int2,
        Type::INT4 => Writer::Int4,
        Type::INT8 => Writer::Int8,
        Type::OID | Type::XID | Type::CID => Writer::Uint4,
        Type::FLOAT4 => Writer::Float4,
        Type::FLOAT8 => Writer::Float8,
        Type::NUMERIC => Writer::Numeric,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::UNKNOWN | Type::XML => Writer::Text,
        Type::UUID => Writer::Uuid,
        Type::DATE => Writer::Date,
        Type::TIME => Writer::Time,
        Type::TIMETZ => Writer::TimeTz,
        Type::TIMESTAMP => Writer::Timestamp,
        Type::TIMESTAMPTZ => Writer::TimestampTz,
        Type::JSON => Writer::Json,
        Type::JSONB => Writer::Jsonb,
        Type::BYTEA => Writer::Bytes,
        Type::VOID => Writer::Null,
        _ => match ty.kind() {
            Kind::Enum(_) => Writer::Text,
            Kind::Domain(base) => return natural(base),
            Kind::Array(item) => Writer::Array(Box::new(natural(item)?)),
            // The extension's type, in whatever schema it was put.
            Kind::Simple if ty.name() == "citext" => Writer::Text,
            _ => return None,
        },
    })
}

/// A column's bytes as they came.
struct Raw<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row with its statement's writers.
pub struct PgRow<'r> {
    /// As the driver holds it.
    pub row: &'r Row,
    /// One for each output.
    pub writers: &'r [Writer],
}

impl PgRow<'_> {
    fn column(&self, index: usize) -> Option<(&Writer, &[u8])> {
        let Raw(raw) = self.row.try_get::<_, Option<Raw<'_>>>(index).ok()??;
        Some((self.writers.get(index)?, raw))
    }
}

impl RowReader for PgRow<'_> {
    fn write_json(&self, index: usize, _: &Decode, out: &mut Vec<u8>) {
        match self.column(index) {
            Some((writer, raw)) => write(writer, raw, out),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn value(&self, index: usize, _: &Decode) -> Value {
        self.column(index).map_or(Value::Null, |(writer, raw)| value::read(writer, raw))
    }
}

/// Bytes of a fixed length; the server's word is not trusted so far as to panic on it.
pub fn fixed<const N: usize>(raw: &[u8]) -> Option<[u8; N]> {
    raw.try_into().ok()
}

/// Writes one value as JSON; `null` for what JSON cannot say.
pub fn write(writer: &Writer, raw: &[u8], out: &mut Vec<u8>) {
    if write_checked(writer, raw, out).is_none() {
        out.extend_from_slice(b"null");
    }
}

// `None` means that nothing was written.
fn write_checked(writer: &Writer, raw: &[u8], out: &mut Vec<u8>) -> Option<()> {
    match writer {
        Writer::Null => return None,
        Writer::Bool => out.extend_from_slice(if raw.first()? == &0 { b"false" } else { b"true" }),
        Writer::Int2 => json::int(out, i16::from_be_bytes(fixed(raw)?).into()),
        Writer::Int4 => json::int(out, i32::from_be_bytes(fixed(raw)?).into()),
        Writer::Int8 => json::int(out, i64::from_be_bytes(fixed(raw)?)),
        Writer::Uint4 => json::int(out, u32::from_be_bytes(fixed(raw)?).into()),
        Writer::Float4 => json::float32(out, f32::from_be_bytes(fixed(raw)?)),
        Writer::Float8 => json::float64(out, f64::from_be_bytes(fixed(raw)?)),
        Writer::Numeric => {
            let start = out.len();
            numeric::write(out, raw);
            if !matches!(out.last(), Some(b'0'..=b'9')) {
                out.truncate(start);
                return None;
            }
        }
        Writer::NumericAsFloat => {
            let mut digits = Vec::new();
            numeric::write(&mut digits, raw);
            json::float64(out, std::str::from_utf8(&digits).ok()?.parse().ok()?);
        }
        Writer::Text => json::string(out, raw),
        Writer::TextAsNumber => json::decimal(out, raw),
        Writer::TextAsBool => out.extend_from_slice(if raw.first() == Some(&b't') { b"true" } else { b"false" }),
        Writer::Json => document(out, raw),
        // One byte says which version of the format follows.
        Writer::Jsonb => document(out, raw.get(1..)?),
        Writer::Uuid => match fixed(raw) {
            Some(bytes) => json::uuid(out, &bytes),
            None => json::string(out, raw),
        },
        Writer::Date => json::date(out, i64::from(i32::from_be_bytes(fixed(raw)?)) + DAYS_TO_2000),
        Writer::Time => json::time(out, i64::from_be_bytes(fixed(raw)?)),
        Writer::TimeTz => {
            out.push(b'"');
            value::write_time_tz(raw, out);
            out.push(b'"');
        }
        Writer::Timestamp | Writer::TimestampTz => {
            json::date_time(out, i64::from_be_bytes(fixed(raw)?).saturating_add(MICROS_TO_2000));
        }
        Writer::TextAsTimestamp => text_as_timestamp(out, raw),
        Writer::Bytes => json::bytes(out, raw),
        Writer::Array(item) => array::write(out, item, raw)?,
        Writer::TextAsArray => array::write_literal(out, raw),
        Writer::Quoted(inner) => {
            let mut text = Vec::new();
            write_checked(inner, raw, &mut text)?;
            match text.first()? {
                b'"' => out.extend_from_slice(&text),
                _ => json::string(out, &text),
            }
        }
    }
    Some(())
}

// Line breaks in a document can only stand between its words; a stream of lines must not be broken by them.
fn document(out: &mut Vec<u8>, raw: &[u8]) {
    let start = out.len();
    out.extend_from_slice(raw);
    for byte in &mut out[start..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

// `2024-02-29 12:34:56.25+00` or without the zone.
fn text_as_timestamp(out: &mut Vec<u8>, raw: &[u8]) {
    let moment = raw.strip_suffix(b"+00").unwrap_or(raw);
    if moment.len() < 19 || moment.get(10) != Some(&b' ') {
        return json::string(out, raw);
    }
    out.push(b'"');
    out.extend_from_slice(&moment[..10]);
    out.push(b'T');
    out.extend_from_slice(&moment[11..]);
    out.extend_from_slice(b"Z\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(writer: &Writer, raw: &[u8]) -> String {
        let mut out = Vec::new();
        write(writer, raw, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_the_request_wants_and_what_the_wire_has_meet_in_a_writer() {
        assert_eq!(writer(&Decode::Decimal, &Type::TEXT), Some(Writer::TextAsNumber));
        assert_eq!(writer(&Decode::Int, &Type::NUMERIC), Some(Writer::Numeric));
        assert_eq!(writer(&Decode::Float64, &Type::NUMERIC), Some(Writer::NumericAsFloat));
        assert_eq!(writer(&Decode::Text, &Type::INET), None);
        assert_eq!(
            writer(&Decode::Array(Box::new(Decode::Text)), &Type::INT4_ARRAY),
            Some(Writer::Array(Box::new(Writer::Quoted(Box::new(Writer::Int4)))))
        );
        assert_eq!(json_of(&Writer::Quoted(Box::new(Writer::Int4)), &7_i32.to_be_bytes()), r#""7""#);
    }

    #[test]
    fn cut_values_are_null_and_do_not_panic() {
        let all = [
            Writer::Bool,
            Writer::Int2,
            Writer::Int8,
            Writer::Numeric,
            Writer::NumericAsFloat,
            Writer::Jsonb,
            Writer::Date,
            Writer::Timestamp,
            Writer::Array(Box::new(Writer::Int4)),
        ];
        for writer in all {
            assert_eq!(json_of(&writer, b""), "null", "{writer:?}");
        }
        let lies = [&1_i32.to_be_bytes()[..], &[0; 8], &i32::MAX.to_be_bytes(), &[0; 4]].concat();
        assert_eq!(json_of(&Writer::Array(Box::new(Writer::Int4)), &lies), "[null]");
    }

    #[test]
    fn a_document_never_breaks_a_line() {
        assert_eq!(json_of(&Writer::Json, b"{\n  \"a\": 1\r\n}"), "{   \"a\": 1  }");
    }
}
