//! `DELETE /projects/{project}/users/{user}/second-factors`: takes all second factors from a user who lost them.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::DELETE,
    "/projects/{project}/users/{user}/second-factors",
    "forgetSecondFactors",
    "Take all second factors from a user who lost them",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let user = acting.user().await?;
    let done = acting.identity().forget_factors(&acting.project, &user.id, &acting.client, acting.now).await;
    acting.done(done, "operator.factors_forgotten", &user.id, None).await
}
