//! The native JSON grammar of filters. Source: the native contract, section 4.
//!
//! Unknown keys at the top are passed over, as clients of the original send some; inside an expression they are
//! refused, so that a slip never makes a weaker filter. SEC-53.

use super::{
    AggregateFunction, AggregateWords, Aggregations, Connective, Expression, JsonOf, ListRequest, Operator,
    RelationshipWords, RequestError, SortKey,
};
use crate::Json;
use portcullis_schema::closest;

/// Reads a `query.Filter` body into words. Paging is not part of it.
///
/// # Errors
///
/// [`RequestError`] with the place of the first thing that is not in the grammar.
pub fn parse_filter(body: &Json) -> Result<ListRequest, RequestError> {
    let Json::Object(members) = body else {
        return Err(RequestError::filter("", format!("a filter is an object, not {}", body.kind())));
    };
    let mut request = ListRequest { total: true, ..ListRequest::default() };
    for (key, value) in members {
        let place = format!("/{key}");
        match (key.as_str(), value) {
            (_, Json::Null) => {}
            ("expressions", value) => request.filter = parse_expressions(value, &place)?,
            ("sort", value) => request.sort = sort(value, &place)?,
            ("projections", value) => request.projections = strings(value, &place)?,
            ("aggregations", value) => request.aggregations = aggregations(value, &place)?,
            ("distinct", Json::Bool(value)) => request.distinct = *value,
            ("distinct", other) => return Err(wrong(&place, "`distinct` is true or false", other)),
            _ => {}
        }
    }
    Ok(request)
}

/// Reads an `expressions` array.
///
/// # Errors
///
/// As [`parse_filter`].
pub fn parse_expressions(value: &Json, place: &str) -> Result<Vec<Expression>, RequestError> {
    match value {
        Json::Null => Ok(Vec::new()),
        Json::Array(items) => {
            items.iter().enumerate().map(|(at, item)| expression(item, format!("{place}/{at}"))).collect()
        }
        other => Err(wrong(place, "`expressions` is an array", other)),
    }
}

fn expression(value: &Json, place: String) -> Result<Expression, RequestError> {
    let Json::Object(members) = value else { return Err(wrong(&place, "an expression is an object", value)) };
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    if has("relationship") {
        relationship(members, place)
    } else if has("field") {
        field(members, place)
    } else if has("operator") && has("expressions") {
        logical(members, place)
    } else {
        Err(RequestError::filter(
            place,
            "an expression is {field, operator, value}, {field, operator, column}, {operator: AND|OR|NOT, expressions} or {relationship, ...}",
        ))
    }
}

fn field(members: &[(String, Json)], place: String) -> Result<Expression, RequestError> {
    let (mut field, mut operator, mut value) = (None, None, None);
    let (mut column, mut path, mut of) = (None, None, None);
    for (key, member) in members {
        match key.as_str() {
            "field" => field = Some(text(member, &place, "field")?),
            "operator" => operator = Some(text(member, &place, "operator")?),
            "value" => value = Some(member.clone()),
            "column" => column = Some(text(member, &place, "column")?),
            "path" => path = Some(strings(member, &format!("{place}/path"))?),
            "of" => of = Some(json_of(text(member, &place, "of")?, &place)?),
            other => return Err(unknown_key(&place, other, &["field", "operator", "value", "column", "path", "of"])),
        }
    }
    let operator = match operator {
        None => return Err(RequestError::filter(place, "the expression lacks its `operator`")),
        Some(word) => Operator::from_word(word).ok_or_else(|| unknown_operator(&place, word))?,
    };
    if let Some(other) = column {
        if value.is_some() || path.is_some() || of.is_some() {
            return Err(RequestError::filter(place, "a comparison with a `column` takes no `value`, `path` or `of`"));
        }
        let Operator::Compare(op) = operator else {
            return Err(RequestError::filter(place, format!("`{}` does not compare two columns", operator.name())));
        };
        let field = field.unwrap_or_default().to_owned();
        return Ok(Expression::Columns { place, field, op, other: other.to_owned() });
    }
    if value.is_none() && !matches!(operator, Operator::Null { .. }) {
        return Err(RequestError::filter(place, format!("the operator `{}` needs a `value`", operator.name())));
    }
    let (field, value) = (field.unwrap_or_default().to_owned(), value.unwrap_or(Json::Null));
    if path.is_some() || of.is_some() {
        let (path, of) = (path.unwrap_or_default(), of.unwrap_or_default());
        return Ok(Expression::Path { place, field, path, of, operator, value });
    }
    Ok(Expression::Field { field, operator, value, place })
}

