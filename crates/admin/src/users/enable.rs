//! `POST /projects/{project}/users/{user}/enable`: lets a user in again.

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
    path: "/projects/{project}/users/{user}/enable",
    id: "enableUser",
    about: "Let a user in again",
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
    identity.set_disabled(&project, &user.id, false, &client, now).await.map_err(refusal::of_identity)?;
    told(&mut call, &caller, &project, "operator.user_enabled", &user.id, None).await?;
    Ok(wire::done())
}
