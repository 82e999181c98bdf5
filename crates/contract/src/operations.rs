//! The operations of an API, free of either document's spelling.

use crate::{
    api::{Api, Model},
    auth, documents,
    parameters::{self, Parameter},
    responses::{ALWAYS, WITH_BODY, WRITE},
    routes::{Kind, Route},
    schema::Schema,
};

/// JSON.
pub const JSON: &str = "application/json";
/// The media type of refusals.
pub const PROBLEM: &str = "application/problem+json";
/// Rows as RFC 4180 and as one object per line.
pub const ROWS: [&str; 2] = ["text/csv", "application/x-ndjson"];

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Unique over the document.
    pub id: String,
    /// In lower case.
    pub method: &'static str,
    /// Below the base path.
    pub path: String,
    /// Its one tag.
    pub tag: String,
    /// What it does, in a line.
    pub summary: String,
    /// Whether it needs no credentials.
    pub public: bool,
    /// In the order in which generated clients take them.
    pub parameters: Vec<Parameter>,
    /// What is sent.
    pub body: Option<Body>,
    /// What a success is.
    pub successes: Vec<Success>,
    /// Statuses of refusals, ascending.
    pub refusals: Vec<u16>,
}

/// What is sent.
#[derive(Debug)]
pub struct Body {
    /// What generated clients call it.
    pub name: &'static str,
    /// Its shape.
    pub schema: Schema,
    /// Whether it may be left out.
    pub required: bool,
    /// Rows as text instead of JSON.
    pub rows: bool,
}

/// A success.
#[derive(Debug)]
pub struct Success {
    /// The status.
    pub status: u16,
    /// What it means.
    pub description: &'static str,
    /// What comes back; nothing with 304.
    pub schema: Option<Schema>,
    /// Whether it may come back as rows of text too.
    pub rows: bool,
    /// Whether it carries an ETag.
    pub tagged: bool,
}

fn success(status: u16, description: &'static str, schema: Schema) -> Success {
    Success { status, description, schema: Some(schema), rows: false, tagged: false }
}

fn body(name: &'static str, schema: Schema) -> Option<Body> {
    Some(Body { name, schema, required: true, rows: false })
}

/// Every operation of an API: table by table, then what belongs to none.
pub fn all(api: &Api<'_>) -> Vec<Operation> {
    let mut all: Vec<Operation> =
        api.models.iter().flat_map(|model| model.routes().map(|route| of_route(api, model, route))).collect();
    all.extend(auth::operations(api));
    all.extend(documents::operations(api));
    all.push(models());
    if api.writes() {
        all.push(batch(api));
    }
    all
}

fn of_route(api: &Api<'_>, model: &Model<'_>, route: &Route) -> Operation {
    let body = body_of(model, route.kind);
    let write = is_write(route.kind);
    let mut parameters = parameters_of(api, model, route.kind);
    // An import is a stream and is not remembered.
    if write && route.kind != Kind::Import {
        parameters.push(parameters::idempotency_key());
    }
    let mut refusals = [ALWAYS, further(route.kind)].concat();
    if body.is_some() {
        refusals.extend(WITH_BODY);
    }
    if write {
        refusals.extend(WRITE);
    }
    refusals.sort_unstable();
    Operation {
        id: model.names.operation(route).to_owned(),
        method: route.method,
        path: format!("/{}{}", model.path, route.path),
        tag: model.names.tag.clone(),
        summary: summary(model, route.kind),
        public: model.is_public(route.action) && !route.shows_sql,
        parameters,
        body,
        successes: successes(model, route.kind),
        refusals,
    }
}

const fn is_write(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Create
            | Kind::Update
            | Kind::Patch
            | Kind::Delete
            | Kind::UpdateByFilter
            | Kind::DeleteByFilter
            | Kind::BulkCreate
            | Kind::BulkUpdate
            | Kind::Import
    )
}

