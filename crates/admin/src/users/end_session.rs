//! `DELETE /projects/{project}/users/{user}/sessions/{session}`: ends one session of a user. SEC-19.

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
    "/projects/{project}/users/{user}/sessions/{session}",
    "endSession",
    "End one session of a user",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let session = acting.value(2);
    let detail = json!({ "session": session });
    let done = acting.identity().end_session(&acting.project, &user.id, session, acting.now).await;
    acting.done(done, "operator.session_ended", &user.id, Some(detail)).await
}
