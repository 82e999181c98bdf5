//! `POST /projects/{project}/users/{user}/verify`: takes a user's address as verified.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::POST,
    "/projects/{project}/users/{user}/verify",
    "verifyUser",
    "Mark a user's address as verified",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let done = acting.identity().mark_verified(&acting.project, &user, &acting.client, acting.now).await;
    acting.done(done, "operator.user_verified", &user.id, None).await
}
