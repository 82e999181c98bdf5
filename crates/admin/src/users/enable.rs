//! `POST /projects/{project}/users/{user}/enable`: lets a user in again.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::POST,
    "/projects/{project}/users/{user}/enable",
    "enableUser",
    "Let a user in again",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let done = acting.identity().set_disabled(&acting.project, &user.id, false, &acting.client, acting.now).await;
    acting.done(done, "operator.user_enabled", &user.id, None).await
}