fn json_of(word: &str, place: &str) -> Result<JsonOf, RequestError> {
    let message = || RequestError::filter(place, format!("no `of` `{word}`; use value, type or length"));
    JsonOf::from_word(word).ok_or_else(message)
}

fn unknown_operator(place: &str, word: &str) -> RequestError {
    if ["and", "or", "not"].contains(&word.to_ascii_lowercase().as_str()) {
        return RequestError::filter(place, format!("`{word}` joins `expressions` and takes no `field`"));
    }
    let hint = closest(word, Operator::names()).map_or_else(
        || format!("; known are {}", Operator::names().collect::<Vec<_>>().join(", ")),
        |near| format!("; did you mean `{near}`?"),
    );
    RequestError { code: "unknown_operator", message: format!("no operator `{word}`{hint}"), place: place.to_owned() }
}

fn logical(members: &[(String, Json)], place: String) -> Result<Expression, RequestError> {
    let (mut connective, mut expressions) = (None, Vec::new());
    for (key, member) in members {
        match key.as_str() {
            "operator" => {
                let word = text(member, &place, "operator")?;
                connective = Some(match word.to_ascii_lowercase().as_str() {
                    "and" => Connective::And,
                    "or" => Connective::Or,
                    "not" => Connective::Not,
                    _ => {
                        return Err(RequestError {
                            code: "unknown_operator",
                            message: format!("`{word}` joins nothing; use AND, OR or NOT (or add the `field`)"),
                            place,
                        });
                    }
                });
            }
            "expressions" => expressions = parse_expressions(member, &format!("{place}/expressions"))?,
            other => return Err(unknown_key(&place, other, &["operator", "expressions"])),
        }
    }
    Ok(Expression::Logical { connective: connective.unwrap_or(Connective::And), expressions, place })
}

fn relationship(members: &[(String, Json)], place: String) -> Result<Expression, RequestError> {
    let (mut name, mut scope, mut include) = ("", None, None);
    let (mut expressions, mut figures) = (Vec::new(), None);
    for (key, member) in members {
        match (key.as_str(), member) {
            ("relationship", member) => name = text(member, &place, "relationship")?,
            (_, Json::Null) => {}
            ("scope", member) => scope = Some(text(member, &place, "scope")?),
            ("include", Json::Bool(value)) => include = Some(*value),
            ("include", other) => return Err(wrong(&place, "`include` is true or false", other)),
            ("expressions", member) => expressions = parse_expressions(member, &format!("{place}/expressions"))?,
            ("aggregations", member) => figures = aggregations(member, &format!("{place}/aggregations"))?,
            (other, _) => {
                let known = ["relationship", "scope", "include", "expressions", "aggregations"];
                return Err(unknown_key(&place, other, &known));
            }
        }
    }
    let include = include.unwrap_or(false);
    let filters_parent = match scope.map(str::to_ascii_lowercase).as_deref() {
        // Figures over related rows alone do not drop parents without any.
        None => !include && figures.is_none(),
        Some("filterchild" | "filter_child") => false,
        Some("filterparent" | "filter_parent" | "both" | "filterboth" | "filter_both") => true,
        Some(_) => {
            let message = format!("no scope `{}`; use filterParent, filterChild or both", scope.unwrap_or_default());
            return Err(RequestError::filter(place, message));
        }
    };
    Ok(Expression::Relationship(RelationshipWords {
        place,
        relationship: name.to_owned(),
        filters_parent,
        include,
        expressions,
        aggregations: figures,
    }))
}

