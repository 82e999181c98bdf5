//! `DELETE /projects/{project}/invitations/{invitation}`: withdraws an open invitation.

use super::REFUSALS;
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::Deed;
use portcullis_control::operators::OperatorCaller;
use portcullis_identity::Inviter;
use portcullis_web::ApiError;

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::DELETE,
    path: "/projects/{project}/invitations/{invitation}",
    id: "withdrawInvitation",
    about: "Withdraw an open invitation",
    query: &[crate::projects::STAGE],
    body: None,
    answer: None,
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = crate::users::client(&call);
    let id = call.values.get(1).cloned().unwrap_or_default();
    let done = identity.withdraw_invitation(&project, Inviter::Operator, &id, &client, now).await;
    done.map_err(refusal::of_identity)?;
    let (name, connection) = ("operator.invitation_withdrawn", project.connection.clone());
    let deed = Deed { name, connection, subject: id, detail: None };
    call.surface.operators.tell(&caller, deed, &call.client).await.map_err(refusal::of_operators)?;
    Ok(wire::done())
}
