//! `GET /projects/{project}/connections`: the databases of a project, without their logins.

use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/connections",
    id: "listConnections",
    about: "The databases of a project, one per stage, without their logins",
    query: &[],
    body: None,
    answer: Some(form),
    refusals: &[],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(wire::connection_form())
}

async fn run(call: Call) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let control = &call.surface.control;
    let project = control.project(Some(call.project())).await.map_err(refusal::of_control)?;
    let connections = control.connections().await.map_err(refusal::of_control)?;
    let all: Vec<Value> = connections.iter().filter(|one| one.project == project.id).map(wire::connection).collect();
    Ok(wire::ok(&json!({ "data": all })))
}
