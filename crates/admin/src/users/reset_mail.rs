//! `POST /projects/{project}/users/{user}/reset-mail`: sends a user the link for a new password.

use super::{REFUSALS, told};
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::OperatorCaller;
use portcullis_web::ApiError;

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::POST,
    path: "/projects/{project}/users/{user}/reset-mail",
    id: "sendResetMail",
    about: "Send a user the link for a new password",
    query: &[crate::projects::STAGE],
    body: None,
    answer: None,
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let user = super::user(&mut call, &project).await?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let client = super::client(&call);
    identity.mail_reset(&project, &user, &client, now).await.map_err(refusal::of_identity)?;
    told(&mut call, &caller, &project, "operator.reset_mail_sent", &user.id, None).await?;
    Ok(wire::done())
}
