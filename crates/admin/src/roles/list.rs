//! `GET /projects/{project}/roles`: every role, from everywhere.

use super::REFUSALS;
use crate::{
    acting::{Acting, listed},
    route::{Answer, Route},
    wire,
};

/// The operation.
pub static ROUTE: Route = Route::listing(
    "/projects/{project}/roles",
    "listRoles",
    "Every role: the customer's, those beside the tables, and those of the settings",
    REFUSALS,
    || wire::list(super::role_form()),
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    listed(acting.identity().roles(&acting.project).await, super::role)
}
