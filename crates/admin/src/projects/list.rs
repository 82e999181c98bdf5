//! `GET /projects`: every project with its connections.

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
    path: "/projects",
    id: "listProjects",
    about: "Every project with its connections, by slug",
    query: &[],
    body: None,
    answer: Some(form),
    refusals: &[],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(super::project_form())
}

async fn run(call: Call) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let control = &call.surface.control;
    let projects = control.projects().await.map_err(refusal::of_control)?;
    let connections = control.connections().await.map_err(refusal::of_control)?;
    let all: Vec<Value> =
        projects.iter().map(|one| super::project(&one.id, &one.slug, one.created_at, &connections)).collect();
    Ok(wire::ok(&json!({ "data": all })))
}
