//! A small family of tables, random rows and filters, and a reading of the contract over the rows themselves.

use super::Build;
use portcullis_query::{
    Json, Statement,
    access::{Action, Caller},
    render::{self, Dialect},
};
use proptest::{collection::vec, option, prelude::*};

/// Parents and kids, joined by a foreign key and once more by a table between.
pub const TABLES: &str = "
parents
  id    int key
  a     int null
  b     text(40) null
  c     bool null
kids
  id    int key
  parent_id int null ->parents.id
  a     int null
  b     text(40) null
  c     bool null
links
  parent_id int key ->parents.id
  kid_id    int key ->kids.id
";

/// A row of `parents` or `kids`: a, b, c, and for a kid the parent it points at.
#[derive(Debug, Clone)]
pub struct Row {
    pub a: Option<i64>,
    pub b: Option<String>,
    pub c: Option<bool>,
    parent: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct Data {
    pub parents: Vec<Row>,
    kids: Vec<Row>,
    links: Vec<(usize, usize)>,
}

fn text() -> impl Strategy<Value = String> {
    let parts = ["", "a", "A", "b", "%", "_", "\\", "É", "é", "ß"];
    vec(proptest::sample::select(parts.to_vec()), 0..4).prop_map(|parts| parts.concat())
}

fn row() -> impl Strategy<Value = Row> {
    (
        option::weighted(0.8, -2_i64..4),
        option::weighted(0.8, text()),
        option::weighted(0.8, any::<bool>()),
        option::of(0_usize..5),
    )
        .prop_map(|(a, b, c, parent)| Row { a, b, c, parent })
}

/// Random rows.
pub fn data() -> impl Strategy<Value = Data> {
    (vec(row(), 1..6), vec(row(), 0..8), vec((0_usize..6, 0_usize..8), 0..8)).prop_map(|(parents, kids, mut links)| {
        links.sort_unstable();
        links.dedup();
        Data { parents, kids, links }
    })
}

fn scalar(column: &'static str) -> BoxedStrategy<String> {
    match column {
        "a" | "id" => (-2_i64..6).prop_map(|n| n.to_string()).boxed(),
        "b" => text().prop_map(|text| Json::String(text).to_text()).boxed(),
        _ => any::<bool>().prop_map(|value| value.to_string()).boxed(),
    }
}

fn list(column: &'static str) -> impl Strategy<Value = String> {
    let item = prop_oneof![5 => scalar(column), 1 => Just("null".to_owned())];
    vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(",")))
}

