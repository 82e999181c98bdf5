//! Words into values of a column's type. What does not convert is refused here, before the database is asked.

use crate::Json;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use portcullis_schema::ColumnType;

/// A value of a known type, before a dialect gives it its spelling.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    /// NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above `i64::MAX`.
    UInt(u64),
    /// A decimal's digits, without exponent.
    Decimal(String),
    /// A float.
    Float(f64),
    /// Text as it is, also the text of types that only the engine reads.
    Text(String),
    /// A UUID.
    Uuid(uuid::Uuid),
    /// A day.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A time of day with the offset it was given with, as text `HH:MM:SS[.f]+HH:MM`.
    TimeZone(String),
    /// A moment in UTC.
    DateTime(NaiveDateTime),
    /// A JSON document's text.
    Json(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The items of an array.
    List(Vec<Typed>),
}

/// What a value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Compared with the column: more digits or characters than the column holds are fine.
    Compare,
    /// Written into the column: what does not fit is refused, never rounded or cut. SEC-51.
    Write,
}

/// Why a word is no value of the column's type: what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

type Result<T> = std::result::Result<T, Mismatch>;

fn mismatch<T>(text: impl Into<String>) -> Result<T> {
    Err(Mismatch(text.into()))
}

/// Converts a word into a value of a column type.
///
/// # Errors
///
/// [`Mismatch`] says what would be right.
pub fn typed_as(ty: &ColumnType, word: &Json, purpose: Purpose) -> Result<Typed> {
    of_type(ty, word, purpose)
}

fn of_type(ty: &ColumnType, word: &Json, purpose: Purpose) -> Result<Typed> {
    if matches!(word, Json::Null) {
        return Ok(Typed::Null);
    }
    match ty {
        ColumnType::Boolean => boolean(word),
        ColumnType::Integer { bits, signed } => integer(word, *bits, *signed),
        ColumnType::Decimal { precision, scale } => decimal(word, *precision, *scale, purpose),
        ColumnType::Float { bits } => float(word, *bits),
        ColumnType::Text { max_chars } => text(word, *max_chars, purpose),
        ColumnType::Enum { values } => label(word, values),
        ColumnType::Uuid => uuid(word),
        ColumnType::Date => date(word),
        ColumnType::Time { zone: false } => time(word),
        ColumnType::Time { zone: true } => time_zone(word),
        ColumnType::DateTime { .. } => date_time(word),
        ColumnType::Json => Ok(Typed::Json(word.to_text())),
        ColumnType::Bytes => bytes(word),
        ColumnType::Array { item } => match word {
            Json::Array(items) => {
                items.iter().map(|word| array_item(item, word, purpose)).collect::<Result<_>>().map(Typed::List)
            }
            other => mismatch(format!("an array is needed, not {}", other.kind())),
        },
        ColumnType::Other => match word {
            Json::String(text) | Json::Number(text) => clean(text).map(Typed::Text),
            other => mismatch(format!("a string is needed, not {}", other.kind())),
        },
    }
}

/// An item of an array; a nested array is a further dimension of the same type.
fn array_item(item: &ColumnType, word: &Json, purpose: Purpose) -> Result<Typed> {
    match word {
        Json::Array(items) if !matches!(item, ColumnType::Json) => {
            items.iter().map(|word| array_item(item, word, purpose)).collect::<Result<_>>().map(Typed::List)
        }
        word => of_type(item, word, purpose),
    }
}

fn boolean(word: &Json) -> Result<Typed> {
    match word {
        Json::Bool(value) => Ok(Typed::Bool(*value)),
        Json::Number(text) | Json::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Ok(Typed::Bool(true)),
            "false" | "f" | "0" => Ok(Typed::Bool(false)),
            _ => mismatch("true or false is needed"),
        },
        other => mismatch(format!("true or false is needed, not {}", other.kind())),
    }
}

fn digits<'j>(word: &'j Json, what: &str) -> Result<&'j str> {
    match word {
        Json::Number(text) | Json::String(text) => Ok(text.trim()),
        other => mismatch(format!("{what} is needed, not {}", other.kind())),
    }
}

