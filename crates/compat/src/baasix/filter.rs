//! The filter grammar of Baasix into our words.
//!
//! `{field: value}`, `{field: {operator: value, ...}}`, `AND` and `OR` lists, dotted paths along relationships. The
//! original passes over what it does not know, so that everything matches; here it is refused. Keys beside `OR` count.

use super::{
    columns::{cast, names_columns, other_column},
    documents::{self, Document},
    variables::{Resolved, Variables},
};
use portcullis_query::{
    Json,
    request::{ArrayOp, CompareOp, Connective, Expression, LikeOp, Operator, RelationshipWords, RequestError},
};
use portcullis_schema::closest;

/// What the original can do and we refuse by name: a geometry's coordinates are not read, and SQL/JSON paths are code.
const ABSENT: [&str; 6] = ["within", "containsGEO", "intersects", "nIntersects", "dwithin", "jsonbPathMatch"];

/// The operators served.
const OPERATORS: [&str; 32] = [
    "eq",
    "ne",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "notIn",
    "like",
    "notLike",
    "iLike",
    "notILike",
    "startsWith",
    "endsWith",
    "nstartsWith",
    "nendsWith",
    "startsWiths",
    "endsWiths",
    "nstartsWiths",
    "nendsWiths",
    "between",
    "notBetween",
    "isNull",
    "isNotNull",
    "is",
    "not",
    "arraycontains",
    "arraycontained",
    "arrayoverlap",
    "cast",
    "AND",
    "OR",
];

/// Reads a filter.
///
/// # Errors
///
/// What is not in the grammar, or not served, with its place.
pub fn parse(filter: &Json, variables: &Variables<'_>, place: &str) -> Result<Vec<Expression>, RequestError> {
    let Json::Object(members) = filter else {
        return Err(RequestError::filter(place, format!("a filter is an object, not {}", filter.kind())));
    };
    let members: Vec<_> = members.iter().map(|(key, value)| (key.as_str(), value)).collect();
    terms(&members, variables, place)
}

fn terms(members: &[(&str, &Json)], variables: &Variables<'_>, place: &str) -> Result<Vec<Expression>, RequestError> {
    let mut out = Vec::with_capacity(members.len());
    // Conditions along one relationship hold for the same related row.
    let mut along: Vec<(&str, Vec<(&str, &Json)>)> = Vec::new();
    for (key, value) in members {
        let place = format!("{place}/{key}");
        match *key {
            "AND" => out.push(joined(Connective::And, value, variables, place)?),
            "OR" => out.push(joined(Connective::Or, value, variables, place)?),
            key => match key.split_once('.') {
                None => field(key, value, variables, &place, &mut out)?,
                Some((relation, rest)) => match along.iter_mut().find(|(known, _)| *known == relation) {
                    Some((_, inner)) => inner.push((rest, value)),
                    None => along.push((relation, vec![(rest, value)])),
                },
            },
        }
    }
    for (relation, inner) in along {
        let place = format!("{place}/{relation}");
        if inner.iter().any(|(_, value)| names_columns(value)) {
            return Err(RequestError::filter(place, "`$COL` compares columns of the collection itself"));
        }
        let expressions = terms(&inner, variables, &place)?;
        out.push(Expression::Relationship(RelationshipWords {
            place,
            relationship: relation.to_owned(),
            filters_parent: true,
            include: false,
            expressions,
            aggregations: None,
        }));
    }
    Ok(out)
}

fn joined(
    connective: Connective,
    value: &Json,
    variables: &Variables<'_>,
    place: String,
) -> Result<Expression, RequestError> {
    let items = match value {
        Json::Array(items) if !items.is_empty() => items,
        _ => return Err(RequestError::filter(place, "AND and OR take a list of filters that is not empty")),
    };
    let expressions = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let place = format!("{place}/{at}");
            let mut parts = parse(item, variables, &place)?;
            if parts.len() == 1 {
                return Ok(parts.swap_remove(0));
            }
            if parts.is_empty() {
                return Err(RequestError::filter(place, "an empty filter among others says nothing"));
            }
            Ok(Expression::Logical { place, connective: Connective::And, expressions: parts })
        })
        .collect::<Result<_, _>>()?;
    Ok(Expression::Logical { place, connective, expressions })
}

