//! `DELETE /projects/{project}/users/{user}/sessions`: ends every session of a user. SEC-19.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::DELETE,
    "/projects/{project}/users/{user}/sessions",
    "endSessions",
    "End every session of a user",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let done = acting.identity().end_sessions(&acting.project, &user.id, None, acting.now).await;
    acting.done(done, "operator.sessions_ended", &user.id, None).await
}