fn integer(word: &Json, bits: u8, signed: bool) -> Result<Typed> {
    let text = digits(word, "a whole number")?;
    let Ok(number) = text.parse::<i128>() else { return mismatch("a whole number is needed") };
    let bits = u32::from(bits.clamp(8, 64));
    let (low, high) =
        if signed { (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1) } else { (0, (1_i128 << bits) - 1) };
    if number < low || number > high {
        return mismatch(format!("a whole number from {low} to {high} is needed"));
    }
    match i64::try_from(number) {
        Ok(number) => Ok(Typed::Int(number)),
        Err(_) => u64::try_from(number).map(Typed::UInt).map_err(|_| Mismatch("the number is too large".into())),
    }
}

fn decimal(word: &Json, precision: Option<u32>, scale: Option<u32>, purpose: Purpose) -> Result<Typed> {
    let text = digits(word, "a number")?;
    let plain = plain_decimal(text).ok_or_else(|| Mismatch("a number is needed".into()))?;
    if purpose == Purpose::Write {
        let bare = plain.trim_start_matches('-');
        let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
        let whole = whole.trim_start_matches('0').len();
        let fraction = fraction.trim_end_matches('0').len();
        if let Some(scale) = scale
            && fraction > scale as usize
        {
            return mismatch(format!("at most {scale} digits behind the point are kept, and nothing is rounded"));
        }
        if let (Some(precision), scale) = (precision, scale.unwrap_or(0))
            && whole > precision.saturating_sub(scale) as usize
        {
            return mismatch(format!("at most {} digits before the point are kept", precision.saturating_sub(scale)));
        }
    }
    Ok(Typed::Decimal(plain))
}

/// A number's digits without exponent and plus sign; `None` where it is no number or absurdly long.
pub fn plain_decimal(text: &str) -> Option<String> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.as_bytes().first()? {
        b'-' => ("-", &mantissa[1..]),
        b'+' => ("", &mantissa[1..]),
        _ => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    // PostgreSQL's numeric holds 131,072 digits before the point; no client means more.
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) || exponent.abs() > 1000
    {
        return None;
    }
    if exponent == 0 {
        let whole = if whole.is_empty() { "0" } else { whole };
        return Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") });
    }
    let mut all = format!("{whole}{fraction}");
    let mut point = i32::try_from(whole.len()).ok()? + exponent;
    while point <= 0 {
        all.insert(0, '0');
        point += 1;
    }
    let point = usize::try_from(point).ok()?;
    while all.len() < point {
        all.push('0');
    }
    let (whole, fraction) = all.split_at(point);
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn float(word: &Json, bits: u8) -> Result<Typed> {
    let text = digits(word, "a number")?;
    let json_like = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'));
    let number: f64 = match text.parse() {
        Ok(number) if json_like => number,
        _ => return mismatch("a number is needed"),
    };
    #[expect(clippy::cast_possible_truncation, reason = "only its finiteness is looked at")]
    let fits = number.is_finite() && (bits > 32 || (number as f32).is_finite());
    if fits { Ok(Typed::Float(number)) } else { mismatch("the number is too large") }
}

fn text(word: &Json, max_chars: Option<u32>, purpose: Purpose) -> Result<Typed> {
    let Json::String(text) = word else { return mismatch(format!("a string is needed, not {}", word.kind())) };
    if let Some(max) = max_chars
        && purpose == Purpose::Write
        && text.len() > max as usize
        && text.chars().count() > max as usize
    {
        return mismatch(format!("at most {max} characters are kept"));
    }
    clean(text).map(Typed::Text)
}

/// Bodies hold no NUL, but paths and parameters may; PostgreSQL's texts cannot. SEC-51.
fn clean(text: &str) -> Result<String> {
    if text.contains('\0') { mismatch("text without a NUL character is needed") } else { Ok(text.to_owned()) }
}

fn label(word: &Json, values: &[String]) -> Result<Typed> {
    match word {
        Json::String(text) if values.contains(text) => Ok(Typed::Text(text.clone())),
        _ => {
            let shown = values.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
            mismatch(format!("one of {shown} is needed"))
        }
    }
}

