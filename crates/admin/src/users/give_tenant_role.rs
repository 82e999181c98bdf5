//! `PUT /projects/{project}/users/{user}/tenants/{tenant}/roles/{role}`: gives a user a role in one tenant only.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;
use serde_json::json;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::PUT,
    "/projects/{project}/users/{user}/tenants/{tenant}/roles/{role}",
    "giveTenantRole",
    "Give a user a role in one tenant only; `administrator` is one there",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let (tenant, role) = (acting.value(2), acting.value(3));
    let detail = json!({ "tenant": tenant, "role": role });
    let done =
        acting.identity().give_tenant_role(&acting.project, &user, (tenant, role), &acting.client, acting.now).await;
    acting.done(done, "operator.role_given", &user.id, Some(detail)).await
}
