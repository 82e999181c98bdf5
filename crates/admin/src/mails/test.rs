//! `POST /projects/{project}/mail/test`: a mail by the stage's server, step by step.

use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// Bytes of an address at most.
const ADDRESS: usize = 254;

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::POST,
    path: "/projects/{project}/mail/test",
    id: "testMail",
    about: "Send a test mail by the stage's server, at once, and tell how far it came",
    query: &[crate::projects::STAGE],
    body: Some(|| wire::object(json!({ "to": wire::text("The address to send it to") }))),
    answer: Some(form),
    refusals: &[(501, "the project has no mail server"), (503, "the stage is not open on this node")],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    let step = wire::object(json!({
        "name": { "type": "string", "enum": ["dns", "connect", "tls", "login", "accepted"] },
        "ok": { "type": "boolean" },
        "took_ms": { "type": "integer" },
        "detail": wire::text("What was found, or what went wrong; never the password"),
    }));
    wire::object(json!({
        "ok": { "type": "boolean", "description": "Whether the server has accepted the mail" },
        "steps": { "type": "array", "items": step, "description": "Up to the first that failed" },
    }))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    let mut fields = call.fields().await?;
    let to = fields.text("to", ADDRESS)?;
    fields.end()?;
    let now = call.surface.clock.now();
    let steps = call.surface.identity.test_mail(&project, &to, now).await.map_err(refusal::of_identity)?;
    let ok = steps.iter().all(|step| step.ok);
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| json!({ "name": step.name, "ok": step.ok, "took_ms": step.took_ms, "detail": step.detail }))
        .collect();
    Ok(wire::ok(&json!({ "ok": ok, "steps": steps })))
}
