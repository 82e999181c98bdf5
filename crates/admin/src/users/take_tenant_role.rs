//! `DELETE /projects/{project}/users/{user}/tenants/{tenant}/roles/{role}`: takes a role in one tenant from a user.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;
use serde_json::json;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::DELETE,
    "/projects/{project}/users/{user}/tenants/{tenant}/roles/{role}",
    "takeTenantRole",
    "Take a role in one tenant from a user",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let (tenant, role) = (acting.value(2), acting.value(3));
    let detail = json!({ "tenant": tenant, "role": role });
    let done =
        acting.identity().take_tenant_role(&acting.project, &user, (tenant, role), &acting.client, acting.now).await;
    acting.done(done, "operator.role_taken", &user.id, Some(detail)).await
}
