//! Whether an answer is what a recording says, with placeholders for what is different every time.

use serde_json::Value;
use std::collections::BTreeMap;

/// Values kept from answers, by name: `${name}` stands for one.
pub type Kept = BTreeMap<String, String>;

/// Puts kept values in the place of `${name}`.
///
/// # Errors
///
/// The name that nothing was kept under.
pub fn filled(text: &str, kept: &Kept) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let Some((name, behind)) = after[2..].split_once('}') else { return Err(format!("`{text}` has no `}}`")) };
        let value = kept.get(name).ok_or_else(|| format!("nothing was kept as `{name}`"))?;
        out.push_str(value);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// The same in every text of a JSON value.
///
/// # Errors
///
/// As [`filled`].
pub fn filled_json(value: &Value, kept: &Kept) -> Result<Value, String> {
    Ok(match value {
        // `#{name}` is a number or another value that was kept, and not its text.
        Value::String(text) if text.starts_with("#{") && text.ends_with('}') => {
            let name = &text[2..text.len() - 1];
            let kept = kept.get(name).ok_or_else(|| format!("nothing was kept as `{name}`"))?;
            serde_json::from_str(kept).map_err(|error| format!("`{name}` is no JSON: {error}"))?
        }
        Value::String(text) => Value::String(filled(text, kept)?),
        Value::Array(all) => Value::Array(all.iter().map(|one| filled_json(one, kept)).collect::<Result<_, _>>()?),
        Value::Object(all) => Value::Object(
            all.iter().map(|(name, one)| Ok((name.clone(), filled_json(one, kept)?))).collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// Whether `found` is what `wanted` says; the first difference, with its place, where it is not.
///
/// Objects have exactly the wanted members, or more where one of them is `"...": true`. A text that is a placeholder
/// matches what it names: `<any> <string> <text> <number> <int> <bool> <object> <array> <uuid> <jwt> <time> <absent>`.
///
/// # Errors
///
/// A sentence.
pub fn matches(wanted: &Value, found: &Value, place: &str) -> Result<(), String> {
    let other = || Err(format!("at `{place}`: {found}, not {wanted}"));
    match (wanted, found) {
        (Value::String(word), found) if word.starts_with('<') && word.ends_with('>') => {
            if placeholder(word, found) {
                Ok(())
            } else {
                other()
            }
        }
        (Value::Object(wanted), Value::Object(found)) => {
            let open = wanted.get("...").is_some();
            for (name, value) in wanted.iter().filter(|(name, _)| *name != "...") {
                let place = format!("{place}/{name}");
                match found.get(name) {
                    Some(_) if value == "<absent>" => return Err(format!("at `{place}`: it should not be there")),
                    Some(found) => matches(value, found, &place)?,
                    None if value == "<absent>" => {}
                    None => return Err(format!("at `{place}`: nothing, not {value}")),
                }
            }
            match found.keys().find(|name| !open && !wanted.contains_key(*name)) {
                Some(name) => Err(format!("at `{place}`: `{name}` is too much")),
                None => Ok(()),
            }
        }
        (Value::Array(wanted), Value::Array(found)) => {
            if wanted.len() != found.len() {
                return Err(format!("at `{place}`: {} elements, not {}", found.len(), wanted.len()));
            }
            let mut pairs = wanted.iter().zip(found).enumerate();
            pairs.try_for_each(|(at, (wanted, found))| matches(wanted, found, &format!("{place}/{at}")))
        }
        (wanted, found) if wanted == found => Ok(()),
        _ => other(),
    }
}

fn placeholder(word: &str, found: &Value) -> bool {
    let text = found.as_str();
    match word {
        "<any>" => true,
        "<string>" => text.is_some(),
        "<text>" => text.is_some_and(|text| !text.trim().is_empty()),
        "<number>" => found.is_number(),
        "<int>" => found.is_i64() || found.is_u64(),
        "<bool>" => found.is_boolean(),
        "<object>" => found.is_object(),
        "<array>" => found.is_array(),
        "<uuid>" => text.is_some_and(|text| uuid::Uuid::parse_str(text).is_ok()),
        "<jwt>" => text.is_some_and(|text| text.split('.').filter(|part| part.len() > 8).count() == 3),
        "<time>" => text.is_some_and(|text| {
            let bytes = text.as_bytes();
            bytes.len() >= 19 && bytes[4] == b'-' && matches!(bytes[10], b'T' | b' ') && bytes[13] == b':'
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_is_compared_exactly_but_for_placeholders() {
        let wanted = json!({"id": "<int>", "name": "x"});
        matches(&wanted, &json!({"id": 7, "name": "x"}), "").unwrap();
        for wrong in [json!({"id": "7", "name": "x"}), json!({"id": 7}), json!({"id": 7, "name": "x", "hash": "y"})] {
            matches(&wanted, &wrong, "").unwrap_err();
        }
        matches(&json!({"...": true, "a": 1}), &json!({"a": 1, "b": 2}), "").unwrap();
        matches(&json!({"...": true, "b": "<absent>"}), &json!({"a": 1, "b": 2}), "").unwrap_err();
        matches(&json!({"a": "<nonsense>"}), &json!({"a": "x"}), "").unwrap_err();
    }

    #[test]
    fn kept_values_are_put_in() {
        let kept = Kept::from([("t".to_owned(), "abc".to_owned()), ("n".to_owned(), "7".to_owned())]);
        assert_eq!(filled("Bearer ${t}!", &kept).unwrap(), "Bearer abc!");
        assert_eq!(filled_json(&json!(["#{n}", "${n}"]), &kept).unwrap(), json!([7, "7"]));
        filled("${other}", &kept).unwrap_err();
    }
}
