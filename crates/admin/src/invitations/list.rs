//! `GET /projects/{project}/invitations`: the latest invitations of all tenants.

use super::REFUSALS;
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_identity::Inviter;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/invitations",
    id: "listInvitations",
    about: "The latest invitations of all tenants, the newest first",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(form),
    refusals: REFUSALS,
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(super::form())
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let now = call.surface.clock.now();
    let all = call.surface.identity.invitations(&project, Inviter::Operator, now).await;
    let all = all.map_err(refusal::of_identity)?;
    Ok(wire::ok(&json!({ "data": all.iter().map(super::shown).collect::<Vec<_>>() })))
}
