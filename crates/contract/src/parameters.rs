//! Parameters in the path, the query string and the headers.

use crate::{
    api::{Api, Model},
    columns,
    schema::{Scalar, Schema},
};

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query string.
    Query,
    /// In a header: OpenAPI 3.1 only, as the original's Swagger 2.0 has none.
    Header,
}

impl Place {
    /// The word of both documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// One parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Its shape.
    pub schema: Schema,
    /// What it does.
    pub description: String,
}

fn query(name: &'static str, schema: Schema, description: impl Into<String>) -> Parameter {
    Parameter { name, place: Place::Query, schema, description: description.into() }
}

fn header(name: &'static str, max_length: Option<u64>, description: &str) -> Parameter {
    let text = Scalar { ty: "string", min_length: Some(1), max_length, ..Scalar::default() };
    Parameter { name, place: Place::Header, schema: Schema::Scalar(text), description: description.to_owned() }
}

/// `{id}` of what is no row.
pub fn named_id(description: &str) -> Parameter {
    named("id", description)
}

/// Another text in the path.
pub fn named(name: &'static str, description: &str) -> Parameter {
    Parameter { name, place: Place::Path, schema: Schema::text(), description: description.to_owned() }
}

/// `page`, `pageSize` and `sort` of documents.
pub fn document_pages() -> [Parameter; 3] {
    let number = |maximum, default: u64| {
        let default = Some(default.into());
        Schema::Scalar(Scalar { ty: "integer", minimum: Some(1), maximum, default, ..Scalar::default() })
    };
    [
        query("page", number(None, 1), "Counted from 1."),
        query("pageSize", number(Some(1_000), 25), "Documents of a page."),
        query("sort", Schema::text(), "`created_at`, `id` or a field, with `:asc` or `:desc`."),
    ]
}

/// `{id}`.
pub fn id(model: &Model<'_>) -> Parameter {
    let key: Vec<_> = model.table.primary_key.iter().map(|id| format!("`{}`", model.table.column(*id).name)).collect();
    let description = match key.as_slice() {
        [one] => format!("The row's {one}."),
        _ => format!("The row's {}, joined by `,`; inside a value write `\\,`.", key.join(", ")),
    };
    Parameter { name: "id", place: Place::Path, schema: columns::key_schema(model), description }
}

/// `page` and `pageSize`, in this order: positional calls of generated clients depend on it.
pub fn paging(api: &Api<'_>) -> [Parameter; 2] {
    let page = Scalar { ty: "integer", minimum: Some(1), default: Some(1.into()), ..Scalar::default() };
    let size = Scalar {
        ty: "integer",
        minimum: Some(1),
        maximum: Some(api.limits.page_size_max),
        default: Some(api.limits.page_size_default.into()),
        ..Scalar::default()
    };
    [query("page", Schema::Scalar(page), "Counted from 1."), query("pageSize", Schema::Scalar(size), "Rows of a page.")]
}

/// `sort`.
pub fn sort() -> Parameter {
    query("sort", Schema::text(), "Columns with a direction: `name:asc,age:desc`.")
}

/// `total`, and where rows have a key `cursor`.
pub fn walking(model: &Model<'_>) -> Vec<Parameter> {
    let total = Scalar { ty: "boolean", default: Some(true.into()), ..Scalar::default() };
    let mut all = vec![query("total", Schema::Scalar(total), "`false` leaves the count out.")];
    if !model.table.primary_key.is_empty() {
        let description = "Pages by key instead of `page`: empty for the first, then `next_cursor`.";
        all.push(query("cursor", Schema::text(), description));
    }
    all
}

/// `format`.
pub fn format() -> Parameter {
    let words = Scalar { ty: "string", words: &["json", "csv", "ndjson"], ..Scalar::default() };
    query("format", Schema::Scalar(words), "`csv` and `ndjson` stream every row that matches, unless `page` is given.")
}

/// `format` of an import.
pub fn import_format() -> Parameter {
    let words = Scalar { ty: "string", words: &["csv", "ndjson"], ..Scalar::default() };
    query("format", Schema::Scalar(words), "The form of the rows, instead of the Content-Type.")
}

/// `dialect`.
pub fn dialect() -> Parameter {
    let words = Scalar { ty: "string", words: &["postgres", "mysql", "sqlite"], ..Scalar::default() };
    query("dialect", Schema::Scalar(words), "Whose SQL to write; that of the database by default.")
}

/// `on_conflict`.
pub fn on_conflict() -> Parameter {
    let text = Scalar { ty: "string", min_length: Some(1), ..Scalar::default() };
    query(
        "on_conflict",
        Schema::Scalar(text),
        "The columns of a unique key, joined by `,`: a row that has them is updated.",
    )
}

/// `preview` and `limit` of mass writes.
pub fn mass(api: &Api<'_>) -> [Parameter; 2] {
    let preview = Scalar { ty: "boolean", default: Some(false.into()), ..Scalar::default() };
    let limit = Scalar { ty: "integer", minimum: Some(1), ..Scalar::default() };
    [
        query("preview", Schema::Scalar(preview), "Tells what would be touched and changes nothing."),
        query(
            "limit",
            Schema::Scalar(limit),
            format!("How many rows may be touched; {} by default.", api.limits.mass_rows),
        ),
    ]
}

/// `If-Match`.
pub fn if_match() -> Parameter {
    header("If-Match", None, "The row's ETag: 412 when the row has changed since.")
}

/// `If-None-Match`.
pub fn if_none_match() -> Parameter {
    header("If-None-Match", None, "ETags the caller has: 304 when the row's is among them.")
}

/// `Idempotency-Key`.
pub fn idempotency_key() -> Parameter {
    header(
        "Idempotency-Key",
        Some(255),
        "The same key gives the same answer again for 24 hours, and nothing is written twice.",
    )
}
