//! `GET /projects/{project}/users/{user}/roles`: the roles a user has, and where that is written.

use super::REFUSALS;
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_identity::roles::HeldRole;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/users/{user}/roles",
    id: "listUserRoles",
    about: "The roles a user has in every tenant, and where that is written",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(form),
    refusals: REFUSALS,
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(wire::object(json!({
        "name": wire::text("The role"),
        "source": wire::text("`column` (of the users table), `table` (of users' roles), `store` (ours) or `settings` (the default)"),
    })))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let user = super::user(&mut call, &project).await?;
    let all = call.surface.identity.roles_of(&project, &user).await.map_err(refusal::of_identity)?;
    let view = |role: &HeldRole| json!({ "name": role.name, "source": role.source.word() });
    Ok(wire::ok(&json!({ "data": all.iter().map(view).collect::<Vec<_>>() })))
}
