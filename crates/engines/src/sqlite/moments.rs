//! Date-times as people write them into SQLite: `2024-02-29 12:34:56.5`, `2024-02-29T12:34:56Z`, with an offset, or
//! the day alone.

/// Microseconds since 1970-01-01 UTC; without an offset the text is taken as UTC. `None` for anything else.
pub fn date_time(text: &[u8]) -> Option<i64> {
    let day = date(text.get(..10)?)?;
    let rest = &text[10..];
    let (clock, offset) = match rest {
        [] => (0, 0),
        [b' ' | b'T' | b't', rest @ ..] => {
            let (clock, rest) = clock(rest)?;
            (clock, offset_us(rest)?)
        }
        _ => return None,
    };
    day.checked_mul(crate::json::DAY_US)?.checked_add(clock)?.checked_sub(offset)
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
pub fn date(text: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Source: H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Microseconds of the day of `HH:MM[:SS[.f]]` alone.
pub fn time(text: &[u8]) -> Option<i64> {
    match clock(text)? {
        (clock, []) => Some(clock),
        _ => None,
    }
}

fn clock(text: &[u8]) -> Option<(i64, &[u8])> {
    let [h1, h2, b':', m1, m2, rest @ ..] = text else { return None };
    let (hour, minute) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    let (mut second, mut micros, mut rest) = (0, 0, rest);
    if let [b':', s1, s2, after @ ..] = rest {
        second = number(&[*s1, *s2])?;
        rest = after;
        if let [b'.' | b',', after @ ..] = rest {
            let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            let mut scale = 100_000;
            for byte in &after[..digits.min(6)] {
                micros += i64::from(byte - b'0') * scale;
                scale /= 10;
            }
            rest = &after[digits..];
        }
    }
    // A leap second is the last one of its minute: the calendar behind has none.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((((hour * 60 + minute) * 60 + second.min(59)) * 1_000_000 + micros, rest))
}

/// The offset of `Z`, `+HH:MM`, `+HHMM`, `+HH`, or nothing, also after a space.
fn offset_us(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text {
        [] | b"Z" | b"z" | b"UTC" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let digits = digits.strip_suffix(b" UTC").unwrap_or(digits);
    let (hours, minutes) = match *digits {
        [h1, h2] => (number(&[h1, h2])?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (number(&[h1, h2])?, number(&[m1, m2])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000_000)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_spelling_is_the_same_moment() {
        let moment = Some(1_709_210_096_250_000);
        for text in [
            "2024-02-29 12:34:56.25",
            "2024-02-29T12:34:56.250Z",
            "2024-02-29T12:34:56.250000000+00:00",
            "2024-02-29 14:34:56.25+02:00",
            "2024-02-29 07:04:56.25 -0530 UTC",
            "2024-02-29t13:34:56,25+01",
        ] {
            assert_eq!(date_time(text.as_bytes()), moment, "{text}");
        }
        assert_eq!(date_time(b"1970-01-02"), Some(crate::json::DAY_US));
        assert_eq!(date_time(b"1970-01-01 00:01"), Some(60_000_000));
        assert_eq!(date_time(b"0001-01-01 00:00:00"), Some(-62_135_596_800_000_000));
    }

    #[test]
    fn what_is_no_date_time_is_left_alone() {
        for text in
            ["", "soon", "2024-02-30", "2024-13-01", "2024-01-01 25:00:00", "2024-01-01X00:00", "2024-01-01 1:2"]
        {
            assert_eq!(date_time(text.as_bytes()), None, "{text}");
        }
        assert_eq!(time(b"12:30"), Some(45_000_000_000));
        assert_eq!(time(b"12:30:00Z"), None);
    }
}
