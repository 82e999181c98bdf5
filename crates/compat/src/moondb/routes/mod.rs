//! Where a request goes, in the order of the documentation.

mod auth;
mod data;
mod manage;
mod platform;
mod schema;
mod seed;
mod write;

use super::ask::Ask;
use super::{SURFACE, error::Refusal, hooks::operation, wire::Outcome};
use crate::{Call, hooked::hooked};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_identity::Limit;
use portcullis_project::Project;
use std::sync::Arc;

/// Answers a request: limits first, then the hooks of an embedding program, then its work.
pub async fn handle(call: Call) -> Response<Body> {
    if let ["p", id, "auth", ..] = call.path().as_slice()
        && let Some(project) = call.target.named(&call.state, &SURFACE, &id.replace("%40", "@"))
        && let Err(error) = call.state.identity().count(&project, Limit::Requests, None, &call.client, call.now()).await
    {
        return Refusal::from(error).into_response();
    }
    hooked(call, operation, super::error::refuse, answer).await
}

async fn answer(call: Call) -> Response<Body> {
    let (mut ask, segments) = Ask::new(call);
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    route(&mut ask, &path).await.unwrap_or_else(Refusal::into_response)
}

async fn route(call: &mut Ask, path: &[&str]) -> Outcome {
    match path {
        ["p", id, rest @ ..] => {
            let project = project(call, id)?;
            match rest {
                ["auth", rest @ ..] => auth::handle(call, &project, rest).await,
                ["api", rest @ ..] => data::handle(call, &project, rest).await,
                ["v1", rest @ ..] => manage::handle(call, &project, rest).await,
                _ => Err(Refusal::not_found()),
            }
        }
        ["v1", rest @ ..] => platform::handle(call, rest).await,
        _ => Err(Refusal::not_found()),
    }
}

/// The project of a path, if this surface is on for it.
fn project(call: &Ask, id: &str) -> Result<Arc<Project>, Refusal> {
    call.target
        .named(&call.state, &SURFACE, &id.replace("%40", "@"))
        .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "PROJECT_NOT_FOUND", "There is no such project."))
}

/// 405 for a path that is there.
fn no_such_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This method does not work here.")
}
