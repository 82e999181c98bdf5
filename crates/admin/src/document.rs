//! `GET /openapi.json`: the OpenAPI 3.1 document of this surface, made from the table of routes.

use crate::{
    call::Call,
    route::{ROUTES, Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_web::ApiError;
use serde_json::{Map, Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/openapi.json",
    id: "document",
    about: "This document",
    query: &[],
    body: None,
    answer: Some(|| json!({ "type": "object" })),
    refusals: &[],
    run: Run::Open(|call| Box::pin(run(call))),
};

async fn run(call: Call) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    Ok(wire::ok(&document()))
}

/// The whole document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Portcullis admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "For operators of an instance. Sign in at /auth/login, then send the token as bearer.",
        },
        "servers": [{ "url": "/admin/v1" }],
        "security": [{ "operator": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "operator": { "type": "http", "scheme": "bearer", "description": "`ot_...`" } },
            "schemas": { "Problem": problem() },
        },
    })
}

fn operation(route: &Route) -> Value {
    let tag = route.path.split('/').nth(1).unwrap_or_default();
    let tag = if tag == "openapi.json" { "document" } else { tag };
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.about,
        "tags": [tag],
        "responses": responses(route),
    });
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = route.body {
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": body() } } });
    }
    if matches!(route.run, Run::Open(_)) {
        operation["security"] = json!([]);
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let names = route.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names.map(|name| {
        let about = if name == "project" { "The project's slug or id" } else { "Its id" };
        json!({ "name": name, "in": "path", "required": true, "description": about, "schema": { "type": "string" } })
    });
    let in_query = route.query.iter().map(|parameter| {
        json!({
            "name": parameter.name, "in": "query", "description": parameter.about,
            "schema": { "type": parameter.kind },
        })
    });
    in_path.chain(in_query).collect()
}

fn responses(route: &Route) -> Value {
    let refused = |about: &str| {
        json!({
            "description": about,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        })
    };
    let mut all = Map::new();
    match route.answer {
        Some(form) => {
            let content = json!({ "application/json": { "schema": form() } });
            all.insert("200".to_owned(), json!({ "description": "Done", "content": content }));
        }
        None => {
            all.insert("204".to_owned(), json!({ "description": "Done" }));
        }
    }
    if route.body.is_some() || !route.query.is_empty() {
        all.insert("400".to_owned(), refused("The body or a parameter is not as it should be; `errors` says where"));
    }
    if route.path != ROUTE.path {
        all.insert("401".to_owned(), refused("The credentials are missing, wrong or no longer good"));
    }
    if route.path.contains('{') {
        all.insert("404".to_owned(), refused("There is no such thing"));
    }
    for (status, about) in route.refusals {
        all.insert(status.to_string(), refused(about));
    }
    Value::Object(all)
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457. `code` is stable: branch on it",
        "required": ["type", "title", "status", "code", "message", "request_id"],
        "properties": {
            "type": wire::text("`urn:portcullis:error:` and the code"),
            "title": wire::text("What was wrong and, where we can, what would be right"),
            "status": { "type": "integer" },
            "code": wire::text("Stable"),
            "message": wire::text("The same as `title`"),
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {
                        "pointer": wire::text("A JSON pointer into the body"),
                        "parameter": wire::text("The name of a parameter"),
                        "code": wire::text("Stable"),
                        "message": wire::text("What was wrong there"),
                    },
                },
            },
            "request_id": wire::text("The log knows the cause by it"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Method and path of every operation of the document.
    fn documented() -> BTreeSet<String> {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect()
    }

    #[test]
    fn every_route_is_in_the_document_and_the_document_has_no_other() {
        let routes: BTreeSet<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        assert_eq!(routes.len(), ROUTES.len(), "a route stands in the table twice");
        assert_eq!(routes, documented());
        let ids: BTreeSet<&str> = ROUTES.iter().map(|route| route.id).collect();
        assert_eq!(ids.len(), ROUTES.len(), "an operation's name is taken twice");
    }

    #[test]
    fn every_parameter_of_a_path_is_declared_and_every_reference_leads_somewhere() {
        let document = document();
        for route in ROUTES {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            let declared = operation["parameters"]
                .as_array()
                .map_or(0, |all| all.iter().filter(|parameter| parameter["in"] == "path").count());
            assert_eq!(declared, route.path.matches('{').count(), "{}", route.path);
        }
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn only_what_is_open_says_so() {
        let document = document();
        let open: Vec<&str> =
            ROUTES.iter().filter(|route| matches!(route.run, Run::Open(_))).map(|route| route.path).collect();
        assert_eq!(open, ["/openapi.json", "/auth/setup", "/auth/login", "/auth/refresh"]);
        for route in ROUTES {
            let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
            assert_eq!(operation.get("security").is_some(), open.contains(&route.path), "{}", route.path);
        }
    }
}
