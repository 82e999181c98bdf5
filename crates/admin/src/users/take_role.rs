//! `DELETE /projects/{project}/users/{user}/roles/{role}`: takes a role of ours from a user.

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
    "/projects/{project}/users/{user}/roles/{role}",
    "takeRole",
    "Take a role that was given here from a user",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let role = acting.value(2);
    let detail = json!({ "role": role });
    let done = acting.identity().set_role(&acting.project, &user.id, role, false, &acting.client, acting.now).await;
    acting.done(done, "operator.role_taken", &user.id, Some(detail)).await
}
