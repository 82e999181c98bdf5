//! What stands below `/v1/collections`: documents in collections, where the project serves them.

use crate::{
    api::{Api, DocumentsReach},
    definitions::Definition,
    operations::{Body, Operation, Success},
    parameters::{self, Parameter},
    responses::{ALWAYS, WITH_BODY, WRITE},
    schema::{Property, Schema},
};

/// The tag of all of them.
pub const TAG: &str = "collections";

/// Definitions they reach; no table is called like one.
pub const NAMES: &[&str] = &[
    "documents.Clauses",
    "documents.Collections",
    "documents.Count",
    "documents.Created",
    "documents.Deleted",
    "documents.Document",
    "documents.Increment",
    "documents.Index",
    "documents.Indexes",
    "documents.MassChange",
    "documents.Page",
    "documents.Query",
    "documents.Updated",
];

/// One operation.
struct Route {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    about: &'static str,
    /// Who is shown it.
    from: DocumentsReach,
    body: Option<&'static str>,
    /// Status and definition; no definition is 204.
    answer: (u16, Option<&'static str>),
    writes: bool,
}

const fn reads(
    id: &'static str,
    (method, path): (&'static str, &'static str),
    about: &'static str,
    body: Option<&'static str>,
    answer: &'static str,
) -> Route {
    let from = DocumentsReach::Public;
    Route { id, method, path, about, from, body, answer: (200, Some(answer)), writes: false }
}

const fn writes(
    id: &'static str,
    (method, path): (&'static str, &'static str),
    about: &'static str,
    body: Option<&'static str>,
    answer: (u16, Option<&'static str>),
) -> Route {
    Route { id, method, path, about, from: DocumentsReach::Member, body, answer, writes: true }
}

const fn administers(
    id: &'static str,
    (method, path): (&'static str, &'static str),
    about: &'static str,
    body: Option<&'static str>,
    answer: (u16, Option<&'static str>),
) -> Route {
    let from = DocumentsReach::Unlimited;
    Route { id, method, path, about, from, body, answer, writes: body.is_some() }
}

const ALL: &str = "/v1/collections";
const ONE: &str = "/v1/collections/{name}";
const DOCUMENT: &str = "/v1/collections/{name}/{id}";
const INDEXES: &str = "/v1/collections/{name}/indexes";

/// What a document says.
const DATA: &str = "data";

/// In the order of the reference manual.
static ROUTES: &[Route] = &[
    administers(
        "listCollections",
        ("get", ALL),
        "The names of the collections",
        None,
        (200, Some("documents.Collections")),
    ),
    reads("listCollectionDocuments", ("get", ONE), "A page of a collection", None, "documents.Page"),
    writes(
        "createCollectionDocument",
        ("post", ONE),
        "Make a document of an object, or one of each object of a list, all or none",
        Some(DATA),
        (201, Some("documents.Created")),
    ),
    writes(
        "updateCollectionDocuments",
        ("patch", ONE),
        "Change every document for which the clauses hold and that the caller may write",
        Some("documents.MassChange"),
        (200, Some("documents.Updated")),
    ),
    reads(
        "queryCollectionDocuments",
        ("post", "/v1/collections/{name}/query"),
        "A page of the documents for which all clauses hold",
        Some("documents.Query"),
        "documents.Page",
    ),
    reads(
        "countCollectionDocuments",
        ("post", "/v1/collections/{name}/count"),
        "How many documents there are for which all clauses hold",
        Some("documents.Clauses"),
        "documents.Count",
    ),
    writes(
        "deleteCollectionDocuments",
        ("post", "/v1/collections/{name}/delete"),
        "Delete every document for which the clauses hold and that the caller may write",
        Some("documents.Clauses"),
        (200, Some("documents.Deleted")),
    ),
    administers(
        "listCollectionIndexes",
        ("get", INDEXES),
        "The fields a collection is looked up by",
        None,
        (200, Some("documents.Indexes")),
    ),
    administers(
        "createCollectionIndex",
        ("post", INDEXES),
        "Look a collection up by a field",
        Some("documents.Index"),
        (201, Some("documents.Index")),
    ),
    administers(
        "deleteCollectionIndex",
        ("delete", "/v1/collections/{name}/indexes/{field}"),
        "Look it up by a field no longer",
        None,
        (204, None),
    ),
    reads("getCollectionDocument", ("get", DOCUMENT), "One document", None, "documents.Document"),
    writes(
        "updateCollectionDocument",
        ("patch", DOCUMENT),
        "Put members beside and over those a document has",
        Some(DATA),
        (200, Some("documents.Document")),
    ),
    writes("deleteCollectionDocument", ("delete", DOCUMENT), "Delete a document", None, (204, None)),
    writes(
        "incrementCollectionDocument",
        ("post", "/v1/collections/{name}/{id}/increment"),
        "Add to a whole number in a document; an absent field begins at 0",
        Some("documents.Increment"),
        (200, Some("documents.Document")),
    ),
];

/// Every operation id, whoever may use it.
pub fn ids() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.id)
}

/// The operations the caller may use.
pub fn operations(api: &Api<'_>) -> Vec<Operation> {
    shown(api).map(operation).collect()
}

fn shown<'a>(api: &Api<'_>) -> impl Iterator<Item = &'a Route> {
    let reach = api.documents;
    ROUTES.iter().filter(move |route| reach.is_some_and(|reach| reach >= route.from))
}

