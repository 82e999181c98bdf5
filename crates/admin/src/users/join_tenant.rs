//! `PUT /projects/{project}/users/{user}/tenants/{tenant}`: makes a user one of a tenant.

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
    "/projects/{project}/users/{user}/tenants/{tenant}",
    "joinTenant",
    "Make a user one of a tenant: in the table of memberships, the column of the users table, or beside them",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let tenant = acting.value(2);
    let detail = json!({ "tenant": tenant });
    let done = acting.identity().join_tenant(&acting.project, &user, tenant, &acting.client, acting.now).await;
    acting.done(done, "operator.tenant_joined", &user.id, Some(detail)).await
}
