//! `POST /projects/{project}/users/{user}/disable`: shuts a user out, and ends what they hold. SEC-18.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::POST,
    "/projects/{project}/users/{user}/disable",
    "disableUser",
    "Shut a user out: their sessions end, and they cannot sign in",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let done = acting.identity().set_disabled(&acting.project, &user.id, true, &acting.client, acting.now).await;
    acting.done(done, "operator.user_disabled", &user.id, None).await
}
