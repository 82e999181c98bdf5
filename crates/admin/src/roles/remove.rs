//! `DELETE /projects/{project}/roles/{role}`: removes a role with its permissions and holders. SEC-45.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::DELETE,
    "/projects/{project}/roles/{role}",
    "removeRole",
    "Remove a role, with its permissions and holders",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let name = acting.value(1).to_owned();
    let done = acting.identity().remove_role(&acting.project, &name, &acting.client, acting.now).await;
    acting.done(done, "operator.role_removed", &name, None).await
}
