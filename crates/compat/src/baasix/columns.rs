//! Columns beside columns: `$COL(..)` and `cast`.

use portcullis_query::{
    Json,
    request::{ColumnFunction, RequestError},
};

/// The column in another type: `cast` beside an operator, or `$COL(a::time)`.
pub fn cast(name: &str, ty: &Json, place: &str) -> Result<String, RequestError> {
    let word = ty.as_str().unwrap_or_default().trim().to_ascii_lowercase();
    let function = match word.as_str() {
        "date" => ColumnFunction::Date,
        "time" => ColumnFunction::Time,
        "text" | "varchar" => ColumnFunction::Text,
        _ => {
            let message = format!("a cast to `{word}` is not served here; use date, time or text");
            return Err(RequestError::filter(place, message));
        }
    };
    Ok(function.of(name))
}

/// `$COL(other)`, `$COL(a::time)`.
pub fn other_column(value: &Json, place: &str) -> Result<Option<String>, RequestError> {
    let Some(rest) = value.as_str().and_then(|text| text.strip_prefix("$COL(")) else { return Ok(None) };
    let inner = rest.strip_suffix(')').map(str::trim).filter(|inner| !inner.is_empty());
    let inner = inner.ok_or_else(|| RequestError::filter(place, "write another column as `$COL(name)`"))?;
    if inner.contains('.') {
        return Err(RequestError::filter(place, "`$COL` compares columns of the collection itself"));
    }
    match inner.split_once("::") {
        None => Ok(Some(inner.to_owned())),
        Some((name, ty)) => cast(name.trim(), &Json::String(ty.to_owned()), place).map(Some),
    }
}

/// Whether a value names a column, wherever.
pub fn names_columns(value: &Json) -> bool {
    match value {
        Json::String(text) => text.starts_with("$COL("),
        Json::Array(items) => items.iter().any(names_columns),
        Json::Object(members) => members.iter().any(|(_, value)| names_columns(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::tests::shown;

    #[test]
    fn columns_casts_and_lists_have_their_words() {
        for (filter, words) in [
            (r#"{"a":{"gt":"$COL(b)"}}"#, "a Gt b"),
            (r#"{"a":"$COL( b::date )"}"#, "a Eq date(b)"),
            (r#"{"at":{"cast":"time","lte":"$COL(b::time)"}}"#, "time(at) Lte time(b)"),
            (r#"{"at":{"gte":"2026-01-31","cast":"date"}}"#, r#"date(at) gte "2026-01-31""#),
            (r#"{"id":{"like":"1","cast":"text"}}"#, r#"text(id) like "%1%""#),
            (r#"{"a":{"arraycontains":["x","y"]}}"#, r#"a containsall ["x","y"]"#),
            (r#"{"a":{"arraycontained":"x,y"}}"#, r#"a containedby ["x","y"]"#),
        ] {
            assert_eq!(shown(filter), words, "{filter}");
        }
    }
}
