//! The parts of the grammar that stand in a URL.

use super::{RequestError, SortKey};

/// Reads `name:asc,age:desc`; the direction may be left out.
///
/// # Errors
///
/// An empty key or a direction other than asc and desc.
pub fn parse_sort(text: &str) -> Result<Vec<SortKey>, RequestError> {
    text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(sort_from_text).collect()
}

/// Reads one key: `name`, `name:desc` or `-name`.
///
/// # Errors
///
/// As [`parse_sort`].
pub fn sort_from_text(text: &str) -> Result<SortKey, RequestError> {
    let (field, descending) = match text.rsplit_once(':') {
        Some((field, word)) => {
            let descending = direction(word.trim()).ok_or_else(|| {
                RequestError::parameter("sort", format!("`{word}` is no direction; use name:asc or name:desc"))
            })?;
            (field.trim(), descending)
        }
        None => match text.strip_prefix('-') {
            Some(field) => (field, true),
            None => (text.strip_prefix('+').unwrap_or(text), false),
        },
    };
    if field.is_empty() {
        return Err(RequestError::parameter("sort", "a sort key lacks its column"));
    }
    Ok(SortKey { field: field.to_owned(), descending })
}

/// Whether a word means descending.
pub(super) fn direction(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "asc" | "" => Some(false),
        "desc" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sort_keys_are_read_in_order() {
        let keys = parse_sort("name:asc, age:DESC,-id").unwrap();
        assert_eq!(
            keys.iter().map(|key| (key.field.as_str(), key.descending)).collect::<Vec<_>>(),
            [("name", false), ("age", true), ("id", true)]
        );
        assert!(parse_sort("name:down").is_err());
    }
}
