//! `GET /projects/{project}/mapping/proposal`: what the schema and some rows suggest, with reasons.

use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_identity::propose::{self, EngineSampler, Samples};
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/mapping/proposal",
    id: "proposeMapping",
    about: "What the schema and some rows suggest for the mapping and the tenancy, with confidence and reasons",
    query: &[super::STAGE],
    body: None,
    answer: Some(form),
    refusals: &[(409, "the project has not been synced yet"), (503, "the stage is not open on this node")],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    let confidence = json!({ "type": "number", "description": "0 to 1" });
    let reasons = json!({ "type": "array", "items": { "type": "string" } });
    wire::object(json!({
        "stage": wire::text("The stage"),
        "mapping": {
            "type": "object",
            "description": "Cards by name",
            "additionalProperties": {
                "type": "object",
                "description": "Besides these the column of each field, under the field's name",
                "required": ["table", "confidence", "reasons", "accepted"],
                "properties": {
                    "table": wire::text("The table"),
                    "confidence": confidence,
                    "reasons": reasons,
                    "accepted": { "type": "boolean", "description": "Whether the settings in force map this card" },
                },
            },
        },
        "tenancy": { "type": ["object", "null"], "description": "The same for `[tenancy]`; null where there seems to be none" },
    }))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let in_force = call.surface.control.in_force(&project.connection).await.map_err(refusal::of_control)?;
    let samples = Samples::take(&in_force.catalog, &EngineSampler(&*project.engine), propose::by_looks).await;
    let proposals = propose::propose(&in_force.catalog, &samples);
    let mapped = serde_json::to_value(&in_force.settings.mapping).map_err(|error| ApiError::internal(&error))?;
    let in_settings = |card: &str| mapped[card]["table"].as_str().is_some_and(|table| !table.is_empty());
    let accepted = proposals.cards.iter().map(|card| card.card).filter(|card| in_settings(card.word())).collect();
    let (mapping, tenancy) = propose::to_json(&proposals, &accepted, in_force.settings.tenancy.enabled);
    Ok(wire::ok(&json!({ "stage": project.stage, "mapping": mapping, "tenancy": tenancy })))
}
