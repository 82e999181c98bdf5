//! The parameters of `GET /items/{collection}` into a request.

use super::{
    aggregate::{self, Figures},
    fields::Fields,
    filter,
    params::Params,
    variables::Variables,
};
use portcullis_query::{
    Json,
    request::{Expression, RequestError, SortKey},
};

/// Rows of a page where `page` is given without `limit`.
const PAGE: u64 = 10;
/// Words of a search at most.
const WORDS: usize = 16;

/// What is asked for.
#[derive(Debug)]
pub struct Asked {
    /// Columns and related rows; without any all columns.
    pub fields: Fields,
    /// Joined by AND.
    pub filter: Vec<Expression>,
    /// In order of weight.
    pub sort: Vec<SortKey>,
    /// Which part.
    pub extent: Extent,
    /// Texts to look for.
    pub search: Option<Search>,
    /// Figures instead of rows.
    pub figures: Option<Figures>,
    /// What restricts related rows: by the path to them.
    pub related: Vec<(String, Vec<Expression>)>,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every row from a place on.
    All {
        /// How many are passed over.
        offset: u64,
    },
    /// No rows, only their number.
    Count,
    /// Some rows.
    Rows {
        /// How many are passed over.
        offset: u64,
        /// How many are wanted.
        size: u64,
    },
}

/// `search` and `searchFields`.
#[derive(Debug, PartialEq, Eq)]
pub struct Search {
    /// Each stands in one of the columns.
    pub words: Vec<String>,
    /// The columns; none means all texts.
    pub columns: Vec<String>,
}

/// Reads the parameters of a list.
///
/// # Errors
///
/// What is not in the grammar, with the parameter's name.
pub fn read(mut params: Params, variables: &Variables<'_>) -> Result<Asked, RequestError> {
    let mut fields = Fields::parse(&params.take_list("fields")?.unwrap_or_default());
    if !fields.all && fields.columns.is_empty() && !fields.has_relations() {
        fields.all = true;
    }
    let filter = match params.take("filter")? {
        None => Vec::new(),
        Some(words) => filter::parse(&words, variables, "filter")?,
    };
    let sort = params.take("sort")?.map(|words| sort(&words)).transpose()?.unwrap_or_default();
    let extent = extent(
        params.take_number("limit", -1)?,
        params.take_number("page", 1)?.map(i64::unsigned_abs),
        params.take_number("offset", 0)?.map(i64::unsigned_abs),
    );
    let columns = params.take_list("searchFields")?.unwrap_or_default();
    let search = params
        .take_text("search")?
        .map(|text| Search { words: text.split_whitespace().take(WORDS).map(str::to_owned).collect(), columns });
    let figures = aggregate::read(params.take("aggregate")?, params.take_list("groupBy")?)?;
    let mut related = Vec::new();
    if let Some(words) = params.take("relConditions")? {
        let Json::Object(members) = &words else {
            return Err(RequestError::parameter("relConditions", "`relConditions` is an object of filters"));
        };
        for (path, words) in members {
            related.push((path.clone(), filter::parse(words, variables, &format!("relConditions/{path}"))?));
        }
    }
    Ok(Asked {
        fields,
        filter,
        sort,
        extent,
        search: search.filter(|search| !search.words.is_empty()),
        figures,
        related,
    })
}

/// `{"a":"asc","b":"DESC"}`, `["-a","b"]`, or text such as `a:desc,b`.
fn sort(words: &Json) -> Result<Vec<SortKey>, RequestError> {
    match words {
        Json::Object(members) => members
            .iter()
            .map(|(field, direction)| {
                let descending = match direction.as_str().map(str::to_ascii_lowercase).as_deref() {
                    Some("asc") => false,
                    Some("desc") => true,
                    _ => return Err(RequestError::parameter("sort", format!("`{field}` is sorted asc or desc"))),
                };
                Ok(SortKey { field: field.clone(), descending })
            })
            .collect(),
        Json::Array(items) => items
            .iter()
            .map(|item| match item.as_str() {
                Some(text) => portcullis_query::request::sort_from_text(text),
                None => Err(RequestError::parameter("sort", "a sort key is a text such as `-name`")),
            })
            .collect(),
        Json::String(text) => portcullis_query::request::parse_sort(text),
        _ => Err(RequestError::parameter("sort", "write {\"name\":\"asc\"} or [\"-name\"]")),
    }
}

fn extent(limit: Option<i64>, page: Option<u64>, offset: Option<u64>) -> Extent {
    let size = match limit {
        None => page.map(|_| PAGE),
        Some(-1) => None,
        Some(limit) => Some(limit.unsigned_abs()),
    };
    match size {
        Some(0) => Extent::Count,
        Some(size) => {
            let offset = offset.unwrap_or_else(|| (page.unwrap_or(1) - 1).saturating_mul(size));
            Extent::Rows { offset, size }
        }
        None => Extent::All { offset: offset.unwrap_or(0) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, RequestError> {
        read(Params::parse(Some(query))?, &Variables::none())
    }

    #[test]
    fn the_part_of_a_list_is_a_page_an_offset_or_all() {
        for (query, extent) in [
            ("", Extent::All { offset: 0 }),
            ("limit=-1", Extent::All { offset: 0 }),
            ("limit=-1&page=3", Extent::All { offset: 0 }),
            ("limit=0", Extent::Count),
            ("limit=5", Extent::Rows { offset: 0, size: 5 }),
            ("page=3", Extent::Rows { offset: 20, size: 10 }),
            ("page=3&limit=5", Extent::Rows { offset: 10, size: 5 }),
            ("limit=5&offset=7", Extent::Rows { offset: 7, size: 5 }),
        ] {
            assert_eq!(asked(query).unwrap().extent, extent, "{query}");
        }
        for query in ["limit=-2", "limit=x", "page=0", "offset=-1", "limit=1&limit=2"] {
            assert!(asked(query).is_err(), "{query}");
        }
    }

    #[test]
    fn the_order_of_keys_is_the_order_of_rows() {
        for query in
            [r#"sort={"b":"DESC","a":"asc"}"#, r#"sort=["-b","a"]"#, "sort=b:desc,a", "sort[b]=desc&sort[a]=asc"]
        {
            let sort = asked(query).unwrap().sort;
            let keys: Vec<_> = sort.iter().map(|key| (key.field.as_str(), key.descending)).collect();
            assert_eq!(keys, [("b", true), ("a", false)], "{query}");
        }
        for query in [r#"sort={"a":"up"}"#, r#"sort={"a":1}"#, "sort=[1]", "sort=a:down", "sort={\"a\""] {
            assert!(asked(query).is_err(), "{query}");
        }
    }

    #[test]
    fn fields_and_searches_are_taken_apart() {
        assert!(asked("").unwrap().fields.all);
        let one = asked("fields=title,author.name&search=two%20words&searchFields=title,body").unwrap();
        assert_eq!(one.fields.columns, ["title"]);
        assert_eq!(
            one.search.unwrap(),
            Search {
                words: vec!["two".to_owned(), "words".to_owned()],
                columns: vec!["title".to_owned(), "body".to_owned()],
            }
        );
        let two = asked(r#"relConditions={"posts":{"status":"open"}}"#).unwrap();
        assert_eq!(two.related[0].0, "posts");
        assert_eq!(two.related[0].1.len(), 1);
    }
}
