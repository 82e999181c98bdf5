//! `GET /projects/{project}/invitations`: the latest invitations of all tenants.

use super::REFUSALS;
use crate::{
    acting::{Acting, listed},
    route::{Answer, Route},
    wire,
};
use portcullis_identity::Inviter;

/// The operation.
pub static ROUTE: Route = Route::listing(
    "/projects/{project}/invitations",
    "listInvitations",
    "The latest invitations of all tenants, the newest first",
    REFUSALS,
    || wire::list(super::form()),
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    listed(acting.identity().invitations(&acting.project, Inviter::Operator, acting.now).await, super::shown)
}
