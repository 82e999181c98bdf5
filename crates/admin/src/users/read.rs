//! `GET /projects/{project}/users/{user}`: one user.

use super::REFUSALS;
use crate::{
    call::Call,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_web::ApiError;

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/users/{user}",
    id: "readUser",
    about: "One user, by the id of the users table",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(super::form),
    refusals: REFUSALS,
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let user = super::user(&mut call, &project).await?;
    Ok(wire::ok(&super::shown(&mut call, &project, &user).await?))
}