fn aggregations(value: &Json, place: &str) -> Result<Option<Aggregations>, RequestError> {
    let Json::Object(members) = value else { return Err(wrong(place, "`aggregations` is an object", value)) };
    let mut spec = Aggregations { place: place.to_owned(), ..Aggregations::default() };
    for (key, member) in members {
        match (key.as_str(), member) {
            (_, Json::Null) => {}
            ("functions", Json::Array(items)) => {
                spec.functions = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| aggregate(item, &format!("{place}/functions/{at}")))
                    .collect::<Result<_, _>>()?;
            }
            ("functions", other) => return Err(wrong(place, "`functions` is an array", other)),
            ("group_by" | "groupBy", member) => spec.group_by = strings(member, &format!("{place}/group_by"))?,
            ("expressions" | "having", member) => {
                spec.having = parse_expressions(member, &format!("{place}/expressions"))?;
            }
            ("error_mode" | "errorMode", member) => {
                let mode = text(member, place, "error_mode")?;
                if !["strict", "lenient"].contains(&mode) {
                    return Err(RequestError::filter(place, "`error_mode` is strict or lenient"));
                }
            }
            (other, _) => {
                return Err(unknown_key(place, other, &["functions", "group_by", "expressions", "error_mode"]));
            }
        }
    }
    if !spec.having.is_empty() && spec.functions.is_empty() && spec.group_by.is_empty() {
        return Err(RequestError::filter(place, "conditions on groups need `functions` or `group_by`"));
    }
    // Generated clients send the empty object for "none".
    Ok((!spec.functions.is_empty() || !spec.group_by.is_empty()).then_some(spec))
}

fn aggregate(value: &Json, place: &str) -> Result<AggregateWords, RequestError> {
    let Json::Object(members) = value else { return Err(wrong(place, "a function is an object", value)) };
    let (mut function, mut field, mut alias) = (None, "", None);
    for (key, member) in members {
        match (key.as_str(), member) {
            ("type", member) => {
                let word = text(member, place, "type")?;
                function = Some(AggregateFunction::from_word(word).ok_or_else(|| {
                    RequestError::filter(
                        place,
                        format!("no function `{word}`; use COUNT, COUNT_DISTINCT, SUM, AVG, MIN, MAX or ARRAY_AGG"),
                    )
                })?);
            }
            (_, Json::Null) => {}
            ("field", member) => field = text(member, place, "field")?,
            ("alias", member) => alias = Some(text(member, place, "alias")?).filter(|alias| !alias.is_empty()),
            (other, _) => return Err(unknown_key(place, other, &["type", "field", "alias"])),
        }
    }
    let function = function.ok_or_else(|| RequestError::filter(place, "the function lacks its `type`"))?;
    Ok(AggregateWords { function, field: field.to_owned(), alias: alias.map(ToOwned::to_owned) })
}

fn sort(value: &Json, place: &str) -> Result<Vec<SortKey>, RequestError> {
    let Json::Array(items) = value else { return Err(wrong(place, "`sort` is an array of {field, direction}", value)) };
    let mut keys = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let place = format!("{place}/{at}");
        let Json::Object(members) = item else { return Err(wrong(&place, "a sort key is an object", item)) };
        let (mut field, mut descending) = ("", false);
        for (key, member) in members {
            match (key.as_str(), member) {
                ("field", member) => field = text(member, &place, "field")?,
                ("direction", Json::Null) => {}
                ("direction", member) => {
                    descending = super::query_string::direction(text(member, &place, "direction")?)
                        .ok_or_else(|| RequestError::filter(&place, "`direction` is asc or desc"))?;
                }
                (other, _) => return Err(unknown_key(&place, other, &["field", "direction"])),
            }
        }
        if field.is_empty() {
            return Err(RequestError::filter(place, "the sort key lacks its `field`"));
        }
        keys.push(SortKey { field: field.to_owned(), descending });
    }
    Ok(keys)
}

