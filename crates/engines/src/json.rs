//! Values as JSON bytes, shared by the engines: numbers, moments, bytes, UUIDs.
//!
//! What a database keeps beyond the calendar of RFC 3339 (infinity, years before 1 or after 9999) and what JSON
//! cannot say (NaN, infinite floats) is written as `null`; `docs/engines.md` names these limits.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar.
const DAYS_TO_1970: i64 = 719_468;
/// Microseconds of a day.
pub const DAY_US: i64 = 86_400_000_000;

/// Writes a whole number.
pub fn int(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Writes an unsigned whole number.
pub fn uint(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Writes a 64-bit float in its shortest form; a whole one without a fraction's zero is still a JSON number.
pub fn float64(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        out.extend_from_slice(b"null");
    }
}

/// Writes a 32-bit float in its shortest form.
pub fn float32(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        out.extend_from_slice(b"null");
    }
}

/// Writes a decimal's text as a JSON number; what is no number (`NaN`, `Infinity`) is null.
pub fn decimal(out: &mut Vec<u8>, text: &[u8]) {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'0'..=b'9', ..] => out.extend_from_slice(text),
        // `.5` is a number in some databases and none in JSON.
        [b'.', b'0'..=b'9', ..] => {
            if digits.len() < text.len() {
                out.push(b'-');
            }
            out.push(b'0');
            out.extend_from_slice(digits);
        }
        _ => out.extend_from_slice(b"null"),
    }
}

/// Writes text as a JSON string; bytes that are not UTF-8 become U+FFFD.
pub fn string(out: &mut Vec<u8>, text: &[u8]) {
    match std::str::from_utf8(text) {
        Ok(_) => portcullis_query::write_json_string(text, out),
        Err(_) => portcullis_query::write_json_string(String::from_utf8_lossy(text).as_bytes(), out),
    }
}

/// Writes bytes as a base64 string.
pub fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(STANDARD.encode(value).as_bytes());
    out.push(b'"');
}

/// Writes 16 bytes as a UUID string.
pub fn uuid(out: &mut Vec<u8>, value: &[u8; 16]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for (at, byte) in value.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
    out.push(b'"');
}

fn two(out: &mut Vec<u8>, value: u32) {
    out.push(b'0' + (value / 10 % 10) as u8);
    out.push(b'0' + (value % 10) as u8);
}

/// Year (0 is 1 BC), month and day of a day counted from 1970-01-01.
/// Source of the arithmetic: H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days.
pub fn civil_parts(days_since_1970: i64) -> (i64, u32, u32) {
    let z = days_since_1970.saturating_add(DAYS_TO_1970);
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month as u32, day as u32)
}

/// Writes `YYYY-MM-DD` without quotes; false (and nothing written) outside the years 1 to 9999.
pub fn civil(out: &mut Vec<u8>, days_since_1970: i64) -> bool {
    let (year, month, day) = civil_parts(days_since_1970);
    if !(1..=9999).contains(&year) {
        return false;
    }
    two(out, (year / 100) as u32);
    two(out, (year % 100) as u32);
    out.push(b'-');
    two(out, month);
    out.push(b'-');
    two(out, day);
    true
}

/// Writes `HH:MM:SS[.f]` without quotes, with only the digits of the fraction that are needed.
pub fn clock(out: &mut Vec<u8>, micros_of_day: i64) {
    let seconds = micros_of_day / 1_000_000;
    two(out, (seconds / 3600) as u32);
    out.push(b':');
    two(out, (seconds / 60 % 60) as u32);
    out.push(b':');
    two(out, (seconds % 60) as u32);
    let mut fraction = micros_of_day % 1_000_000;
    if fraction > 0 {
        let mut digits = 6;
        while fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        out.push(b'.');
        let mut scale = 10_i64.pow(digits - 1);
        while scale > 0 {
            out.push(b'0' + (fraction / scale % 10) as u8);
            scale /= 10;
        }
    }
}

/// Writes a day as a JSON string, or null outside the years 1 to 9999.
pub fn date(out: &mut Vec<u8>, days_since_1970: i64) {
    let start = out.len();
    out.push(b'"');
    if civil(out, days_since_1970) {
        out.push(b'"');
    } else {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

/// Writes a moment as an RFC 3339 JSON string with `Z`, or null outside the years 1 to 9999.
pub fn date_time(out: &mut Vec<u8>, micros_since_1970: i64) {
    let start = out.len();
    out.push(b'"');
    if civil(out, micros_since_1970.div_euclid(DAY_US)) {
        out.push(b'T');
        clock(out, micros_since_1970.rem_euclid(DAY_US));
        out.extend_from_slice(b"Z\"");
    } else {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

/// Writes a time of day as a JSON string.
pub fn time(out: &mut Vec<u8>, micros_of_day: i64) {
    out.push(b'"');
    clock(out, micros_of_day);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn moments_have_only_the_digits_they_need() {
        assert_eq!(text(|o| date_time(o, 0)), r#""1970-01-01T00:00:00Z""#);
        assert_eq!(text(|o| date_time(o, 1_709_210_096_250_000)), r#""2024-02-29T12:34:56.25Z""#);
        assert_eq!(text(|o| date_time(o, -1)), r#""1969-12-31T23:59:59.999999Z""#);
        assert_eq!(text(|o| date_time(o, 1)), r#""1970-01-01T00:00:00.000001Z""#);
        assert_eq!(text(|o| date_time(o, i64::MAX)), "null");
        assert_eq!(text(|o| date(o, -719_162)), r#""0001-01-01""#);
        assert_eq!(text(|o| date(o, -719_163)), "null");
    }

    #[test]
    fn numbers_json_cannot_say_are_null() {
        assert_eq!(text(|o| float64(o, f64::NAN)), "null");
        assert_eq!(text(|o| decimal(o, b"NaN")), "null");
        assert_eq!(text(|o| decimal(o, b"-.50")), "-0.50");
        assert_eq!(text(|o| decimal(o, b"12345678901234567890.10")), "12345678901234567890.10");
    }
}