fn uuid(word: &Json) -> Result<Typed> {
    word.as_str()
        .and_then(|text| uuid::Uuid::try_parse(text).ok())
        .map(Typed::Uuid)
        .ok_or_else(|| Mismatch("a UUID such as 6f1c0e5a-0000-4000-8000-000000000000 is needed".into()))
}

fn string<'j>(word: &'j Json, what: &str) -> Result<&'j str> {
    word.as_str().ok_or_else(|| Mismatch(format!("{what} is needed, not {}", word.kind())))
}

const DATE: &str = "a date such as 2026-01-31";
const TIME: &str = "a time such as 13:45:00";
const DATE_TIME: &str = "a date-time such as 2026-01-31T13:45:00Z";

fn date(word: &Json) -> Result<Typed> {
    day(string(word, DATE)?).map(Typed::Date).ok_or_else(|| Mismatch(format!("{DATE} is needed")))
}

/// `YYYY-MM-DD` and nothing else: the parser alone would take blanks, signs and single digits.
fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10 && text.bytes().enumerate().all(|(at, b)| matches!(at, 4 | 7) || b.is_ascii_digit());
    shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

fn clock(text: &str) -> Option<NaiveTime> {
    let time =
        NaiveTime::parse_from_str(text, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()?;
    Some(time)
}

fn time(word: &Json) -> Result<Typed> {
    clock(string(word, TIME)?).map(Typed::Time).ok_or_else(|| Mismatch(format!("{TIME} is needed")))
}

fn time_zone(word: &Json) -> Result<Typed> {
    let text = string(word, TIME)?;
    let (clock_part, zone) = match text.find(['+', '-', 'Z', 'z']) {
        Some(at) => text.split_at(at),
        None => (text, "Z"),
    };
    let zone = if zone.eq_ignore_ascii_case("z") { "+00:00" } else { zone };
    let zone_ok = zone.len() >= 3 && zone[1..].bytes().all(|b| b.is_ascii_digit() || b == b':');
    match clock(clock_part) {
        Some(_) if zone_ok => Ok(Typed::TimeZone(format!("{clock_part}{zone}"))),
        _ => mismatch("a time with zone such as 13:45:00+01:00 is needed"),
    }
}

fn date_time(word: &Json) -> Result<Typed> {
    let text = string(word, DATE_TIME)?;
    parse_moment(text).map(Typed::DateTime).ok_or_else(|| Mismatch(format!("{DATE_TIME} is needed")))
}

/// Reads RFC 3339, the same without zone (UTC), with a space for the `T`, or a day alone (its midnight in UTC).
pub fn parse_moment(text: &str) -> Option<NaiveDateTime> {
    if text.len() < 10 || text.len() > 40 || !text.is_char_boundary(10) {
        return None;
    }
    let (day, rest) = text.split_at(10);
    let day = self::day(day)?;
    if rest.is_empty() {
        return day.and_hms_opt(0, 0, 0);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-']);
    let time = clock(&rest[..zone_at.unwrap_or(rest.len())])?;
    let local = day.and_time(time);
    match zone_at.map(|at| &rest[at..]) {
        None | Some("Z" | "z") => Some(local),
        Some(zone) => {
            // chrono reads the offset; the rest is settled.
            let stamped = format!("{}{zone}", local.format("%Y-%m-%dT%H:%M:%S%.f"));
            DateTime::parse_from_str(&stamped, "%Y-%m-%dT%H:%M:%S%.f%#z").ok().map(|moment| moment.naive_utc())
        }
    }
}

fn bytes(word: &Json) -> Result<Typed> {
    let text = string(word, "base64 text")?;
    [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
        .iter()
        .find_map(|alphabet| alphabet.decode(text).ok())
        .map(Typed::Bytes)
        .ok_or_else(|| Mismatch("base64 text is needed".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    fn write(ty: &ColumnType, text: &str) -> Result<Typed> {
        of_type(ty, &word(text), Purpose::Write)
    }

    #[test]
    fn sec_51_numbers_that_do_not_fit_are_refused_and_never_rounded() {
        let small = ColumnType::Integer { bits: 16, signed: true };
        assert_eq!(write(&small, "32767"), Ok(Typed::Int(32767)));
        assert!(write(&small, "32768").is_err());
        assert!(write(&small, "1.5").is_err());
        assert!(write(&small, "\"++1\"").is_err());
        assert_eq!(write(&small, "\"12\""), Ok(Typed::Int(12)));
        let huge = ColumnType::Integer { bits: 64, signed: false };
        assert_eq!(write(&huge, "18446744073709551615"), Ok(Typed::UInt(u64::MAX)));
        assert!(write(&huge, "-1").is_err());
        let money = ColumnType::Decimal { precision: Some(5), scale: Some(2) };
        assert_eq!(write(&money, "123.450"), Ok(Typed::Decimal("123.450".into())));
        assert!(write(&money, "1.239").is_err());
        assert!(write(&money, "1234.5").is_err());
        assert_eq!(of_type(&money, &word("1.239"), Purpose::Compare), Ok(Typed::Decimal("1.239".into())));
        assert!(write(&ColumnType::Float { bits: 64 }, "1e999").is_err());
        assert!(write(&ColumnType::Float { bits: 64 }, "\"NaN\"").is_err());
    }

    #[test]
    fn exponents_are_written_out() {
        for (from, to) in [("1e3", "1000"), ("-1.25e+1", "-12.5"), ("12e-3", "0.012"), (".5", "0.5"), ("1e-400", "")] {
            let plain = plain_decimal(from).unwrap();
            if !to.is_empty() {
                assert_eq!(plain, to);
            }
        }
        assert_eq!(plain_decimal("1e100000"), None);
        assert_eq!(plain_decimal("--1"), None);
        assert_eq!(plain_decimal(""), None);
    }

    #[test]
    fn moments_are_read_in_every_usual_spelling() {
        let noon = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap().and_hms_opt(12, 0, 0).unwrap();
        for text in [
            "2024-02-29T12:00:00Z",
            "2024-02-29T12:00:00",
            "2024-02-29 12:00:00",
            "2024-02-29T13:00:00+01:00",
            "2024-02-29T13:00:00.000+0100",
            "2024-02-29t12:00z",
        ] {
            assert_eq!(parse_moment(text), Some(noon), "{text}");
        }
        for text in [
            " 024-02-01",
            "+024-02-01",
            "2024-2-011",
            "2024-02-30",
            "2024-02-29T25:00:00",
            "yesterday",
            "2024-02-29T12:00:00+",
            "2024-02-29X12:00:00",
        ] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }

    #[test]
    fn further_types() {
        assert!(write(&ColumnType::Text { max_chars: Some(3) }, "\"äöüß\"").is_err());
        assert!(write(&ColumnType::Text { max_chars: Some(4) }, "\"äöüß\"").is_ok());
        assert!(write(&ColumnType::Text { max_chars: None }, "5").is_err());
        let nul = Json::String("a\0b".into());
        for ty in [ColumnType::Text { max_chars: None }, ColumnType::Other] {
            assert!(typed_as(&ty, &nul, Purpose::Compare).is_err());
        }
        assert!(write(&ColumnType::Enum { values: vec!["a".into()] }, "\"b\"").is_err());
        assert!(write(&ColumnType::Uuid, "\"not\"").is_err());
        assert_eq!(write(&ColumnType::Bytes, "\"aGk=\""), Ok(Typed::Bytes(b"hi".to_vec())));
        assert_eq!(write(&ColumnType::Json, r#"{"a":[1.50]}"#), Ok(Typed::Json(r#"{"a":[1.50]}"#.into())));
        let list = ColumnType::Array { item: Box::new(ColumnType::Integer { bits: 32, signed: true }) };
        assert_eq!(write(&list, "[1,null]"), Ok(Typed::List(vec![Typed::Int(1), Typed::Null])));
        assert!(write(&list, "[\"x\"]").is_err());
    }
}