/// A condition on one column of either table.
pub fn field() -> impl Strategy<Value = String> {
    let column = proptest::sample::select(vec!["id", "a", "b", "c"]);
    column.prop_flat_map(|column| {
        let term = move |operator: &'static str, value: BoxedStrategy<String>| {
            value
                .prop_map(move |value| format!(r#"{{"field":"{column}","operator":"{operator}","value":{value}}}"#))
                .boxed()
        };
        let mut all = vec![term("in", list(column).boxed())];
        for operator in ["eq", "neq"] {
            all.push(term(operator, prop_oneof![6 => scalar(column), 1 => Just("null".to_owned())].boxed()));
        }
        for operator in ["isnull", "isnotnull"] {
            all.push(term(
                operator,
                proptest::sample::select(vec!["null", "true", "false"]).prop_map(str::to_owned).boxed(),
            ));
        }
        if column != "c" {
            all.push(term("notin", list(column).boxed()));
            for operator in ["gt", "gte", "lt", "lte"] {
                all.push(term(operator, scalar(column)));
            }
            for operator in ["between", "notbetween"] {
                let two = (scalar(column), scalar(column)).prop_map(|(low, high)| format!("[{low},{high}]"));
                all.push(term(operator, two.boxed()));
            }
        }
        if column == "b" {
            for operator in ["contains", "startswith", "endswith"] {
                all.push(term(operator, scalar(column)));
            }
            for operator in ["like", "ilike", "notlike"] {
                let pattern = text().prop_filter("ends in an escape", |text| trailing_escapes(text).is_multiple_of(2));
                all.push(term(operator, pattern.prop_map(|text| Json::String(text).to_text()).boxed()));
            }
        }
        proptest::strategy::Union::new(all)
    })
}

fn trailing_escapes(text: &str) -> usize {
    text.len() - text.trim_end_matches('\\').len()
}

/// Terms over the rows of one table: 0 parents, 1 kids.
pub fn term(table: usize, depth: u32) -> BoxedStrategy<String> {
    if depth == 0 {
        return field().boxed();
    }
    let inner = move || vec(term(table, depth - 1), 0..3).prop_map(|terms| terms.join(","));
    let logic = (proptest::sample::select(vec!["AND", "OR", "NOT"]), inner())
        .prop_map(|(word, terms)| format!(r#"{{"operator":"{word}","expressions":[{terms}]}}"#));
    let scope = proptest::sample::select(vec![
        "",
        r#","scope":"filterParent""#,
        r#","scope":"both""#,
        r#","scope":"filterChild""#,
        r#","include":true"#,
        r#","include":true,"scope":"filterParent""#,
    ]);
    let relations =
        if table == 0 { vec![("Kids", 1), ("kids_by_links_kid", 1)] } else { vec![("Parent", 0), ("Parents", 0)] };
    let related = (proptest::sample::select(relations), scope).prop_flat_map(move |((name, target), scope)| {
        vec(term(target, depth - 1), 0..3)
            .prop_map(move |terms| format!(r#"{{"relationship":"{name}"{scope},"expressions":[{}]}}"#, terms.join(",")))
    });
    prop_oneof![3 => field(), 2 => logic, 2 => related].boxed()
}

impl Data {
    /// The rows as inserts, planned as the product plans them.
    pub fn inserts(&self, build: &Build, dialect: &'static dyn Dialect) -> Vec<Statement> {
        let mut rows = Vec::new();
        for (table, own) in [("parents", &self.parents), ("kids", &self.kids)] {
            for (id, row) in own.iter().enumerate() {
                let mut members = vec![
                    ("id".to_owned(), Json::Number(id.to_string())),
                    ("a".to_owned(), row.a.map_or(Json::Null, |a| Json::Number(a.to_string()))),
                    ("b".to_owned(), row.b.clone().map_or(Json::Null, Json::String)),
                    ("c".to_owned(), row.c.map_or(Json::Null, Json::Bool)),
                ];
                if table == "kids" {
                    let parent = row.parent.map_or(Json::Null, |parent| Json::Number(parent.to_string()));
                    members.push(("parent_id".to_owned(), parent));
                }
                rows.push((table, members));
            }
        }
        for (parent, kid) in &self.links {
            let id = |id: &usize| Json::Number(id.to_string());
            rows.push(("links", vec![("parent_id".to_owned(), id(parent)), ("kid_id".to_owned(), id(kid))]));
        }
        rows.into_iter().map(|(table, members)| insert(build, dialect, table, &members)).collect()
    }
}

/// An administrator's insert of one row.
pub fn insert(build: &Build, dialect: &'static dyn Dialect, table: &str, members: &[(String, Json)]) -> Statement {
    let planner = build.planner(&Caller::Administrator, dialect);
    let table = build.table(table);
    let grant = planner.write_grant(Action::Create, table).unwrap();
    let row = planner.write_row(table, &grant, members, "").unwrap();
    let mut plan = planner.insert(table, &grant, row, None, "").unwrap();
    plan.returning.clear();
    render::insert(&plan, dialect)
}

/// SQL's third value is `None`.
type Truth = Option<bool>;

impl Data {
    fn rows(&self, table: usize) -> &[Row] {
        [&self.parents, &self.kids][table]
    }

    /// The ids of the rows for which the terms hold.
    pub fn matching(&self, table: usize, terms: &[Json]) -> Vec<i64> {
        let holds = |id: &usize| all(&self.truths(table, *id, terms)) == Some(true);
        (0..self.rows(table).len()).filter(holds).map(|id| id as i64).collect()
    }

    /// What each term says about a row; terms that restrict nothing say nothing.
    fn truths(&self, table: usize, id: usize, terms: &[Json]) -> Vec<Truth> {
        terms.iter().filter_map(|term| self.truth(table, id, term)).collect()
    }

    fn truth(&self, table: usize, id: usize, term: &Json) -> Option<Truth> {
        let terms = term.get("expressions").and_then(Json::as_array).unwrap_or_default();
        if let Some(name) = term.get("relationship").and_then(Json::as_str) {
            let include = term.get("include") == Some(&Json::Bool(true));
            let filters = match term.get("scope").and_then(Json::as_str) {
                None => !include,
                Some(scope) => scope != "filterChild",
            };
            let others = self.related(table, id, name);
            let there = self.matching(1 - table, terms);
            return filters.then(|| Some(others.iter().any(|other| there.contains(&(*other as i64)))));
        }
        let word = term.get("operator").and_then(Json::as_str).unwrap();
        if term.get("field").is_none() {
            let parts = self.truths(table, id, terms);
            if parts.is_empty() {
                return None;
            }
            return Some(match word {
                "AND" => all(&parts),
                "OR" => all(&parts.iter().map(|part| part.map(|value| !value)).collect::<Vec<_>>()).map(|value| !value),
                _ => all(&parts).map(|value| !value),
            });
        }
        let row = &self.rows(table)[id];
        let held = match term.get("field").and_then(Json::as_str).unwrap() {
            "id" => Json::Number(id.to_string()),
            "a" => row.a.map_or(Json::Null, |a| Json::Number(a.to_string())),
            "b" => row.b.clone().map_or(Json::Null, Json::String),
            _ => row.c.map_or(Json::Null, Json::Bool),
        };
        Some(compare(&held, word, term.get("value").unwrap()))
    }

    fn related(&self, table: usize, id: usize, name: &str) -> Vec<usize> {
        let linked = |own: fn(&(usize, usize)) -> usize, far: fn(&(usize, usize)) -> usize| {
            self.links.iter().filter(|link| own(link) == id).map(far).collect()
        };
        match (table, name) {
            (0, "Kids") => (0..self.kids.len()).filter(|kid| self.kids[*kid].parent == Some(id)).collect(),
            (0, _) => linked(|link| link.0, |link| link.1),
            (_, "Parent") => self.kids[id].parent.into_iter().collect(),
            _ => linked(|link| link.1, |link| link.0),
        }
    }
}

fn all(parts: &[Truth]) -> Truth {
    if parts.contains(&Some(false)) {
        Some(false)
    } else if parts.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn compare(held: &Json, word: &str, value: &Json) -> Truth {
    use std::cmp::Ordering as O;
    let null = *held == Json::Null;
    let order = |other: &Json| match (held, other) {
        (Json::Null, _) => None,
        (Json::Number(a), Json::Number(b)) => Some(a.parse::<i64>().unwrap().cmp(&b.parse().unwrap())),
        (Json::String(a), Json::String(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Json::Bool(a), Json::Bool(b)) => Some(a.cmp(b)),
        other => panic!("no order between {other:?}"),
    };
    let items = value.as_array().unwrap_or_default();
    let found = || {
        if null {
            return if items.contains(&Json::Null) {
                Some(true)
            } else if items.is_empty() {
                Some(false)
            } else {
                None
            };
        }
        Some(items.iter().any(|item| item == held))
    };
    let between = || Some(order(&items[0])? != O::Less && order(&items[1])? != O::Greater);
    let like = |fold: bool, pattern: &str| {
        let low = |text: &str| if fold { text.to_lowercase() } else { text.to_owned() };
        held.as_str()
            .map(|text| matches(&low(text).chars().collect::<Vec<_>>(), &low(pattern).chars().collect::<Vec<_>>()))
    };
    let given = value.as_str().unwrap_or_default();
    let part =
        |test: fn(&str, &str) -> bool| held.as_str().map(|text| test(&text.to_lowercase(), &given.to_lowercase()));
    match word {
        "eq" if *value == Json::Null => Some(null),
        "neq" if *value == Json::Null => Some(!null),
        "eq" => order(value).map(O::is_eq),
        "neq" => order(value).map(O::is_ne),
        "gt" => order(value).map(O::is_gt),
        "gte" => order(value).map(O::is_ge),
        "lt" => order(value).map(O::is_lt),
        "lte" => order(value).map(O::is_le),
        "in" => found(),
        "notin" => found().map(|found| !found),
        "between" => between(),
        "notbetween" => between().map(|inside| !inside),
        "isnull" => Some(null == (*value != Json::Bool(false))),
        "isnotnull" => Some(null == (*value == Json::Bool(false))),
        "like" => like(false, given),
        "notlike" => like(false, given).map(|found| !found),
        "ilike" => like(true, given),
        "contains" => part(|text, part| text.contains(part)),
        "startswith" => part(|text, part| text.starts_with(part)),
        "endswith" => part(|text, part| text.ends_with(part)),
        other => panic!("no operator {other}"),
    }
}

fn matches(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|at| matches(&text[at..], rest)),
        ['_', rest @ ..] => !text.is_empty() && matches(&text[1..], rest),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && matches(&text[1..], rest),
    }
}
