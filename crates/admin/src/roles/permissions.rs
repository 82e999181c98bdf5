//! `GET /projects/{project}/permissions`: every permission but those of the settings.

use super::REFUSALS;
use crate::{
    acting::{Acting, listed},
    route::{Answer, Route},
    wire,
};

/// The operation.
pub static ROUTE: Route = Route::listing(
    "/projects/{project}/permissions",
    "listPermissions",
    "Every permission that is kept anywhere but in the settings",
    REFUSALS,
    || wire::list(super::permission_form()),
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    listed(acting.identity().permissions(&acting.project).await, super::permission)
}
