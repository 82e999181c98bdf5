//! `GET /projects/{project}/mapping`: which tables and columns mean what, as the settings in force say.

use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_web::ApiError;
use serde_json::{Map, Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/mapping",
    id: "readMapping",
    about: "Which tables and columns mean users, sessions, tokens, keys, roles and tenants: the settings in force",
    query: &[super::STAGE],
    body: None,
    answer: Some(form),
    refusals: &[(409, "the project has not been synced yet")],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::object(json!({
        "stage": wire::text("The stage"),
        "mapping": {
            "type": "object",
            "description": "Cards by name, as in the settings document: `table`, and the column of each field",
            "additionalProperties": { "type": "object", "additionalProperties": { "type": "string" } },
        },
        "tenancy": { "type": "object", "description": "`[tenancy]` of the settings document" },
    }))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let connection = call.connection().await?;
    call.query.end(&["stage"])?;
    let in_force = call.surface.control.in_force(&connection.id).await.map_err(refusal::of_control)?;
    let value = |made: Result<Value, serde_json::Error>| made.map_err(|error| ApiError::internal(&error));
    let mapping = value(serde_json::to_value(&in_force.settings.mapping))?;
    let tenancy = value(serde_json::to_value(&in_force.settings.tenancy))?;
    Ok(wire::ok(&json!({ "stage": connection.stage, "mapping": mapped(mapping), "tenancy": tenancy })))
}

/// The cards that are mapped, each with the fields that are.
fn mapped(mapping: Value) -> Map<String, Value> {
    let Value::Object(cards) = mapping else { return Map::new() };
    let card = |(name, card): (String, Value)| {
        let Value::Object(mut fields) = card else { return None };
        fields.retain(|_, column| column.as_str().is_some_and(|column| !column.is_empty()));
        fields.contains_key("table").then_some((name, Value::Object(fields)))
    };
    cards.into_iter().filter_map(card).collect()
}
