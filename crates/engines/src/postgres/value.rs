//! From the wire's bytes to a value that can be bound again: lossless, in PostgreSQL's own spelling.

use super::{
    array::ArrayReader,
    decode::{DAYS_TO_2000, Writer, fixed, write},
    numeric,
};
use crate::json;
use portcullis_query::Value;

/// Reads a value; what cannot be read is NULL.
pub fn read(writer: &Writer, raw: &[u8]) -> Value {
    read_checked(writer, raw).unwrap_or(Value::Null)
}

fn read_checked(writer: &Writer, raw: &[u8]) -> Option<Value> {
    Some(match writer {
        Writer::Null => Value::Null,
        Writer::Bool => Value::Bool(*raw.first()? != 0),
        Writer::Int2 => Value::Int(i16::from_be_bytes(fixed(raw)?).into()),
        Writer::Int4 => Value::Int(i32::from_be_bytes(fixed(raw)?).into()),
        Writer::Int8 => Value::Int(i64::from_be_bytes(fixed(raw)?)),
        Writer::Uint4 => Value::Int(u32::from_be_bytes(fixed(raw)?).into()),
        Writer::Float4 => Value::Float(f32::from_be_bytes(fixed(raw)?).into()),
        Writer::Float8 => Value::Float(f64::from_be_bytes(fixed(raw)?)),
        Writer::Numeric | Writer::NumericAsFloat => text(|out| numeric::write(out, raw)),
        Writer::TextAsBool => Value::Bool(raw.first() == Some(&b't')),
        Writer::Text | Writer::TextAsNumber | Writer::TextAsTimestamp | Writer::TextAsArray | Writer::Json => {
            text(|out| out.extend_from_slice(raw))
        }
        Writer::Jsonb => text(|out| out.extend_from_slice(raw.get(1..).unwrap_or_default())),
        Writer::Uuid => {
            let mut quoted = Vec::new();
            write(writer, raw, &mut quoted);
            text(|out| out.extend(quoted.into_iter().filter(|byte| *byte != b'"')))
        }
        Writer::Date => {
            let days = i32::from_be_bytes(fixed(raw)?);
            match days {
                i32::MAX => Value::Text("infinity".to_owned()),
                i32::MIN => Value::Text("-infinity".to_owned()),
                days => text(|out| {
                    let before_christ = write_day(out, i64::from(days) + DAYS_TO_2000);
                    out.extend_from_slice(if before_christ { b" BC" } else { b"" });
                }),
            }
        }
        Writer::Time => {
            let micros = i64::from_be_bytes(fixed(raw)?);
            text(|out| json::clock(out, micros))
        }
        Writer::TimeTz => text(|out| write_time_tz(raw, out)),
        Writer::Timestamp => moment(i64::from_be_bytes(fixed(raw)?), b""),
        Writer::TimestampTz => moment(i64::from_be_bytes(fixed(raw)?), b"+00"),
        Writer::Bytes => Value::Bytes(raw.to_vec()),
        Writer::Array(item) => {
            let mut reader = ArrayReader::new(raw)?;
            let dimensions = std::mem::take(&mut reader.dimensions);
            if dimensions.is_empty() { Value::List(Vec::new()) } else { list(item, &mut reader, &dimensions)? }
        }
        Writer::Quoted(inner) => read(inner, raw),
    })
}

fn text(write: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut out = Vec::new();
    write(&mut out);
    Value::Text(String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn list(item: &Writer, reader: &mut ArrayReader<'_>, lengths: &[usize]) -> Option<Value> {
    let Some((length, inner)) = lengths.split_first() else {
        return Some(reader.next_item()?.map_or(Value::Null, |raw| read(item, raw)));
    };
    (0..*length).map(|_| list(item, reader, inner)).collect::<Option<Vec<_>>>().map(Value::List)
}

fn moment(micros_since_2000: i64, zone: &[u8]) -> Value {
    match micros_since_2000 {
        i64::MAX => Value::Text("infinity".to_owned()),
        i64::MIN => Value::Text("-infinity".to_owned()),
        micros => text(|out| {
            // The days are moved, not the microseconds: the last moments would not fit.
            let before_christ = write_day(out, micros.div_euclid(json::DAY_US) + DAYS_TO_2000);
            out.push(b' ');
            json::clock(out, micros.rem_euclid(json::DAY_US));
            out.extend_from_slice(zone);
            out.extend_from_slice(if before_christ { b" BC" } else { b"" });
        }),
    }
}

// Any year; true for one before Christ, which PostgreSQL counts backwards from 1 and marks at the very end.
fn write_day(out: &mut Vec<u8>, days_since_1970: i64) -> bool {
    let (year, month, day) = json::civil_parts(days_since_1970);
    let shown = if year > 0 { year } else { 1 - year };
    out.extend_from_slice(format!("{shown:04}-{month:02}-{day:02}").as_bytes());
    year <= 0
}

/// Writes `HH:MM:SS[.f]+HH:MM` without quotes; nothing if the bytes are cut.
pub fn write_time_tz(raw: &[u8], out: &mut Vec<u8>) {
    let Some((micros, zone)) = raw.split_at_checked(8) else { return };
    let (Some(micros), Some(zone)) = (fixed(micros), fixed(zone)) else { return };
    json::clock(out, i64::from_be_bytes(micros));
    // The wire counts seconds westwards.
    let west = i64::from(i32::from_be_bytes(zone));
    out.push(if west > 0 { b'-' } else { b'+' });
    let mut offset = Vec::new();
    json::clock(&mut offset, west.abs() * 1_000_000);
    // Seconds are for the time before time zones.
    let shown = if offset.ends_with(b":00") { 5 } else { offset.len() };
    out.extend_from_slice(&offset[..shown.min(offset.len())]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_every_digit_and_every_year() {
        let at = |micros: i64| match read(&Writer::TimestampTz, &micros.to_be_bytes()) {
            Value::Text(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(at(0), "2000-01-01 00:00:00+00");
        assert_eq!(at(1), "2000-01-01 00:00:00.000001+00");
        assert_eq!(at(i64::MAX), "infinity");
        assert_eq!(at(-63_113_904_000_000_000), "0001-01-01 00:00:00+00 BC");
        assert_eq!(read(&Writer::Date, &i32::MIN.to_be_bytes()), Value::Text("-infinity".into()));
    }

    #[test]
    fn a_time_with_zone_shows_its_offset_eastwards() {
        let raw = |west: i32| [&3_600_000_000_i64.to_be_bytes()[..], &west.to_be_bytes()[..]].concat();
        let shown = |west: i32| {
            let mut out = Vec::new();
            write_time_tz(&raw(west), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(-19_800), "01:00:00+05:30");
        assert_eq!(shown(28_800), "01:00:00-08:00");
        assert_eq!(shown(0), "01:00:00+00:00");
    }
}
