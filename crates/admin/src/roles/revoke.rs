//! `DELETE /projects/{project}/roles/{role}/permissions/{permission}`: takes a permission from a role.

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
    "/projects/{project}/roles/{role}/permissions/{permission}",
    "revokePermission",
    "Take a permission from a role",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let (role, name) = (acting.value(1).to_owned(), acting.value(2));
    let detail = json!({ "permission": name });
    let done = acting.identity().revoke_permission(&acting.project, &role, name, &acting.client, acting.now).await;
    acting.done(done, "operator.permission_revoked", &role, Some(detail)).await
}
