//! `GET /projects/{project}`: one project with its connections.

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
    path: "/projects/{project}",
    id: "readProject",
    about: "One project with its connections",
    query: &[],
    body: None,
    answer: Some(super::project_form),
    refusals: &[],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

async fn run(call: Call) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let control = &call.surface.control;
    let project = control.project(Some(call.project())).await.map_err(refusal::of_control)?;
    let connections = control.connections().await.map_err(refusal::of_control)?;
    Ok(wire::ok(&super::project(&project.id, &project.slug, project.created_at, &connections)))
}
