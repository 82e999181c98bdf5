//! `GET /projects/{project}/outbox/{mail}`: one mail.

use super::{form, mail};
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_web::ApiError;

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/outbox/{mail}",
    id: "readMail",
    about: "One mail of a stage",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(form),
    refusals: &[(503, "the stage is not open on this node")],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let id = call.values.get(1).cloned().unwrap_or_default();
    let found = call.surface.identity.mail_of(&project, &id).await.map_err(refusal::of_identity)?;
    Ok(wire::ok(&mail(&found)))
}
