//! `$CURRENT_USER`, `$CURRENT_ROLE`, `$CURRENT_TENANT` and `$NOW` in filters.
//!
//! A variable without a value matches nothing, whatever the operator.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use portcullis_base::Timestamp;
use portcullis_query::{Json, request::RequestError};

/// What variables stand for.
pub struct Variables<'a>(Kind<'a>);

enum Kind<'a> {
    /// Their values in one request.
    Values { now: Option<Timestamp>, lookup: &'a dyn Fn(&str) -> Option<Json> },
    /// Variables of a rule that is kept.
    Kept(&'a dyn Fn(&str) -> Option<Mark>),
}

/// What stands in a kept rule.
#[derive(Debug, PartialEq)]
pub enum Mark {
    /// A variable of ours, without its `$`.
    Variable(String),
    /// A value that does not change.
    Value(Json),
}

/// No text of a caller can look like a variable of ours: it is an object until the rule is written.
const MARK: &str = "$variable";

impl Mark {
    fn json(self) -> Json {
        match self {
            Self::Variable(name) => Json::Object(vec![(MARK.to_owned(), Json::String(name))]),
            Self::Value(value) => value,
        }
    }

    /// The variable's name, if this object is one.
    pub fn of(members: &[(String, Json)]) -> Option<&str> {
        match members {
            [(key, Json::String(name))] if key == MARK => Some(name),
            _ => None,
        }
    }
}

/// A value with its variables put in.
#[derive(Debug, PartialEq)]
pub enum Resolved {
    /// The value.
    Value(Json),
    /// A variable has no value: nothing matches.
    Nothing,
}

impl<'a> Variables<'a> {
    /// No variable has a value.
    pub const fn none() -> Variables<'static> {
        Variables(Kind::Values { now: None, lookup: &|_| None })
    }

    /// Values at a moment; `lookup` is asked for names such as `CURRENT_USER.email`.
    pub const fn at(now: Timestamp, lookup: &'a dyn Fn(&str) -> Option<Json>) -> Self {
        Self(Kind::Values { now: Some(now), lookup })
    }

    /// Variables of a rule that is kept; `lookup` is asked for `NOW` too.
    pub const fn kept(lookup: &'a dyn Fn(&str) -> Option<Mark>) -> Self {
        Self(Kind::Kept(lookup))
    }

    /// A value of a kept rule.
    ///
    /// # Errors
    ///
    /// As [`Variables::resolve`]; an object of the caller's that looks like a variable of ours.
    pub fn mark(&self, value: &Json, place: &str) -> Result<Json, RequestError> {
        match self.resolve(value, place)? {
            Resolved::Value(marked) if !matches!(value, Json::Object(members) if Mark::of(members).is_some()) => {
                Ok(marked)
            }
            _ => Err(RequestError::filter(place, "this value cannot be used here")),
        }
    }

    /// Puts values in place of variables.
    ///
    /// # Errors
    ///
    /// `$COL(..)`, which is not served, and a shift of `$NOW` that is none.
    pub fn resolve(&self, value: &Json, place: &str) -> Result<Resolved, RequestError> {
        match value {
            Json::String(text) if text.starts_with('$') => self.variable(text, place),
            Json::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    match self.resolve(item, place)? {
                        Resolved::Value(value) => out.push(value),
                        Resolved::Nothing => return Ok(Resolved::Nothing),
                    }
                }
                Ok(Resolved::Value(Json::Array(out)))
            }
            other => Ok(Resolved::Value(other.clone())),
        }
    }

    fn variable(&self, text: &str, place: &str) -> Result<Resolved, RequestError> {
        if text.starts_with("$COL(") {
            return Err(RequestError::filter(place, "columns are compared with eq, ne, gt, gte, lt and lte"));
        }
        let found = |value: Option<Json>| Ok(value.map_or(Resolved::Nothing, Resolved::Value));
        if let Kind::Kept(lookup) = &self.0
            && (text.starts_with("$NOW") || text.starts_with("$CURRENT_"))
        {
            let message = || format!("the variable `{text}` has no value in a permission");
            let mark = lookup(&text[1..]).ok_or_else(|| RequestError::filter(place, message()))?;
            return Ok(Resolved::Value(mark.json()));
        }
        let Kind::Values { now, lookup } = &self.0 else { return Ok(Resolved::Value(Json::String(text.to_owned()))) };
        if let Some(shift) = text.strip_prefix("$NOW").filter(|rest| rest.is_empty() || rest.starts_with(['+', '-'])) {
            let seconds = shift_s(shift).ok_or_else(|| {
                RequestError::filter(place, "write a shift as `$NOW+DAYS_7`; units are SECONDS to YEARS")
            })?;
            return found(now.and_then(|now| moment(now, seconds)).map(Json::String));
        }
        if text.starts_with("$CURRENT_") {
            return found(lookup(&text[1..]));
        }
        // Any other text may begin with a dollar.
        Ok(Resolved::Value(Json::String(text.to_owned())))
    }
}

/// `+DAYS_7` in seconds; a month has 30 days, a year 365.
pub(super) fn shift_s(text: &str) -> Option<i64> {
    let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (1, rest),
        (None, Some(rest)) => (-1, rest),
        (None, None) => return text.is_empty().then_some(0),
    };
    let (unit, count) = rest.split_once('_')?;
    let unit_s: i64 = match unit {
        "SECONDS" => 1,
        "MINUTES" => 60,
        "HOURS" => 3_600,
        "DAYS" => 86_400,
        "WEEKS" => 7 * 86_400,
        "MONTHS" => 30 * 86_400,
        "YEARS" => 365 * 86_400,
        _ => return None,
    };
    let count: i64 = count.parse().ok().filter(|count| (0..=100_000_000).contains(count))?;
    Some(sign * unit_s * count)
}

fn moment(now: Timestamp, shift_s: i64) -> Option<String> {
    let at: DateTime<Utc> = DateTime::from_timestamp_micros(now.0)?;
    Some(at.checked_add_signed(Duration::try_seconds(shift_s)?)?.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_without_a_value_matches_nothing() {
        let lookup = |name: &str| (name == "CURRENT_USER").then(|| Json::Number("7".to_owned()));
        let variables = Variables::at(Timestamp(1_800_000_000_000_000), &lookup);
        let resolved = |text: &str| variables.resolve(&Json::String(text.to_owned()), "").unwrap();
        assert_eq!(resolved("$CURRENT_USER"), Resolved::Value(Json::Number("7".to_owned())));
        assert_eq!(resolved("$CURRENT_TENANT"), Resolved::Nothing);
        assert_eq!(resolved("$5"), Resolved::Value(Json::String("$5".to_owned())));
        let list = Json::Array(vec![Json::Null, Json::String("$CURRENT_TENANT".to_owned())]);
        assert_eq!(variables.resolve(&list, "").unwrap(), Resolved::Nothing);
        assert_eq!(resolved("$NOW"), Resolved::Value(Json::String("2027-01-15T08:00:00.000Z".to_owned())));
        assert_eq!(resolved("$NOW-DAYS_15"), Resolved::Value(Json::String("2026-12-31T08:00:00.000Z".to_owned())));
        assert!(variables.resolve(&Json::String("$NOW+DAYS".to_owned()), "").is_err());
        assert_eq!(Variables::none().resolve(&Json::String("$NOW".to_owned()), "").unwrap(), Resolved::Nothing);
    }
}
