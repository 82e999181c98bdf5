//! `GET /projects/{project}/permissions`: every permission but those of the settings.

use super::REFUSALS;
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
    path: "/projects/{project}/permissions",
    id: "listPermissions",
    about: "Every permission that is kept anywhere but in the settings",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(form),
    refusals: REFUSALS,
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(super::permission_form())
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let all = call.surface.identity.permissions(&project).await.map_err(refusal::of_identity)?;
    Ok(wire::ok(&json!({ "data": all.iter().map(super::permission).collect::<Vec<_>>() })))
}