fn operation(route: &Route) -> Operation {
    let mut refusals = ALWAYS.to_vec();
    if route.body.is_some() {
        refusals.extend(WITH_BODY);
    }
    if route.writes {
        refusals.extend(WRITE);
    }
    refusals.sort_unstable();
    let mut parameters: Vec<Parameter> = Vec::new();
    for (name, about) in [
        ("name", "The collection's name, with its digits if it has any."),
        ("id", "The document's id."),
        ("field", "The field's name."),
    ] {
        if route.path.contains(&format!("{{{name}}}")) {
            parameters.push(parameters::named(name, about));
        }
    }
    if route.id == "listCollectionDocuments" {
        parameters.extend(parameters::document_pages());
    }
    let (status, answer) = route.answer;
    let description = if answer.is_some() { "Done." } else { "Done; nothing to say." };
    let success =
        |status, description| Success { status, description, schema: answer.map(shape), rows: false, tagged: false };
    let mut successes = vec![success(status, description)];
    if route.id == "createCollectionIndex" {
        successes.insert(0, success(200, "It was there before."));
    }
    Operation {
        id: route.id.to_owned(),
        method: route.method,
        path: route.path.to_owned(),
        tag: TAG.to_owned(),
        summary: route.about.to_owned(),
        public: route.from == DocumentsReach::Public,
        parameters,
        body: route.body.map(|name| Body { name: "request", schema: shape(name), required: true, rows: false }),
        successes,
        refusals,
    }
}

/// What a document says is the caller's own; everything else has a definition.
fn shape(name: &str) -> Schema {
    if name == DATA { Schema::free() } else { Schema::to(name) }
}

/// The shapes they reach.
pub fn definitions(api: &Api<'_>) -> Vec<Definition> {
    let mut reached: Vec<&str> = shown(api).flat_map(|route| route.body.into_iter().chain(route.answer.1)).collect();
    if reached.contains(&"documents.Page") {
        reached.push("documents.Document");
    }
    reached.sort_unstable();
    reached.dedup();
    reached.retain(|name| *name != DATA);
    reached.into_iter().map(define).collect()
}

fn define(name: &str) -> Definition {
    let text = |name: &str| Property::new(name, Schema::text());
    let whole = |name: &str| Property::new(name, Schema::whole());
    let clauses = || {
        Property::new("where", Schema::list(Schema::list(Schema::Any)))
            .meaning("All must hold. Each is `[field, operator, value]`.")
    };
    let sort = || text("sort").meaning("`created_at`, `id` or a field, with `:asc` or `:desc`.");
    let properties = match name {
        "documents.Document" | "documents.Created" => {
            let moment = |name: &str| Property::new(name, Schema::formatted("string", "date-time"));
            let mut all = vec![
                text("id"),
                text("account_id").nullable().meaning("The account of whoever made it."),
                text("owner_id").nullable().meaning("Who made it."),
                moment("created_at"),
                moment("updated_at"),
                Property::new("data", Schema::free()).meaning("What it says."),
            ];
            if name == "documents.Created" {
                all.push(Property::new("ids", Schema::list(Schema::text())).meaning("Of a list: only their ids."));
            }
            all
        }
        "documents.Page" => vec![
            Property::new("data", Schema::list(Schema::to("documents.Document"))),
            whole("total"),
            whole("page").meaning("Counted from 1."),
            whole("page_size"),
            whole("total_pages"),
        ],
        "documents.Query" => vec![clauses(), sort(), whole("page"), whole("pageSize")],
        "documents.Clauses" => vec![clauses()],
        "documents.MassChange" => vec![clauses(), Property::new("set", Schema::free()).meaning("Fields and values.")],
        "documents.Increment" => vec![text("field"), whole("by").meaning("1 unless it is said.")],
        "documents.Collections" => vec![Property::new("data", Schema::list(Schema::text()))],
        "documents.Index" => vec![text("field")],
        "documents.Indexes" => vec![Property::new("data", Schema::list(Schema::to("documents.Index")))],
        "documents.Count" => vec![whole("count")],
        "documents.Updated" => vec![whole("updated")],
        "documents.Deleted" => vec![whole("deleted")],
        _ => Vec::new(),
    };
    Definition { name: name.to_owned(), schema: Schema::Object(properties), description: None, example: None }
}
