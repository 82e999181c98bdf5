//! `PUT /projects/{project}/roles/{role}/permissions/{permission}`: gives a role a permission.

use super::{REFUSALS, told};
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
    path: "/projects/{project}/roles/{role}/permissions/{permission}",
    id: "grantPermission",
    about: "Give a role a permission; tells what of it is not understood, as that allows nothing",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(form),
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

fn form() -> Value {
    wire::object(json!({
        "problems": { "type": "array", "items": { "type": "string" }, "description": "Empty where all of it is understood" },
    }))
}

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = crate::users::client(&call);
    let (role, name) = super::both(&call);
    let problems =
        identity.grant_permission(&project, &role, &name, &client, now).await.map_err(refusal::of_identity)?;
    let detail = Some(json!({ "permission": name }));
    told(&mut call, &caller, &project, "operator.permission_granted", &role, detail).await?;
    Ok(wire::ok(&json!({ "problems": problems })))
}
