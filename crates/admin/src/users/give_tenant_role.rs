//! `PUT /projects/{project}/users/{user}/tenants/{tenant}/roles/{role}`: gives a user a role in one tenant only.

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
    method: Method::PUT,
    path: "/projects/{project}/users/{user}/tenants/{tenant}/roles/{role}",
    id: "giveTenantRole",
    about: "Give a user a role in one tenant only; `administrator` is one there",
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
    let value = |at: usize| call.values.get(at).cloned().unwrap_or_default();
    let (tenant, role) = (value(2), value(3));
    identity.give_tenant_role(&project, &user, (&tenant, &role), &client, now).await.map_err(refusal::of_identity)?;
    let detail = Some(serde_json::json!({ "tenant": tenant, "role": role }));
    told(&mut call, &caller, &project, "operator.role_given", &user.id, detail).await?;
    Ok(wire::done())
}
