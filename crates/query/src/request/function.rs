//! Functions of a column: `year(placed_at)` stands where a column's name may stand.

/// What is made of a column's value before it is compared, grouped or sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnFunction {
    /// The year.
    Year,
    /// The quarter, 1 to 4.
    Quarter,
    /// The month, 1 to 12.
    Month,
    /// The week of ISO 8601, 1 to 53.
    Week,
    /// The day of the month.
    Day,
    /// The day of the week: 0 is Sunday.
    Weekday,
    /// The day of the year, from 1.
    Yearday,
    /// The hour.
    Hour,
    /// The minute.
    Minute,
    /// The second, without its fraction.
    Second,
    /// The day of a moment.
    Date,
    /// The time of day of a moment.
    Time,
    /// The value as text.
    Text,
}

const WORDS: [(&str, ColumnFunction); 13] = [
    ("year", ColumnFunction::Year),
    ("quarter", ColumnFunction::Quarter),
    ("month", ColumnFunction::Month),
    ("week", ColumnFunction::Week),
    ("day", ColumnFunction::Day),
    ("weekday", ColumnFunction::Weekday),
    ("yearday", ColumnFunction::Yearday),
    ("hour", ColumnFunction::Hour),
    ("minute", ColumnFunction::Minute),
    ("second", ColumnFunction::Second),
    ("date", ColumnFunction::Date),
    ("time", ColumnFunction::Time),
    ("text", ColumnFunction::Text),
];

impl ColumnFunction {
    /// The function a word means, in any case.
    pub fn from_word(word: &str) -> Option<Self> {
        WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, function)| *function)
    }

    /// Every function's name, in the order of the manual.
    pub fn names() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(name, _)| *name)
    }

    /// The function's name.
    pub fn name(self) -> &'static str {
        WORDS.iter().find(|(_, function)| *function == self).map_or("text", |(name, _)| *name)
    }

    /// Takes `year(placed_at)` apart; `None` for any other word.
    pub fn call(word: &str) -> Option<(Self, &str)> {
        let (name, rest) = word.split_once('(')?;
        let column = rest.strip_suffix(')')?.trim();
        Self::from_word(name.trim()).filter(|_| !column.is_empty()).map(|function| (function, column))
    }

    /// The function as a column's name stands in a request.
    pub fn of(self, column: &str) -> String {
        format!("{}({column})", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_known_name_with_a_column() {
        assert_eq!(ColumnFunction::call("Year( placed_at )"), Some((ColumnFunction::Year, "placed_at")));
        assert_eq!(ColumnFunction::Weekday.of("at"), "weekday(at)");
        for word in ["placed_at", "year()", "sum(total)", "year(at", "(at)"] {
            assert_eq!(ColumnFunction::call(word), None, "{word}");
        }
    }
}
