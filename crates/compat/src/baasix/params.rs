//! Parameters of a query: plain, repeated, as JSON text, or with brackets as `qs` writes them.
//!
//! Source: the items reference of Baasix, "Query parameters".

use portcullis_query::{Json, request::RequestError};
use portcullis_web::Query;

/// Parameters of a request at most.
const MOST: usize = 1_000;
/// Brackets behind a name at most.
const DEEPEST: usize = 16;

/// The parameters of a request as trees.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, Node)>);

#[derive(Debug)]
enum Node {
    Text(String),
    /// A name given several times, or `name[]`.
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Params {
    /// Takes a query string apart.
    ///
    /// # Errors
    ///
    /// Not percent-encoded UTF-8, brackets that do not close, too many or too deep, one name as a text and as an object.
    pub fn parse(text: Option<&str>) -> Result<Self, RequestError> {
        let mut query = Query::parse(text).map_err(|error| RequestError::parameter("query", error.title))?;
        let pairs = query.take_rest();
        if pairs.len() > MOST {
            return Err(RequestError::parameter("query", format!("at most {MOST} parameters are taken")));
        }
        let mut root = Vec::new();
        for (key, value) in pairs {
            let (name, path) = path_of(&key)?;
            insert(&mut root, name, &path, value)?;
        }
        Ok(Self(root))
    }

    /// Takes a parameter out; JSON text is read.
    ///
    /// # Errors
    ///
    /// Text that begins as JSON and is none.
    pub fn take(&mut self, name: &str) -> Result<Option<Json>, RequestError> {
        let Some(at) = self.0.iter().position(|(own, _)| own == name) else { return Ok(None) };
        match self.0.remove(at).1 {
            Node::Text(text) if text.trim_start().starts_with(['{', '[']) => Json::parse(text.as_bytes())
                .map(Some)
                .map_err(|error| RequestError::parameter(name, format!("`{name}` is no JSON: {error}"))),
            Node::Text(text) if text.is_empty() => Ok(None),
            node => Ok(Some(json(node))),
        }
    }

    /// Takes a parameter that is one text.
    ///
    /// # Errors
    ///
    /// A list or an object.
    pub fn take_text(&mut self, name: &str) -> Result<Option<String>, RequestError> {
        let Some(at) = self.0.iter().position(|(own, _)| own == name) else { return Ok(None) };
        match self.0.remove(at).1 {
            Node::Text(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            _ => Err(RequestError::parameter(name, format!("`{name}` is given once, as text"))),
        }
    }

    /// Takes a whole number; -1 is allowed where the caller says so.
    ///
    /// # Errors
    ///
    /// Not a whole number from `low` on.
    pub fn take_number(&mut self, name: &str, low: i64) -> Result<Option<i64>, RequestError> {
        let Some(text) = self.take_text(name)? else { return Ok(None) };
        match text.trim().parse::<i64>() {
            Ok(number) if number >= low => Ok(Some(number)),
            _ => Err(RequestError::parameter(name, format!("`{name}` is a whole number from {low} on"))),
        }
    }

    /// Takes a list: JSON text, commas, or a name given several times.
    ///
    /// # Errors
    ///
    /// An item that is no text.
    pub fn take_list(&mut self, name: &str) -> Result<Option<Vec<String>>, RequestError> {
        let wrong = || RequestError::parameter(name, format!("`{name}` is a list of names"));
        let texts = match self.take(name)? {
            None => return Ok(None),
            Some(Json::String(text)) => vec![text],
            Some(Json::Array(items)) => items
                .into_iter()
                .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(wrong()),
        };
        let parts = texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|part| !part.is_empty());
        Ok(Some(parts.map(str::to_owned).collect()))
    }
}

/// `filter[a][eq]` is `filter` and `a`, `eq`.
fn path_of(key: &str) -> Result<(&str, Vec<&str>), RequestError> {
    let Some((name, mut rest)) = key.find('[').map(|at| key.split_at(at)) else { return Ok((key, Vec::new())) };
    let mut path = Vec::new();
    while let Some(inner) = rest.strip_prefix('[') {
        let Some((segment, after)) = inner.split_once(']') else { break };
        path.push(segment);
        rest = after;
    }
    if !rest.is_empty() || name.is_empty() {
        return Err(RequestError::parameter(key, "write a parameter as `name[key]`"));
    }
    if path.len() > DEEPEST {
        return Err(RequestError::parameter(name, format!("at most {DEEPEST} brackets are taken")));
    }
    Ok((name, path))
}

fn insert(into: &mut Vec<(String, Node)>, name: &str, path: &[&str], value: String) -> Result<(), RequestError> {
    let mixed = || RequestError::parameter(name, format!("`{name}` is given in two forms"));
    let at = into.iter().position(|(own, _)| own == name);
    let Some(at) = at else {
        into.push((name.to_owned(), new(path, value)?));
        return Ok(());
    };
    match (&mut into[at].1, path) {
        (Node::Map(members), [first, rest @ ..]) if !first.is_empty() => insert(members, first, rest, value),
        (Node::List(items), [] | [""]) => {
            items.push(Node::Text(value));
            Ok(())
        }
        (known @ Node::Text(_), [] | [""]) => {
            let first = std::mem::replace(known, Node::List(Vec::new()));
            *known = Node::List(vec![first, Node::Text(value)]);
            Ok(())
        }
        _ => Err(mixed()),
    }
}

fn new(path: &[&str], value: String) -> Result<Node, RequestError> {
    match path {
        [] => Ok(Node::Text(value)),
        [""] => Ok(Node::List(vec![Node::Text(value)])),
        ["", ..] => Err(RequestError::parameter("query", "`[]` stands at the end of a name only")),
        [first, rest @ ..] => Ok(Node::Map(vec![((*first).to_owned(), new(rest, value)?)])),
    }
}

fn json(node: Node) -> Json {
    match node {
        Node::Text(text) => Json::String(text),
        Node::List(items) => Json::Array(items.into_iter().map(json).collect()),
        Node::Map(members) => {
            let places: Option<Vec<u32>> = members.iter().map(|(key, _)| key.parse().ok()).collect();
            match places {
                // `name[0]`, `name[1]`: a list, in the order of its numbers.
                Some(places) if !places.is_empty() => {
                    let mut items: Vec<_> = places.into_iter().zip(members).collect();
                    items.sort_by_key(|(place, _)| *place);
                    Json::Array(items.into_iter().map(|(_, (_, node))| json(node)).collect())
                }
                _ => Json::Object(members.into_iter().map(|(key, node)| (key, json(node))).collect()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(query: &str, name: &str) -> String {
        Params::parse(Some(query)).unwrap().take(name).unwrap().unwrap().to_text()
    }

    #[test]
    fn brackets_json_and_repeated_names_say_the_same() {
        for query in [
            "filter[pages][gt]=10&filter[title][in][]=a&filter[title][in][]=b",
            "filter%5Bpages%5D%5Bgt%5D=10&filter[title][in][0]=a&filter[title][in][1]=b",
            "filter={\"pages\":{\"gt\":\"10\"},\"title\":{\"in\":[\"a\",\"b\"]}}",
        ] {
            assert_eq!(taken(query, "filter"), r#"{"pages":{"gt":"10"},"title":{"in":["a","b"]}}"#, "{query}");
        }
        for query in ["fields=a,b", "fields=a&fields=b", "fields[]=a&fields[]=b", "fields=[\"a\",\"b\"]"] {
            let list = Params::parse(Some(query)).unwrap().take_list("fields").unwrap().unwrap();
            assert_eq!(list, ["a", "b"], "{query}");
        }
        assert_eq!(taken("filter[OR][1][a]=2&filter[OR][0][a]=1", "filter"), r#"{"OR":[{"a":"1"},{"a":"2"}]}"#);
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        let deep = format!("a{}=1", "[x]".repeat(17));
        let many = "a=1&".repeat(1_001);
        for query in ["a[b=1", "a[b]c=1", "[a]=1", "a[b]=1&a=2", "a[][b]=1", "a=%ff", &deep, &many] {
            assert!(Params::parse(Some(query)).is_err(), "{query}");
        }
        let mut params = Params::parse(Some("filter={\"a\":&limit=ten&page=0")).unwrap();
        assert!(params.take("filter").is_err());
        assert!(params.take_number("limit", -1).is_err());
        assert!(params.take_number("page", 1).is_err());
        assert!(Params::parse(Some("filter={\"a\":1,\"a\":2}")).unwrap().take("filter").is_err());
    }
}