const fn further(kind: Kind) -> &'static [u16] {
    match kind {
        Kind::Update | Kind::Patch | Kind::Delete => &[412],
        Kind::FilterQuery | Kind::Query | Kind::UpdateQuery => &[501],
        _ => &[],
    }
}

fn parameters_of(api: &Api<'_>, model: &Model<'_>, kind: Kind) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    match kind {
        Kind::List => {
            all.extend(parameters::paging(api));
            all.push(parameters::sort());
            all.extend(parameters::walking(model));
            all.push(parameters::format());
        }
        Kind::Filter => {
            all.extend(parameters::paging(api));
            all.extend(parameters::walking(model));
            all.push(parameters::format());
        }
        Kind::FilterQuery => {
            all.extend(parameters::paging(api));
            all.push(parameters::dialect());
            all.extend(parameters::walking(model));
        }
        Kind::Create | Kind::BulkCreate if model.upserts() => all.push(parameters::on_conflict()),
        Kind::Get => {
            all.push(parameters::id(model));
            all.push(parameters::if_none_match());
        }
        Kind::Import => {
            all.extend(model.upserts().then(parameters::on_conflict));
            all.push(parameters::import_format());
        }
        Kind::Update | Kind::Patch | Kind::Delete => {
            all.push(parameters::id(model));
            all.push(parameters::if_match());
        }
        Kind::UpdateByFilter | Kind::DeleteByFilter => all.extend(parameters::mass(api)),
        Kind::Query => all.push(parameters::dialect()),
        Kind::UpdateQuery => {
            all.push(parameters::id(model));
            all.push(parameters::dialect());
        }
        Kind::Create | Kind::BulkCreate | Kind::BulkUpdate | Kind::Count | Kind::CountAll | Kind::Schema => {}
    }
    all
}

fn body_of(model: &Model<'_>, kind: Kind) -> Option<Body> {
    let row = Schema::to(&model.names.model);
    match kind {
        Kind::Create | Kind::Update | Kind::Patch | Kind::Query | Kind::UpdateQuery => body("entity", row),
        Kind::Filter | Kind::FilterQuery => body("filter_payload", Schema::to("query.Filter")),
        Kind::UpdateByFilter => body("update_filter_payload", Schema::to("api.UpdateFilterPayload")),
        Kind::DeleteByFilter => body("filter_payload", Schema::to("api.FilterPayload")),
        Kind::Count => {
            Some(Body { name: "filter_payload", schema: Schema::to("api.FilterPayload"), required: false, rows: false })
        }
        Kind::BulkCreate | Kind::BulkUpdate => body("entities", Schema::list(row)),
        Kind::Import => Some(Body { name: "rows", schema: Schema::text(), required: true, rows: true }),
        Kind::List | Kind::Get | Kind::Delete | Kind::CountAll | Kind::Schema => None,
    }
}

