//! `aggregate` and `groupBy`.
//!
//! `{"alias":{"function":"sum","field":"price"}}`. `min` and `max` are answered as text, as the original does.

use portcullis_query::{
    Json,
    request::{AggregateFunction, AggregateWords, Aggregations, RequestError},
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
/// An unknown function, and what is not served: `array_agg`, parts of dates, groups along relationships.
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
            "array_agg" => return Err(refuse("the function array_agg is not served here".to_owned())),
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
    let group_by = group_by.unwrap_or_default();
    for word in &group_by {
        if word.contains('.') || word.starts_with("date:") {
            let message = format!("grouping by `{word}` is not served here; group by a column");
            return Err(RequestError::parameter("groupBy", message));
        }
    }
    if functions.is_empty() && group_by.is_empty() {
        return Err(refuse("at least one figure or group is needed".to_owned()));
    }
    let words = Aggregations { place: "aggregate".to_owned(), functions, group_by, having: Vec::new() };
    Ok(Some(Figures { words, texts }))
}

impl Figures {
    /// A group as the original writes it.
    pub fn written(&self, mut group: Map<String, Value>) -> Map<String, Value> {
        group.remove("aggregations");
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
    fn what_is_not_served_is_refused() {
        for (aggregate, groups, word) in [
            (r#"{"a":{"function":"median","field":"x"}}"#, &[][..], "Unsupported aggregate function: median"),
            (r#"{"a":{"function":"array_agg","field":"x"}}"#, &[], "array_agg"),
            (r#"{"a":{"function":"sum","field":"b.c"}}"#, &[], "relationships"),
            (r#"{"a":{"function":"count","field":"*"}}"#, &["date:year:createdAt"], "date:year"),
            (r#"{"a":{"function":"count","field":"*"}}"#, &["b.c"], "b.c"),
            ("{}", &[], "at least one"),
            ("[]", &[], "alias"),
        ] {
            let error = parsed(aggregate, groups).unwrap_err();
            assert!(error.message.contains(word), "{}", error.message);
        }
        assert_eq!(read(None, None).unwrap(), None);
    }
}