fn strings(value: &Json, place: &str) -> Result<Vec<String>, RequestError> {
    let Json::Array(items) = value else { return Err(wrong(place, "an array of names is needed", value)) };
    items
        .iter()
        .map(|item| item.as_str().map(ToOwned::to_owned).ok_or_else(|| wrong(place, "a name is a string", item)))
        .collect()
}

fn text<'j>(value: &'j Json, place: &str, key: &str) -> Result<&'j str, RequestError> {
    value.as_str().ok_or_else(|| wrong(place, &format!("`{key}` is a string"), value))
}

fn wrong(place: &str, rule: &str, found: &Json) -> RequestError {
    RequestError::filter(place, format!("{rule}, not {}", found.kind()))
}

fn unknown_key(place: &str, key: &str, known: &[&str]) -> RequestError {
    let hint = closest(key, known.iter().copied())
        .map_or_else(|| format!("; known are {}", known.join(", ")), |near| format!("; did you mean `{near}`?"));
    RequestError::filter(place, format!("no key `{key}` here{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> RequestError {
        parse_filter(&Json::parse(body.as_bytes()).unwrap()).unwrap_err()
    }

    #[test]
    fn every_operator_is_found_under_every_spelling() {
        for (word, name) in
            [("EQ", "eq"), ("==", "eq"), ("<>", "neq"), ("Not_In", "notin"), ("starts_with", "startswith")]
        {
            assert_eq!(Operator::from_word(word).unwrap().name(), name);
        }
        assert_eq!(Operator::names().count(), 23);
    }

    #[test]
    fn a_relationship_filters_its_parent_unless_it_is_included_or_told_otherwise() {
        let scope = |text: &str| {
            let body = format!(r#"{{"expressions":[{{"relationship":"R"{text}}}]}}"#);
            match parse_filter(&Json::parse(body.as_bytes()).unwrap()).unwrap().filter.remove(0) {
                Expression::Relationship(words) => words.filters_parent,
                _ => panic!("no relationship"),
            }
        };
        assert!(scope(""));
        assert!(!scope(r#","include":true"#));
        assert!(scope(r#","include":true,"scope":"filterParent""#));
        assert!(scope(r#","include":true,"scope":"both""#));
        assert!(!scope(r#","scope":"filterChild""#));
    }

    #[test]
    fn sec_53_a_slip_is_refused_where_it_stands() {
        for (body, place, word) in [
            (r#"[]"#, "", "object"),
            (r#"{"expressions":[{"field":"a","operator":"equls","value":1}]}"#, "/expressions/0", "equals"),
            (
                r#"{"expressions":[{"field":"a","operator":"contians","value":1}]}"#,
                "/expressions/0",
                "did you mean `contains`",
            ),
            (r#"{"expressions":[{"feild":"a"}]}"#, "/expressions/0", "expression is"),
            (r#"{"expressions":[{"field":"a","operator":"eq","valeu":1}]}"#, "/expressions/0", "did you mean `value`"),
            (r#"{"expressions":[{"field":"a","operator":"eq"}]}"#, "/expressions/0", "needs a `value`"),
            (r#"{"expressions":[{"operator":"XOR","expressions":[]}]}"#, "/expressions/0", "AND, OR or NOT"),
            (
                r#"{"expressions":[{"operator":"OR","expressions":[{"field":1}]}]}"#,
                "/expressions/0/expressions/0",
                "string",
            ),
            (r#"{"sort":[{"field":"a","direction":"up"}]}"#, "/sort/0", "asc or desc"),
            (r#"{"aggregations":{"functions":[{"type":"MEDIAN"}]}}"#, "/aggregations/functions/0", "COUNT"),
            (
                r#"{"aggregations":{"expressions":[{"field":"SUM(a)","operator":"gt","value":1}]}}"#,
                "/aggregations",
                "need `functions`",
            ),
        ] {
            let error = refused(body);
            assert_eq!(error.place, place, "{body}");
            assert!(error.message.contains(word) || word == "equals", "{}", error.message);
        }
    }
}