fn successes(model: &Model<'_>, kind: Kind) -> Vec<Success> {
    let names = &model.names;
    let row = || Schema::to(&names.model);
    let tagged = |success: Success| Success { tagged: true, ..success };
    match kind {
        Kind::List | Kind::Filter => {
            vec![Success { rows: true, ..success(200, "A page of rows.", Schema::to(&names.page)) }]
        }
        Kind::Create if model.upserts() => vec![
            tagged(success(200, "The row that was there, as it is now.", row())),
            tagged(success(201, "The new row.", row())),
        ],
        Kind::Create => vec![tagged(success(201, "The new row.", row()))],
        Kind::Get => vec![
            tagged(success(200, "The row.", row())),
            Success {
                status: 304,
                description: "The row is as the caller has it.",
                schema: None,
                rows: false,
                tagged: true,
            },
        ],
        Kind::Update | Kind::Patch => vec![tagged(success(200, "The row as it is now.", row()))],
        Kind::Delete => vec![success(200, "The deleted row.", row())],
        Kind::UpdateByFilter => vec![success(200, "The rows as they are now.", Schema::to(&names.mass))],
        Kind::DeleteByFilter => vec![success(200, "The deleted rows.", Schema::to(&names.mass))],
        Kind::FilterQuery => vec![success(200, "A page of rows and its SQL.", Schema::to(&names.query))],
        Kind::Count | Kind::CountAll => vec![success(200, "How many.", Schema::to("api.CountResponse"))],
        // All three for both: a status without a schema comes to nothing in generated clients.
        Kind::BulkCreate | Kind::BulkUpdate => [
            (200, "All rows are written; some were there before."),
            (201, "All rows are new."),
            (207, "Some rows are refused."),
        ]
        .map(|(status, description)| success(status, description, Schema::to(&names.bulk)))
        .into(),
        Kind::Import => vec![
            success(201, "All rows are written.", Schema::to("api.ImportResult")),
            success(207, "Some rows are refused.", Schema::to("api.ImportResult")),
        ],
        Kind::Query => vec![success(200, "The SQL; nothing is written.", Schema::to(&names.query))],
        Kind::UpdateQuery => {
            vec![success(200, "The SQL; nothing is written.", Schema::to("api.QueryPreviewWithScript"))]
        }
        Kind::Schema => vec![success(200, "Columns and relationships.", Schema::to("api.ModelSchema"))],
    }
}

fn summary(model: &Model<'_>, kind: Kind) -> String {
    let table = &model.table.name;
    match kind {
        Kind::List => format!("List rows of `{table}`"),
        Kind::Create => format!("Create a row of `{table}`"),
        Kind::Get => format!("Get a row of `{table}`"),
        Kind::Update | Kind::Patch => format!("Change the given columns of a row of `{table}`"),
        Kind::Delete => format!("Delete a row of `{table}`"),
        Kind::Filter => format!("Find rows of `{table}` by a filter"),
        Kind::UpdateByFilter => format!("Change all rows of `{table}` that match"),
        Kind::DeleteByFilter => format!("Delete all rows of `{table}` that match"),
        Kind::FilterQuery => format!("Find rows of `{table}` and show the SQL"),
        Kind::Count => format!("Count the rows of `{table}` that match"),
        Kind::CountAll => format!("Count the rows of `{table}`"),
        Kind::BulkCreate => format!("Create many rows of `{table}`, each on its own"),
        Kind::BulkUpdate => format!("Change many rows of `{table}`, each by its key"),
        Kind::Import => format!("Create rows of `{table}` from CSV or lines of JSON"),
        Kind::Query => format!("Show the SQL that would create a row of `{table}`"),
        Kind::UpdateQuery => format!("Show the SQL that would change a row of `{table}`"),
        Kind::Schema => format!("Describe the columns and relationships of `{table}`"),
    }
}

fn models() -> Operation {
    Operation {
        id: "getModels".to_owned(),
        method: "get",
        path: "/models".to_owned(),
        tag: "schema".to_owned(),
        summary: "List the models and their tables".to_owned(),
        // A stranger gets an answer too: the models that are public, be they none.
        public: true,
        parameters: Vec::new(),
        body: None,
        successes: vec![success(200, "The models.", Schema::to("api.ModelsResponse"))],
        refusals: ALWAYS.to_vec(),
    }
}

fn batch(api: &Api<'_>) -> Operation {
    // The refusal of a batch is that of its first operation that failed: any a write can give, and 405 for a view.
    let mut refusals = [ALWAYS, WITH_BODY, WRITE, &[405]].concat();
    refusals.sort_unstable();
    Operation {
        id: "batchWrite".to_owned(),
        method: "post",
        path: "/batch".to_owned(),
        tag: "batch".to_owned(),
        summary: format!("Do up to {} writes in one transaction: all or none", api.limits.batch_operations),
        public: api.has_public_writes(),
        parameters: vec![parameters::idempotency_key()],
        body: body("batch", Schema::to("api.BatchRequest")),
        successes: vec![success(200, "Everything is done.", Schema::to("api.BatchResponse"))],
        refusals,
    }
}
