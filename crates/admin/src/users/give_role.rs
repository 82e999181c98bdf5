//! `PUT /projects/{project}/users/{user}/roles/{role}`: gives a user a role of ours.

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
    "/projects/{project}/users/{user}/roles/{role}",
    "giveRole",
    "Give a user a role, kept beside the table",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let role = acting.value(2);
    let detail = json!({ "role": role });
    let done = acting.identity().set_role(&acting.project, &user.id, role, true, &acting.client, acting.now).await;
    acting.done(done, "operator.role_given", &user.id, Some(detail)).await
}
