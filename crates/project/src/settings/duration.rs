//! Durations as settings spell them: `5s`, `1m30s`, `250ms`, `30d`.

use std::time::Duration;

/// The longest duration a setting may have: ten years.
const MAX: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Reads a duration in Go's spelling, with `d` for days.
///
/// # Errors
///
/// A sentence that says what would be right.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration; write one such as 5s, 1m30s, 250ms or 30d");
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit_s = match &rest[..letters] {
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        let part = Duration::try_from_secs_f64(number * unit_s).map_err(|_| wrong())?;
        total = total.checked_add(part).filter(|total| *total <= MAX).ok_or_else(wrong)?;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_spells_them() {
        for (text, ms) in
            [("5s", 5_000), ("1m30s", 90_000), ("250ms", 250), ("1.5h", 5_400_000), ("30d", 2_592_000_000), ("0s", 0)]
        {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_millis(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_an_example() {
        for text in ["", "5", "s", "-5s", "5 s", "five", "1e400s", "99999999d", "5x", "."] {
            assert!(parse_duration(text).unwrap_err().contains("such as 5s"), "{text}");
        }
    }
}
