//! Spans of time and moments in words, in the languages we know; in English elsewhere.

use chrono::DateTime;
use portcullis_base::Timestamp;

/// `10 minutes`, `1 hour`, `24 hours`, `7 days`.
pub(super) fn span(seconds: u64, language: &str) -> String {
    let minutes = seconds.div_ceil(60).max(1);
    let (number, unit) = match minutes {
        minutes if minutes > 48 * 60 && minutes % (24 * 60) == 0 => (minutes / (24 * 60), 2),
        minutes if minutes % 60 == 0 => (minutes / 60, 1),
        minutes => (minutes, 0),
    };
    let words: [[&str; 2]; 3] = match language {
        "de" => [["Minute", "Minuten"], ["Stunde", "Stunden"], ["Tag", "Tage"]],
        _ => [["minute", "minutes"], ["hour", "hours"], ["day", "days"]],
    };
    format!("{number} {}", words[unit][usize::from(number != 1)])
}

/// `24 November 2026, 14:00 UTC`.
pub(super) fn moment(at: Timestamp, language: &str) -> String {
    let Some(time) = DateTime::from_timestamp_micros(at.micros()) else { return String::new() };
    match language {
        "de" => time.format("%d.%m.%Y, %H:%M UTC"),
        _ => time.format("%-d %B %Y, %H:%M UTC"),
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_largest_unit_that_fits() {
        for (seconds, en, de) in [
            (1, "1 minute", "1 Minute"),
            (600, "10 minutes", "10 Minuten"),
            (3_600, "1 hour", "1 Stunde"),
            (5_400, "90 minutes", "90 Minuten"),
            (86_400, "24 hours", "24 Stunden"),
            (604_800, "7 days", "7 Tage"),
        ] {
            assert_eq!((span(seconds, "en").as_str(), span(seconds, "de").as_str()), (en, de));
        }
    }

    #[test]
    fn moments_name_their_zone() {
        let at = Timestamp(1_795_528_800_000_000);
        assert_eq!(moment(at, "en"), "24 November 2026, 14:00 UTC");
        assert_eq!(moment(at, "de"), "24.11.2026, 14:00 UTC");
    }
}
