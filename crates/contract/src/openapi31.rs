//! The OpenAPI 3.1 document.

use crate::{
    api::Api,
    definitions::{self, Definition},
    operations::{self, Body, JSON, Operation, PROBLEM, ROWS, Success},
    parameters::{Parameter, Place},
    responses::{REFUSALS, Refused, refusal},
    schema::{Schema, Version},
    security,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const VERSION: Version = Version::OpenApi31;

/// Renders `api` as OpenAPI 3.1; `server_path` is the whole path below which the data routes stand, such as
/// `/p/shop/api`.
pub fn openapi31(api: &Api<'_>, server_path: &str) -> Value {
    let operations = operations::all(api);
    let mut paths: Map<String, Value> = Map::new();
    for operation in &operations {
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.method] = render(operation, api.auth.is_some());
    }
    let used: BTreeSet<u16> = operations.iter().flat_map(|operation| operation.refusals.iter().copied()).collect();
    let responses: Map<String, Value> = REFUSALS
        .iter()
        .filter(|refused| used.contains(&refused.status))
        .map(|refused| (refused.name.to_owned(), refuse(refused)))
        .collect();
    let schemas: Map<String, Value> =
        definitions::all(api).into_iter().map(|definition| (definition.name.clone(), define(&definition))).collect();
    json!({
        "openapi": "3.1.0",
        "info": { "title": api.title, "version": "1.0.0" },
        "servers": [{ "url": server_path }],
        "security": security::alternatives(VERSION, false, api.auth.is_some()),
        "tags": api.tags(),
        "paths": paths,
        "components": { "schemas": schemas, "responses": responses, "securitySchemes": security::schemes(VERSION, api.auth.is_some().then_some(server_path)) },
    })
}

fn render(operation: &Operation, auth: bool) -> Value {
    let mut out = json!({
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": operation.id,
    });
    if operation.public {
        out["security"] = security::alternatives(VERSION, true, auth);
    }
    if !operation.parameters.is_empty() {
        out["parameters"] = operation.parameters.iter().map(parameter).collect();
    }
    if let Some(body) = &operation.body {
        // Generated clients name the argument after it.
        out["x-codegen-request-body-name"] = body.name.into();
        out["requestBody"] = request_body(body);
    }
    let mut responses = Map::new();
    for success in &operation.successes {
        responses.insert(success.status.to_string(), succeed(success));
    }
    for refused in operation.refusals.iter().filter_map(|status| refusal(*status)) {
        let value = json!({ "$ref": format!("#/components/responses/{}", refused.name) });
        responses.insert(refused.status.to_string(), value);
    }
    out["responses"] = Value::Object(responses);
    out
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place.word(),
        "description": parameter.description,
        "required": parameter.place == Place::Path,
        "schema": parameter.schema.render(VERSION),
    })
}

fn request_body(body: &Body) -> Value {
    let schema = body.schema.render(VERSION);
    let media: &[&str] = if body.rows { &ROWS } else { &[JSON] };
    let content: Map<String, Value> =
        media.iter().map(|media| ((*media).to_owned(), json!({ "schema": schema }))).collect();
    json!({ "required": body.required, "content": content })
}

fn succeed(success: &Success) -> Value {
    // JSON first: generated clients take the first.
    let mut content = Map::new();
    if let Some(schema) = &success.schema {
        content.insert(JSON.to_owned(), json!({ "schema": schema.render(VERSION) }));
    }
    if success.rows {
        for media in ROWS {
            content.insert(media.to_owned(), json!({ "schema": Schema::text().render(VERSION) }));
        }
    }
    let mut out = json!({ "description": success.description });
    if success.tagged {
        out["headers"] = json!({ "ETag": text_header("Send it as `If-Match` to change only what was seen.") });
    }
    if !content.is_empty() {
        out["content"] = Value::Object(content);
    }
    out
}

fn refuse(refused: &Refused) -> Value {
    let mut out = json!({ "description": refused.description });
    match refused.status {
        401 => out["headers"] = json!({ "WWW-Authenticate": text_header("How to prove who one is.") }),
        429 | 503 => {
            let schema = Schema::whole().render(VERSION);
            out["headers"] = json!({ "Retry-After": { "description": "Seconds to wait.", "schema": schema } });
        }
        _ => {}
    }
    out["content"] = json!({ PROBLEM: { "schema": Schema::to("api.ErrorResponse").render(VERSION) } });
    out
}

fn text_header(description: &str) -> Value {
    json!({ "description": description, "schema": Schema::text().render(VERSION) })
}

fn define(definition: &Definition) -> Value {
    let mut out = definition.schema.render(VERSION);
    if let Some(description) = &definition.description {
        out["description"] = description.as_str().into();
    }
    if let Some(example) = &definition.example {
        out["examples"] = json!([example]);
    }
    out
}
