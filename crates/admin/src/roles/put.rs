//! `PUT /projects/{project}/roles/{role}`: makes a role, or describes it anew.

use super::{LONG, REFUSALS, told};
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::OperatorCaller;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::PUT,
    path: "/projects/{project}/roles/{role}",
    id: "putRole",
    about: "Make a role, or describe it anew",
    query: &[crate::projects::STAGE],
    body: Some(body),
    answer: None,
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

fn body() -> Value {
    json!({ "type": "object", "properties": { "description": wire::opt_text("What it is for") } })
}

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    let mut fields = call.fields_of(&["stage"]).await?;
    let description = fields.opt_text("description", LONG)?;
    fields.end()?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = crate::users::client(&call);
    let name = call.values.get(1).cloned().unwrap_or_default();
    let made = identity.put_role(&project, &name, description.as_deref(), &client, now).await;
    made.map_err(refusal::of_identity)?;
    told(&mut call, &caller, &project, "operator.role_put", &name, None).await?;
    Ok(wire::done())
}
