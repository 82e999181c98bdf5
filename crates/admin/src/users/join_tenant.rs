//! `PUT /projects/{project}/users/{user}/tenants/{tenant}`: makes a user one of a tenant.

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
    path: "/projects/{project}/users/{user}/tenants/{tenant}",
    id: "joinTenant",
    about: "Make a user one of a tenant: in the table of memberships, the column of the users table, or beside them",
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
    identity.join_tenant(&project, &user, &tenant, &client, now).await.map_err(refusal::of_identity)?;
    let detail = Some(serde_json::json!({ "tenant": tenant }));
    told(&mut call, &caller, &project, "operator.tenant_joined", &user.id, detail).await?;
    Ok(wire::done())
}
