//! Names in the documents: safe as identifiers, unique, and the same whoever looks.
//!
//! They are settled over all served tables before anything is left out, so that a name never depends on the caller.

use crate::{
    auth, documents,
    routes::{ROUTES, Route},
};
use portcullis_schema::{Database, TableId};
use std::collections::{HashMap, HashSet};

/// Definitions every document may have.
pub const FIXED: &[&str] = &[
    "api.BatchOperation",
    "api.BatchRequest",
    "api.BatchResponse",
    "api.BatchResult",
    "api.BulkError",
    "api.BulkErrorReason",
    "api.CountResponse",
    "api.ErrorResponse",
    "api.FieldError",
    "api.FieldSchema",
    "api.FilterPayload",
    "api.ImportResult",
    "api.ModelSchema",
    "api.ModelsResponse",
    "api.QueryPreviewWithScript",
    "api.RelationshipSchema",
    "api.UpdateFilterPayload",
    "query.AggregateFunctionSpec",
    "query.AggregationSpec",
    "query.Filter",
    "query.SortSpec",
];

/// Classes that generated clients bring along or take for their language's own types; a model of the same name would
/// hide them or be hidden.
#[rustfmt::skip]
const CLIENT_CLASSES: &[&str] = &[
    "Annotated", "Any", "ApiAttributeError", "ApiClient", "ApiException", "ApiKeyError", "ApiResponse",
    "ApiTypeError", "ApiValueError", "Array", "AxiosPromise", "BaseAPI", "BaseModel", "Boolean", "ByteArray",
    "ClassVar", "ConfigDict", "Configuration", "ConfigurationParameters", "Date", "DateTime", "Decimal", "Dict",
    "Double", "Error", "File", "Float", "Integer", "List", "Literal", "Long", "Map", "Number", "Object",
    "OpenApiException", "Optional", "Promise", "RawAxiosRequestConfig", "RequestArgs", "RequiredError", "Set",
    "StrictBool", "StrictBytes", "StrictFloat", "StrictInt", "StrictStr", "String", "Tuple", "Union", "URI", "UUID",
    "ValidationError",
];

/// What one table is called.
#[derive(Debug, Clone)]
pub struct ModelNames {
    /// The tag.
    pub tag: String,
    /// The definition of a row.
    pub model: String,
    /// The definition of a page.
    pub page: String,
    /// The definition of a page with its SQL.
    pub query: String,
    /// The definition of what a mass update or delete answers.
    pub mass: String,
    /// The definition of what a bulk answers.
    pub bulk: String,
    /// Operation ids in the order of [`ROUTES`].
    operations: Vec<String>,
}

impl ModelNames {
    /// The operation id of a route.
    pub fn operation(&self, route: &Route) -> &str {
        ROUTES
            .iter()
            .position(|known| known.kind == route.kind)
            .and_then(|at| self.operations.get(at))
            .map_or(route.prefix, String::as_str)
    }
}

/// The names of every served table, in the order of the tables.
pub fn settle(database: &Database) -> Vec<ModelNames> {
    let mut tags = Taken::default();
    let mut names: Vec<ModelNames> = database
        .tables()
        .iter()
        .map(|table| ModelNames {
            tag: tags.take(&identifier(&table.model), str::to_owned),
            model: String::new(),
            page: String::new(),
            query: String::new(),
            mass: String::new(),
            bulk: String::new(),
            operations: Vec::new(),
        })
        .collect();
    settle_definitions(&mut names);
    settle_operations(&mut names);
    names
}

fn settle_definitions(names: &mut [ModelNames]) {
    let mut taken = Taken::default();
    for name in FIXED.iter().chain(CLIENT_CLASSES).chain(documents::NAMES) {
        taken.0.insert(class_key(name));
    }
    // The class of a tag's operations is called after the tag.
    for name in &*names {
        for class in ["Api", "ApiFp", "ApiFactory", "ApiInterface", "ApiAxiosParamCreator"] {
            taken.0.insert(class_key(&format!("{}{class}", name.tag)));
        }
    }
    for name in &mut *names {
        let wish = match taken.0.contains(&class_key(&name.tag)) {
            true => format!("{}Model", name.tag),
            false => name.tag.clone(),
        };
        name.model = taken.take(&wish, class_key);
    }
    // Tables come before what is made from them.
    for name in names {
        name.page = taken.take(&format!("{}FilterResponse", name.model), class_key);
        name.query = taken.take(&format!("{}QueryResponse", name.model), class_key);
        name.mass = taken.take(&format!("{}MassResult", name.model), class_key);
        name.bulk = taken.take(&format!("{}BulkResult", name.model), class_key);
    }
}

fn settle_operations(names: &mut [ModelNames]) {
    let mut taken = Taken::default();
    taken.0.extend(["getModels".to_owned(), "batchWrite".to_owned()]);
    taken.0.extend(auth::ids().chain(documents::ids()).map(str::to_owned));
    let mut ids: Vec<HashMap<usize, String>> = vec![HashMap::new(); names.len()];
    // `countAll` + `Orders` may meet `count` + `AllOrders`: the documented one keeps its name.
    for documented in [true, false] {
        for (name, ids) in names.iter().zip(&mut ids) {
            for (at, route) in ROUTES.iter().enumerate().filter(|(_, route)| route.documented == documented) {
                ids.insert(at, taken.take(&format!("{}{}", route.prefix, name.tag), str::to_owned));
            }
        }
    }
    for (name, mut ids) in names.iter_mut().zip(ids) {
        name.operations = (0..ROUTES.len()).filter_map(|at| ids.remove(&at)).collect();
    }
}

/// Names given out so far, by the key under which two would be one.
#[derive(Debug, Default)]
struct Taken(HashSet<String>);

impl Taken {
    /// The wish, or the wish with the first number that makes it new.
    fn take(&mut self, wish: &str, key: impl Fn(&str) -> String) -> String {
        let mut name = wish.to_owned();
        let mut n = 2;
        while !self.0.insert(key(&name)) {
            name = format!("{wish}{n}");
            n += 1;
        }
        name
    }
}

/// Generators make a class and a file of a definition: dots and case do not tell two apart.
fn class_key(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A model name with nothing but ASCII letters and digits; any other letter is written as its number.
fn identifier(model: &str) -> String {
    let mut out = String::with_capacity(model.len());
    for c in model.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c),
            c => out.push_str(&format!("U{:04X}", u32::from(c))),
        }
    }
    out
}

/// The names of a table.
pub fn of(names: &[ModelNames], table: TableId) -> Option<&ModelNames> {
    names.get(table.0)
}
