//! How a caller proves who it is: the one list both documents take it from.

use crate::schema::Version;
use serde_json::{Map, Value, json};

/// One way to send credentials.
struct Scheme {
    name: &'static str,
    description: &'static str,
    /// `None` where Swagger 2.0 has no word for it.
    swagger2: Option<fn(&str) -> Value>,
    openapi31: fn(&str) -> Value,
    /// Whether it is for projects whose users can sign in only.
    users: bool,
}

impl Scheme {
    /// `base` is the whole path below which the routes stand.
    fn declaration(&self, version: Version, base: &str) -> Option<Value> {
        match version {
            Version::Swagger2 => self.swagger2.map(|declare| declare(base)),
            Version::OpenApi31 => Some((self.openapi31)(base)),
        }
    }
}

/// Every way that is open today, as alternatives. A new one is an entry here.
static SCHEMES: &[Scheme] = &[
    Scheme {
        name: "ApiKeyAuth",
        description: "A project key (`pk_...` or `sk_...`).",
        swagger2: Some(|_| json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" })),
        openapi31: |_| json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" }),
        users: false,
    },
    Scheme {
        name: "BearerAuth",
        description: "`Bearer` and a project key (`pk_...` or `sk_...`).",
        // A second scheme of type `apiKey` would not do: TypeScript clients send one key for both, without `Bearer`.
        swagger2: None,
        openapi31: |_| json!({ "type": "http", "scheme": "bearer" }),
        users: false,
    },
    Scheme {
        name: "BasicAuth",
        description: "A user's address and password.",
        swagger2: Some(|_| json!({ "type": "basic" })),
        openapi31: |_| json!({ "type": "http", "scheme": "basic" }),
        users: true,
    },
    Scheme {
        name: "OAuth2Password",
        description: "A user's address and password, for a token.",
        swagger2: Some(
            |base| json!({ "type": "oauth2", "flow": "password", "tokenUrl": format!("{base}/auth/login"), "scopes": {} }),
        ),
        openapi31: |base| {
            json!({ "type": "oauth2", "flows": { "password": {
                "tokenUrl": format!("{base}/auth/login"), "refreshUrl": format!("{base}/auth/refresh"), "scopes": {},
            }}})
        },
        users: true,
    },
];

/// The declarations; `users` is the path below which the routes stand, where users can sign in.
pub fn schemes(version: Version, users: Option<&str>) -> Map<String, Value> {
    SCHEMES
        .iter()
        .filter(|scheme| users.is_some() || !scheme.users)
        .filter_map(|scheme| {
            let mut value = scheme.declaration(version, users.unwrap_or_default())?;
            value["description"] = scheme.description.into();
            Some((scheme.name.to_owned(), value))
        })
        .collect()
}

/// The alternatives; where no credentials are needed, also none.
pub fn alternatives(version: Version, public: bool, users: bool) -> Value {
    let none = public.then(|| json!({}));
    let known = SCHEMES.iter().filter(|scheme| users || !scheme.users);
    let known = known.filter(|scheme| scheme.declaration(version, "").is_some());
    none.into_iter().chain(known.map(|scheme| json!({ scheme.name: [] }))).collect()
}
