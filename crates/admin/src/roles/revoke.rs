//! `DELETE /projects/{project}/roles/{role}/permissions/{permission}`: takes a permission from a role.

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

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::DELETE,
    path: "/projects/{project}/roles/{role}/permissions/{permission}",
    id: "revokePermission",
    about: "Take a permission from a role",
    query: &[crate::projects::STAGE],
    body: None,
    answer: None,
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = crate::users::client(&call);
    let (role, name) = super::both(&call);
    identity.revoke_permission(&project, &role, &name, &client, now).await.map_err(refusal::of_identity)?;
    let detail = Some(serde_json::json!({ "permission": name }));
    told(&mut call, &caller, &project, "operator.permission_revoked", &role, detail).await?;
    Ok(wire::done())
}
