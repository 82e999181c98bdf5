//! `aggregate` and `groupBy`.
//!
//! `{"alias":{"function":"sum","field":"price"}}`. `min` and `max` are answered as text, as the original does.

use portcullis_query::{
    Json,
    request::{AggregateFunction, AggregateWords, Aggregations, ColumnFunction, RequestError},
};
use serde_json::{Map, Value};

/// Figures over a collection.
#[derive(Debug, PartialEq)]
pub struct Figures {
    /// In our words.
    pub words: Aggregations,
    /// Aliases that are answered as text.
    pub texts: Vec<String>,
}

/// Reads both parameters; `None` where neither is given.
///
/// # Errors
///
/// An unknown function or part of a date, and figures along relationships, which are not served.
pub fn read(aggregate: Option<Json>, group_by: Option<Vec<String>>) -> Result<Option<Figures>, RequestError> {
    if aggregate.is_none() && group_by.is_none() {
        return Ok(None);
    }
    let refuse = |message: String| RequestError::parameter("aggregate", message);
    let mut functions = Vec::new();
    let mut texts = Vec::new();
    let members = match aggregate {
        None => Vec::new(),
        Some(Json::Object(members)) => members,
        Some(_) => return Err(refuse("write {\"alias\":{\"function\":\"count\",\"field\":\"id\"}}".to_owned())),
    };
    for (alias, words) in members {
        let word = words.get("function").and_then(Json::as_str).unwrap_or_default();
        let function = match word {
            "count" => AggregateFunction::Count,
            "sum" => AggregateFunction::Sum,
            "avg" => AggregateFunction::Avg,
            "min" => AggregateFunction::Min,
            "max" => AggregateFunction::Max,
            "distinct" => AggregateFunction::CountDistinct,
            "array_agg" => AggregateFunction::ArrayAgg,
            other => return Err(refuse(format!("Unsupported aggregate function: {other}"))),
        };
        let field = words.get("field").and_then(Json::as_str).unwrap_or_default();
        if field.contains('.') {
            return Err(refuse("figures along relationships are not served here".to_owned()));
        }
        if matches!(function, AggregateFunction::Min | AggregateFunction::Max) {
            texts.push(alias.clone());
        }
        functions.push(AggregateWords { function, field: field.to_owned(), alias: Some(alias) });
    }
    let group_by = group_by.unwrap_or_default().iter().map(|word| group(word)).collect::<Result<Vec<_>, _>>()?;
    if functions.is_empty() && group_by.is_empty() {
        return Err(refuse("at least one figure or group is needed".to_owned()));
    }
    let words = Aggregations { place: "aggregate".to_owned(), functions, group_by, having: Vec::new() };
    Ok(Some(Figures { words, texts }))
}

/// A column, `date:year:createdAt`, or a column of a parent.
fn group(word: &str) -> Result<String, RequestError> {
    let Some(rest) = word.strip_prefix("date:") else { return Ok(word.to_owned()) };
    let refuse = |message: String| Err(RequestError::parameter("groupBy", message));
    let Some((part, column)) = rest.split_once(':').filter(|(_, column)| !column.is_empty()) else {
        return refuse("write a part of a date as `date:year:createdAt`".to_owned());
    };
    let function = match part {
        "year" => ColumnFunction::Year,
        "quarter" => ColumnFunction::Quarter,
        "month" => ColumnFunction::Month,
        "week" => ColumnFunction::Week,
        "day" => ColumnFunction::Day,
        "hour" => ColumnFunction::Hour,
        "minute" => ColumnFunction::Minute,
        "second" => ColumnFunction::Second,
        "date" => ColumnFunction::Date,
        _ => {
            let message =
                format!("no part `{part}`; use year, quarter, month, week, day, hour, minute, second or date");
            return refuse(message);
        }
    };
    Ok(function.of(column))
}

impl Figures {
    /// A group as the original writes it.
    pub fn written(&self, mut group: Map<String, Value>) -> Map<String, Value> {
        group.remove("aggregations");
        // A column of a parent has both names.
        let parents: Vec<_> = group.iter().filter(|(name, _)| name.contains('.')).collect();
        let parents: Vec<_> =
            parents.into_iter().map(|(name, value)| (name.replace('.', "_"), value.clone())).collect();
        for (name, value) in parents {
            group.entry(name).or_insert(value);
        }
        for alias in &self.texts {
            if let Some(value) = group.get_mut(alias)
                && !value.is_null()
                && !value.is_string()
            {
                *value = Value::String(value.to_string());
            }
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(aggregate: &str, groups: &[&str]) -> Result<Option<Figures>, RequestError> {
        let groups = (!groups.is_empty()).then(|| groups.iter().map(|word| (*word).to_owned()).collect());
        read(Some(Json::parse(aggregate.as_bytes()).unwrap()), groups)
    }

    #[test]
    fn the_least_and_the_largest_are_text() {
        let figures = parsed(
            r#"{"n":{"function":"count","field":"*"},"low":{"function":"min","field":"price"},"kinds":{"function":"distinct","field":"kind"}}"#,
            &["author"],
        );
        let figures = figures.unwrap().unwrap();
        assert_eq!(figures.words.functions[2].function, AggregateFunction::CountDistinct);
        let group = serde_json::json!({"author": "a", "n": 2, "low": 30.5, "aggregations": {"n": 2}});
        let Value::Object(group) = group else { panic!("no object") };
        let written = Value::Object(figures.written(group));
        assert_eq!(written, serde_json::json!({"author": "a", "n": 2, "low": "30.5"}));
    }

    #[test]
    fn groups_are_parts_of_dates_and_columns_of_parents() {
        let figures =
            parsed(r#"{"all":{"function":"array_agg","field":"id"}}"#, &["date:year:createdAt", "author.name", "kind"]);
        let figures = figures.unwrap().unwrap();
        assert_eq!(figures.words.group_by, ["year(createdAt)", "author.name", "kind"]);
        assert_eq!(figures.words.functions[0].function, AggregateFunction::ArrayAgg);
        let Value::Object(group) = serde_json::json!({"author.name": "a", "all": [1]}) else { panic!("no object") };
        let written = Value::Object(figures.written(group));
        assert_eq!(written, serde_json::json!({"author.name": "a", "author_name": "a", "all": [1]}));
    }

    #[test]
    fn what_is_not_served_is_refused() {
        for (aggregate, groups, word) in [
            (r#"{"a":{"function":"median","field":"x"}}"#, &[][..], "Unsupported aggregate function: median"),
            (r#"{"a":{"function":"sum","field":"b.c"}}"#, &[], "relationships"),
            (r#"{"a":{"function":"count","field":"*"}}"#, &["date:century:createdAt"], "no part `century`"),
            (r#"{"a":{"function":"count","field":"*"}}"#, &["date:createdAt"], "date:year:createdAt"),
            ("{}", &[], "at least one"),
            ("[]", &[], "alias"),
        ] {
            let error = parsed(aggregate, groups).unwrap_err();
            assert!(error.message.contains(word), "{}", error.message);
        }
        assert_eq!(read(None, None).unwrap(), None);
    }
}
