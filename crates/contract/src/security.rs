//! How a caller proves who it is: the one list both documents take it from.

use crate::schema::Version;
use serde_json::{Map, Value, json};

/// One way to send credentials.
struct Scheme {
    name: &'static str,
    description: &'static str,
    swagger2: fn() -> Value,
    openapi31: fn() -> Value,
}

/// Every way that is open today, as alternatives. A new one is an entry here.
static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "ApiKeyAuth",
        description: "A project key (`pk_...` or `sk_...`).",
        swagger2: || json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" }),
        openapi31: || json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" }),
    },
    Scheme {
        name: "BearerAuth",
        description: "`Bearer` and a project key (`pk_...` or `sk_...`).",
        // Swagger 2.0 has no bearer scheme; clients set the whole header.
        swagger2: || json!({ "type": "apiKey", "in": "header", "name": "Authorization" }),
        openapi31: || json!({ "type": "http", "scheme": "bearer" }),
    },
];

/// The declarations.
pub fn schemes(version: Version) -> Map<String, Value> {
    SCHEMES
        .iter()
        .map(|scheme| {
            let mut value = match version {
                Version::Swagger2 => (scheme.swagger2)(),
                Version::OpenApi31 => (scheme.openapi31)(),
            };
            value["description"] = scheme.description.into();
            (scheme.name.to_owned(), value)
        })
        .collect()
}

/// The alternatives; where no credentials are needed, also none.
pub fn alternatives(public: bool) -> Value {
    let none = public.then(|| json!({}));
    none.into_iter().chain(SCHEMES.iter().map(|scheme| json!({ scheme.name: [] }))).collect()
}