fn field(
    of: &str,
    value: &Json,
    variables: &Variables<'_>,
    place: &str,
    out: &mut Vec<Expression>,
) -> Result<(), RequestError> {
    match value {
        Json::Object(members) if members.is_empty() => {
            Err(RequestError::filter(place, format!("`{of}` lacks its operator")))
        }
        Json::Object(members) => {
            let cast = members.iter().find(|(word, _)| word == "cast").map(|(_, ty)| cast(of, ty, place));
            let name = cast.transpose()?;
            let name = name.as_deref().unwrap_or(of);
            for (operator, value) in members.iter().filter(|(word, _)| word != "cast") {
                out.push(term(name, operator, value, variables, &format!("{place}/{operator}"))?);
            }
            Ok(())
        }
        Json::Array(_) => Err(RequestError::filter(place, format!("write a list as {{\"{of}\":{{\"in\":[..]}}}}"))),
        value => {
            out.push(term(of, "eq", value, variables, place)?);
            Ok(())
        }
    }
}

fn term(
    name: &str,
    word: &str,
    value: &Json,
    variables: &Variables<'_>,
    place: &str,
) -> Result<Expression, RequestError> {
    let field = |operator: Operator, value: Json| Expression::Field {
        place: place.to_owned(),
        field: name.to_owned(),
        operator,
        value,
    };
    let not = |inner: Expression| Expression::Logical {
        place: place.to_owned(),
        connective: Connective::Not,
        expressions: vec![inner],
    };
    // What holds for no row: an empty list.
    let never = || field(Operator::In { negated: false }, Json::Array(Vec::new()));
    let compare = |op: CompareOp, value: Json| field(Operator::Compare(op), value);
    if let Some(other) = other_column(value, place)? {
        let op = match word {
            "eq" | "is" => CompareOp::Eq,
            "ne" | "not" => CompareOp::Neq,
            "gt" => CompareOp::Gt,
            "gte" => CompareOp::Gte,
            "lt" => CompareOp::Lt,
            "lte" => CompareOp::Lte,
            _ => return Err(RequestError::filter(place, format!("`{word}` does not compare two columns"))),
        };
        return Ok(Expression::Columns { place: place.to_owned(), field: name.to_owned(), op, other });
    }
    let Resolved::Value(value) = variables.resolve(value, place)? else { return Ok(never()) };
    if word.starts_with("jsonb") {
        let document = Document { field: name, place };
        return document.read(word, value)?.ok_or_else(|| unknown(word, place));
    }
    let null = matches!(value, Json::Null);
    Ok(match word {
        "is" if null => field(Operator::Null { negated: false }, Json::Null),
        "ne" | "not" if null => field(Operator::Null { negated: true }, Json::Null),
        // Nothing equals NULL.
        "eq" if null => never(),
        "eq" | "is" => compare(CompareOp::Eq, value),
        "ne" | "not" => compare(CompareOp::Neq, value),
        "gt" => compare(CompareOp::Gt, value),
        "gte" => compare(CompareOp::Gte, value),
        "lt" => compare(CompareOp::Lt, value),
        "lte" => compare(CompareOp::Lte, value),
        "in" => field(Operator::In { negated: false }, list(value)),
        "notIn" => field(Operator::In { negated: true }, list(value)),
        "between" => field(Operator::Between { negated: false }, list(value)),
        "notBetween" => field(Operator::Between { negated: true }, list(value)),
        "arraycontains" => field(Operator::Array(ArrayOp::ContainsAll), items(value)),
        "arraycontained" => field(Operator::Array(ArrayOp::ContainedBy), items(value)),
        "arrayoverlap" => field(Operator::Array(ArrayOp::Overlaps), items(value)),
        "isNull" => field(Operator::Null { negated: !flag(&value, place)? }, Json::Null),
        "isNotNull" => field(Operator::Null { negated: flag(&value, place)? }, Json::Null),
        _ => {
            let pattern = |op: LikeOp, before: &str, text: String, after: &str| {
                field(Operator::Like(op), Json::String(format!("{before}{text}{after}")))
            };
            match word {
                "like" => pattern(LikeOp::Like, "%", text(value, place)?, "%"),
                "notLike" => pattern(LikeOp::NotLike, "%", text(value, place)?, "%"),
                "iLike" => pattern(LikeOp::Ilike, "%", text(value, place)?, "%"),
                "notILike" => not(pattern(LikeOp::Ilike, "%", text(value, place)?, "%")),
                "startsWith" => pattern(LikeOp::StartsWith, "", text(value, place)?, ""),
                "endsWith" => pattern(LikeOp::EndsWith, "", text(value, place)?, ""),
                "nstartsWith" => not(pattern(LikeOp::StartsWith, "", text(value, place)?, "")),
                "nendsWith" => not(pattern(LikeOp::EndsWith, "", text(value, place)?, "")),
                "startsWiths" => pattern(LikeOp::Like, "", escaped(&text(value, place)?), "%"),
                "endsWiths" => pattern(LikeOp::Like, "%", escaped(&text(value, place)?), ""),
                "nstartsWiths" => pattern(LikeOp::NotLike, "", escaped(&text(value, place)?), "%"),
                "nendsWiths" => pattern(LikeOp::NotLike, "%", escaped(&text(value, place)?), ""),
                other => return Err(unknown(other, place)),
            }
        }
    })
}

