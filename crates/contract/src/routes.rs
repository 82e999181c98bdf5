//! Every route of a table: one line each.

use portcullis_query::access::Action;

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `GET /M`
    List,
    /// `POST /M`
    Create,
    /// `GET /M/{id}`
    Get,
    /// `PUT /M/{id}`
    Update,
    /// `PATCH /M/{id}`
    Patch,
    /// `DELETE /M/{id}`
    Delete,
    /// `POST /M/filter`
    Filter,
    /// `PUT /M/filter`
    UpdateByFilter,
    /// `DELETE /M/filter`
    DeleteByFilter,
    /// `POST /M/filter/query`
    FilterQuery,
    /// `POST /M/count`
    Count,
    /// `GET /M/count`
    CountAll,
    /// `POST /M/bulk`
    BulkCreate,
    /// `PUT /M/bulk`
    BulkUpdate,
    /// `POST /M/import`
    Import,
    /// `POST /M/query`
    Query,
    /// `PUT /M/{id}/query`
    UpdateQuery,
    /// `GET /M/schema`
    Schema,
}

/// One route of a table.
#[derive(Debug)]
pub struct Route {
    /// What it does.
    pub kind: Kind,
    /// The operation id without the model.
    pub prefix: &'static str,
    /// The method in lower case.
    pub method: &'static str,
    /// What follows the model in the path.
    pub path: &'static str,
    /// The right it needs.
    pub action: Action,
    /// Whether rows must have a key.
    pub keyed: bool,
    /// Whether it is there only for those who may see SQL.
    pub shows_sql: bool,
    /// Whether its operation id stands in the native contract.
    pub documented: bool,
}

const fn route(
    kind: Kind,
    prefix: &'static str,
    method: &'static str,
    path: &'static str,
    action: Action,
    keyed: bool,
) -> Route {
    Route {
        kind,
        prefix,
        method,
        path,
        action,
        keyed,
        shows_sql: matches!(kind, Kind::Query | Kind::UpdateQuery),
        documented: !matches!(kind, Kind::CountAll | Kind::Patch | Kind::Import),
    }
}

/// Every route of a table, in the order of the native contract, section 3.
pub static ROUTES: &[Route] = &[
    route(Kind::List, "list", "get", "", Action::Read, false),
    route(Kind::Create, "create", "post", "", Action::Create, false),
    route(Kind::Get, "getById", "get", "/{id}", Action::Read, true),
    route(Kind::Update, "updateById", "put", "/{id}", Action::Update, true),
    route(Kind::Patch, "patchById", "patch", "/{id}", Action::Update, true),
    route(Kind::Delete, "deleteById", "delete", "/{id}", Action::Delete, true),
    route(Kind::Filter, "filter", "post", "/filter", Action::Read, false),
    route(Kind::UpdateByFilter, "updateByFilter", "put", "/filter", Action::Update, true),
    route(Kind::DeleteByFilter, "deleteByFilter", "delete", "/filter", Action::Delete, true),
    route(Kind::FilterQuery, "filterQuery", "post", "/filter/query", Action::Read, false),
    route(Kind::Count, "count", "post", "/count", Action::Read, false),
    route(Kind::CountAll, "countAll", "get", "/count", Action::Read, false),
    route(Kind::BulkCreate, "bulkCreate", "post", "/bulk", Action::Create, false),
    route(Kind::BulkUpdate, "bulkUpdate", "put", "/bulk", Action::Update, true),
    route(Kind::Import, "import", "post", "/import", Action::Create, false),
    route(Kind::Query, "query", "post", "/query", Action::Create, false),
    route(Kind::UpdateQuery, "updateQueryById", "put", "/{id}/query", Action::Update, true),
    route(Kind::Schema, "getSchema", "get", "/schema", Action::Read, false),
];
