//! `DELETE /projects/{project}/permissions/{permission}`: takes a permission from every role and removes it.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::DELETE,
    "/projects/{project}/permissions/{permission}",
    "removePermission",
    "Remove a permission, from every role",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let name = acting.value(1).to_owned();
    let done = acting.identity().remove_permission(&acting.project, &name, &acting.client, acting.now).await;
    acting.done(done, "operator.permission_removed", &name, None).await
}
