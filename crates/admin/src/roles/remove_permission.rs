//! `DELETE /projects/{project}/permissions/{permission}`: takes a permission from every role and removes it.

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
    path: "/projects/{project}/permissions/{permission}",
    id: "removePermission",
    about: "Remove a permission, from every role",
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
    let name = call.values.get(1).cloned().unwrap_or_default();
    identity.remove_permission(&project, &name, &client, now).await.map_err(refusal::of_identity)?;
    told(&mut call, &caller, &project, "operator.permission_removed", &name, None).await?;
    Ok(wire::done())
}
