//! `POST /projects/{project}/users/{user}/reset-mail`: sends a user the link for a new password.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::POST,
    "/projects/{project}/users/{user}/reset-mail",
    "sendResetMail",
    "Send a user the link for a new password",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let done = acting.identity().mail_reset(&acting.project, &user, &acting.client, acting.now).await;
    acting.done(done, "operator.reset_mail_sent", &user.id, None).await
}
