//! The Swagger 2.0 document.

use crate::{
    api::Api,
    definitions::{self, Definition},
    operations::{self, JSON, Operation, PROBLEM, ROWS},
    parameters::{Parameter, Place},
    responses::refusal,
    schema::{Schema, Version},
    security,
};
use serde_json::{Map, Value, json};

const VERSION: Version = Version::Swagger2;

/// Renders `api` as Swagger 2.0; `base_path` is the whole path below which the data routes stand, such as
/// `/p/shop/api`.
///
/// There is neither `host` nor `schemes`: the document goes with the address it was fetched from.
pub fn swagger2(api: &Api<'_>, base_path: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations::all(api) {
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.method] = render(&operation, api.auth.is_some());
    }
    let definitions: Map<String, Value> =
        definitions::all(api).into_iter().map(|definition| (definition.name.clone(), define(&definition))).collect();
    json!({
        "swagger": "2.0",
        "info": { "title": api.title, "version": "1.0.0" },
        "basePath": base_path,
        "consumes": [JSON],
        "produces": [JSON, PROBLEM],
        "security": security::alternatives(VERSION, false, api.auth.is_some()),
        "securityDefinitions": security::schemes(VERSION, api.auth.is_some().then_some(base_path)),
        "tags": api.tags(),
        "paths": paths,
        "definitions": definitions,
    })
}

fn render(operation: &Operation, auth: bool) -> Value {
    let mut parameters: Vec<Value> =
        operation.parameters.iter().filter(|parameter| parameter.place != Place::Header).map(parameter).collect();
    let mut consumes = json!([JSON]);
    if let Some(body) = &operation.body {
        if body.rows {
            // Of two media types generated clients would take the one with `json` in its name and quote the rows.
            consumes = json!([ROWS[0]]);
        }
        // Required ones first, as generated clients take them.
        let at = parameters.iter().take_while(|parameter| parameter["in"] == "path").count();
        parameters.insert(
            at,
            json!({ "name": body.name, "in": "body", "required": body.required, "schema": body.schema.render(VERSION) }),
        );
    }
    let mut produces = vec![JSON];
    if operation.successes.iter().any(|success| success.rows) {
        produces.extend(ROWS);
    }
    produces.push(PROBLEM);
    let mut responses = Map::new();
    for success in &operation.successes {
        let mut value = json!({ "description": success.description });
        if let Some(schema) = &success.schema {
            value["schema"] = schema.render(VERSION);
        }
        responses.insert(success.status.to_string(), value);
    }
    let error = Schema::to("api.ErrorResponse").render(VERSION);
    for refused in operation.refusals.iter().filter_map(|status| refusal(*status)) {
        let value = json!({ "description": refused.description, "schema": error });
        responses.insert(refused.status.to_string(), value);
    }
    let mut out = json!({
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": operation.id,
        "x-codegen-method-name": operation.id,
        "consumes": consumes,
        "produces": produces,
        "parameters": parameters,
        "responses": responses,
    });
    if operation.public {
        out["security"] = security::alternatives(VERSION, true, auth);
    }
    out
}

fn parameter(parameter: &Parameter) -> Value {
    let mut out = json!({
        "name": parameter.name,
        "in": parameter.place.word(),
        "description": parameter.description,
        "required": parameter.place == Place::Path,
    });
    if let (Value::Object(members), Value::Object(schema)) = (&mut out, parameter.schema.render(VERSION)) {
        members.extend(schema);
    }
    out
}

fn define(definition: &Definition) -> Value {
    let mut out = definition.schema.render(VERSION);
    if let Some(description) = &definition.description {
        out["description"] = description.as_str().into();
    }
    if let Some(example) = &definition.example {
        out["example"] = example.clone();
    }
    out
}
