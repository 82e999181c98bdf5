//! `DELETE /projects/{project}/invitations/{invitation}`: withdraws an open invitation.

use super::REFUSALS;
use crate::{
    acting::Acting,
    route::{Answer, Route},
};
use http::Method;
use portcullis_identity::Inviter;

/// The operation.
pub static ROUTE: Route = Route::deed(
    Method::DELETE,
    "/projects/{project}/invitations/{invitation}",
    "withdrawInvitation",
    "Withdraw an open invitation",
    REFUSALS,
    |acting| Box::pin(run(acting)),
);

async fn run(acting: Acting) -> Answer {
    let id = acting.value(1).to_owned();
    let (project, now) = (&acting.project, acting.now);
    let done = acting.identity().withdraw_invitation(project, Inviter::Operator, &id, &acting.client, now).await;
    acting.done(done, "operator.invitation_withdrawn", &id, None).await
}
