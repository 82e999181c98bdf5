//! How a caller proves who it is: the one list both documents take it from.

use crate::schema::Version;
use serde_json::{Map, Value, json};

/// One way to send credentials.
struct Scheme {
    name: &'static str,
    description: &'static str,
    /// `None` where Swagger 2.0 has no word for it.
    swagger2: Option<fn() -> Value>,
    openapi31: fn() -> Value,
}

impl Scheme {
    fn declaration(&self, version: Version) -> Option<Value> {
        match version {
            Version::Swagger2 => self.swagger2.map(|declare| declare()),
            Version::OpenApi31 => Some((self.openapi31)()),
        }
    }
}

/// Every way that is open today, as alternatives. A new one is an entry here.
static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "ApiKeyAuth",
        description: "A project key (`pk_...` or `sk_...`).",
        swagger2: Some(|| json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" })),
        openapi31: || json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" }),
    },
    Scheme {
        name: "BearerAuth",
        description: "`Bearer` and a project key (`pk_...` or `sk_...`).",
        // A second scheme of type `apiKey` would not do: TypeScript clients send one key for both, without `Bearer`.
        swagger2: None,
        openapi31: || json!({ "type": "http", "scheme": "bearer" }),
    },
];

/// The declarations.
pub fn schemes(version: Version) -> Map<String, Value> {
    SCHEMES
        .iter()
        .filter_map(|scheme| {
            let mut value = scheme.declaration(version)?;
            value["description"] = scheme.description.into();
            Some((scheme.name.to_owned(), value))
        })
        .collect()
}

/// The alternatives; where no credentials are needed, also none.
pub fn alternatives(version: Version, public: bool) -> Value {
    let none = public.then(|| json!({}));
    let known = SCHEMES.iter().filter(|scheme| scheme.declaration(version).is_some());
    none.into_iter().chain(known.map(|scheme| json!({ scheme.name: [] }))).collect()
}
