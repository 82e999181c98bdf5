//! `GET /projects/{project}/audit`: what happened in one project, in all its stages. SEC-63.

use crate::{
    audit,
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
    path: "/projects/{project}/audit",
    id: "listProjectAudit",
    about: "What happened in a project, in all its stages, the newest first",
    query: audit::QUERY,
    body: None,
    answer: Some(wire::audit_form),
    refusals: &[],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

async fn run(call: Call) -> Result<Response<Body>, ApiError> {
    let control = &call.surface.control;
    let project = control.project(Some(call.project())).await.map_err(refusal::of_control)?;
    let all = control.connections().await.map_err(refusal::of_control)?;
    let ids = all.into_iter().filter(|one| one.project == project.id).map(|one| one.id).collect();
    audit::page(call, Some(ids)).await
}