fn unknown(word: &str, place: &str) -> RequestError {
    let message = if ABSENT.contains(&word) {
        format!("the operator `{word}` is not served here")
    } else {
        let hint = closest(word, OPERATORS.iter().chain(&documents::OPERATORS).copied());
        hint.map_or_else(
            || format!("no operator `{word}`; known are {}", OPERATORS.join(", ")),
            |near| format!("no operator `{word}`; did you mean `{near}`?"),
        )
    };
    RequestError { code: "unknown_operator", message, place: place.to_owned() }
}

/// A list; one value is a list of one.
fn items(value: Json) -> Json {
    match list(value) {
        list @ Json::Array(_) => list,
        one => Json::Array(vec![one]),
    }
}

/// A list, or text with commas as brackets bring it.
pub(super) fn list(value: Json) -> Json {
    match value {
        Json::String(text) => Json::Array(text.split(',').map(|item| Json::String(item.trim().to_owned())).collect()),
        other => other,
    }
}

fn flag(value: &Json, place: &str) -> Result<bool, RequestError> {
    match value {
        Json::Bool(flag) => Ok(*flag),
        Json::String(text) if text == "true" => Ok(true),
        Json::String(text) if text == "false" => Ok(false),
        _ => Err(RequestError::filter(place, "true or false is needed")),
    }
}

fn text(value: Json, place: &str) -> Result<String, RequestError> {
    match value {
        Json::String(text) | Json::Number(text) => Ok(text),
        other => Err(RequestError::filter(place, format!("a text is needed, not {}", other.kind()))),
    }
}

