//! What a replaced template may contain: values, conditions, loops. Nothing that can grow a text in memory.
//!
//! Fuel bounds the steps of a template but not the memory one step takes: `{% set s = s ~ s %}` thirty times is a
//! gigabyte, and so is `"x" * 1000000000`.

const ALLOWED: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];

/// Finds the first thing that is not allowed: its line and a sentence.
pub(super) fn refuse(template: &str) -> Option<(usize, String)> {
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let (tag, after) = (&rest[at..at + 2], &rest[at + 2..]);
        let line = || template[..template.len() - after.len()].lines().count().max(1);
        if tag == "{#" {
            rest = after.split_once("#}").map_or("", |(_, rest)| rest);
            continue;
        }
        if tag == "{%" {
            let word = after.trim_start_matches(['-', '+']).trim_start();
            let word = &word[..word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len())];
            if !ALLOWED.contains(&word) {
                let what = format!("`{{% {word} %}}` is not allowed here; use if, elif, else and for");
                return Some((line(), what));
            }
        }
        let closing = if tag == "{{" { "}}" } else { "%}" };
        match end_of_tag(after, closing) {
            Some(rest_at) => rest = &after[rest_at..],
            None => return Some((line(), "`*` is not allowed in a template".to_owned())),
        }
    }
    None
}

/// Where the tag ends; `None` when it multiplies. Quoted text is skipped, with its escapes.
fn end_of_tag(text: &str, closing: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'*') => return None,
            (None, _) if bytes[at..].starts_with(closing.as_bytes()) => return Some(at + closing.len()),
            (None, _) => {}
        }
        at += 1;
    }
    // Not closed: the template engine says so better, with a line.
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_conditions_and_loops_are_allowed() {
        for text in [
            "Hi {{ name }}, 2 * 3 = {{ \"six * one\" }}",
            "{% if name %}{{ name }}{% elif x %}{% else %}you{% endif %}",
            "{%- for x in [1, 2] -%}{{ x }}{%- endfor -%}",
            "{# {% set x = 1 %} * #} * { color: red }",
            "{{ \"}} {% set\" }}",
            "no tags at all *",
        ] {
            assert_eq!(refuse(text), None, "{text}");
        }
    }

    #[test]
    fn sec_50_what_grows_a_text_in_memory_is_refused_with_its_line() {
        for text in [
            "a\n{% set s = s ~ s %}",
            "a\n{%- set s = 1 %}",
            "a\n{% with s = s ~ s %}{% endwith %}",
            "a\n{% macro m() %}{% endmacro %}",
            "a\n{% filter upper %}{% endfilter %}",
            "a\n{% include 'x' %}",
            "a\n{{ \"x\" * 1000000000 }}",
            "a\n{{ \"}}\" * 1000000000 }}",
            "a\n{{ '\\'' * 1000000000 }}",
            "a\n{% if \"x\" * 1000000000 %}{% endif %}",
        ] {
            assert_eq!(refuse(text).map(|(line, _)| line), Some(2), "{text}");
        }
    }
}
