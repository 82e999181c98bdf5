//! `DELETE /projects/{project}/users/{user}/tenants/{tenant}`: takes a user out of a tenant.

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
    path: "/projects/{project}/users/{user}/tenants/{tenant}",
    id: "leaveTenant",
    about: "Take a user out of a tenant, with the roles they have there; their tokens for it end",
    query: &[crate::projects::STAGE],
    body: None,
    answer: None,
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let user = super::user(&mut call, &project).await?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = crate::users::client(&call);
    let tenant = call.values.get(2).cloned().unwrap_or_default();
    identity.leave_tenant(&project, &user, &tenant, &client, now).await.map_err(refusal::of_identity)?;
    let detail = Some(serde_json::json!({ "tenant": tenant }));
    told(&mut call, &caller, &project, "operator.tenant_left", &user.id, detail).await?;
    Ok(wire::done())
}