/// SEC-49: the metacharacters of LIKE stand for themselves.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn read(filter: &str) -> Result<Vec<Expression>, RequestError> {
        let json = Json::parse(filter.as_bytes()).unwrap();
        parse(&json, &Variables::none(), "filter")
    }

    /// A short form of an expression, for reading.
    fn short(expression: &Expression) -> String {
        let all = |inner: &[Expression]| inner.iter().map(short).collect::<Vec<_>>().join(" ");
        match expression {
            Expression::Field { field, operator, value, .. } => {
                format!("{field} {} {}", operator.name(), value.to_text())
            }
            Expression::Columns { field, op, other, .. } => format!("{field} {op:?} {other}"),
            Expression::Path { field, path, of, operator, value, .. } => {
                format!("{field}.{} {of:?} {} {}", path.join("."), operator.name(), value.to_text())
            }
            Expression::Logical { connective, expressions, .. } => format!("{connective:?}({})", all(expressions)),
            Expression::Relationship(words) => {
                assert!(words.filters_parent && !words.include);
                format!("{}[{}]", words.relationship, all(&words.expressions))
            }
        }
    }

    pub fn shown(filter: &str) -> String {
        read(filter).unwrap().iter().map(short).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn every_operator_has_its_words() {
        for (filter, words) in [
            (r#"{"a":1}"#, "a eq 1"),
            (r#"{"a":{"gt":1,"lte":9}}"#, "a gt 1; a lte 9"),
            (r#"{"a":{"ne":null}}"#, "a isnotnull null"),
            (r#"{"a":null}"#, "a in []"),
            (r#"{"a":{"is":null}}"#, "a isnull null"),
            (r#"{"a":{"not":3}}"#, "a neq 3"),
            (r#"{"a":{"in":[1,2]}}"#, "a in [1,2]"),
            (r#"{"a":{"notIn":"x,y"}}"#, r#"a notin ["x","y"]"#),
            (r#"{"a":{"like":"x%y"}}"#, r#"a like "%x%y%""#),
            (r#"{"a":{"notLike":"x"}}"#, r#"a notlike "%x%""#),
            (r#"{"a":{"iLike":"x"}}"#, r#"a ilike "%x%""#),
            (r#"{"a":{"notILike":"x"}}"#, r#"Not(a ilike "%x%")"#),
            (r#"{"a":{"startsWith":"x_"}}"#, r#"a startswith "x_""#),
            (r#"{"a":{"nendsWith":"x"}}"#, r#"Not(a endswith "x")"#),
            (r#"{"a":{"startsWiths":"x_"}}"#, r#"a like "x\\_%""#),
            (r#"{"a":{"nendsWiths":"x"}}"#, r#"a notlike "%x""#),
            (r#"{"a":{"between":[1,2]}}"#, "a between [1,2]"),
            (r#"{"a":{"isNull":"false"}}"#, "a isnotnull null"),
            (r#"{"a":{"isNotNull":true}}"#, "a isnotnull null"),
        ] {
            assert_eq!(shown(filter), words, "{filter}");
        }
    }

    #[test]
    fn keys_beside_or_still_count() {
        assert_eq!(shown(r#"{"a":1,"OR":[{"b":2},{"c":3,"d":4}]}"#), "a eq 1; Or(b eq 2 And(c eq 3 d eq 4))");
        assert_eq!(shown(r#"{"AND":[{"OR":[{"a":1},{"a":2}]}],"b":3}"#), "And(Or(a eq 1 a eq 2)); b eq 3");
    }

    #[test]
    fn paths_along_one_relationship_ask_the_same_row() {
        assert_eq!(
            shown(r#"{"author.name":{"like":"A"},"pages":{"gt":1},"author.country.code":"DE"}"#),
            r#"pages gt 1; author[name like "%A%" country[code eq "DE"]]"#
        );
    }

    #[test]
    fn what_the_original_passes_over_is_refused() {
        for (filter, word) in [
            (r#"{"a":{"equals":1}}"#, "no operator"),
            (r#"{"a":{"strtsWith":"x"}}"#, "did you mean `startsWith`"),
            (r#"{"a":{"dwithin":{"x":1}}}"#, "not served"),
            (r#"{"a":{"eq":"1","cast":"integer"}}"#, "use date, time or text"),
            (r#"{"a":{"in":["$COL(b)"]}}"#, "columns"),
            (r#"{"a":{"like":"$COL(b)"}}"#, "does not compare"),
            (r#"{"a":{"gt":"$COL()"}}"#, "$COL(name)"),
            (r#"{"a":{"gt":"$COL(author.b)"}}"#, "collection itself"),
            (r#"{"author.a":{"gt":"$COL(b)"}}"#, "collection itself"),
            (r#"{"a":{}}"#, "operator"),
            (r#"{"OR":[]}"#, "not empty"),
            (r#"{"OR":[{},{"a":1}]}"#, "says nothing"),
            (r#"{"OR":{"a":1}}"#, "not empty"),
            (r#"{"a":[1,2]}"#, "in"),
            (r#"["a"]"#, "object"),
            (r#"{"a":{"isNull":"maybe"}}"#, "true or false"),
        ] {
            let error = read(filter).unwrap_err();
            assert!(error.message.contains(word), "{filter}: {}", error.message);
        }
    }
}
