//! `DELETE /projects/{project}/users/{user}/tenants/{tenant}`: takes a user out of a tenant.

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
    "/projects/{project}/users/{user}/tenants/{tenant}",
    "leaveTenant",
    "Take a user out of a tenant, with the roles they have there; their tokens for it end",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let tenant = acting.value(2);
    let detail = json!({ "tenant": tenant });
    let done = acting.identity().leave_tenant(&acting.project, &user, tenant, &acting.client, acting.now).await;
    acting.done(done, "operator.tenant_left", &user.id, Some(detail)).await
}
