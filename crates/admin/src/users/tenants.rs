//! `GET /projects/{project}/users/{user}/tenants`: the tenants of a user, and where each tie is kept.

use super::REFUSALS;
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_identity::Tenant;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/users/{user}/tenants",
    id: "listUserTenants",
    about: "The tenants of a user, the usual one first, and where each tie is kept",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(form),
    refusals: REFUSALS,
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(wire::object(json!({
        "id": wire::text("The tenant"),
        "name": wire::opt_text("What its table calls it"),
        "source": wire::text("`own` (users are the tenants), `column`, `table` (of memberships) or `store` (ours)"),
        "roles": { "type": "array", "items": { "type": "string" }, "description": "Roles the user has in this tenant only" },
    })))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let user = super::user(&mut call, &project).await?;
    let all = call.surface.identity.tenants_of(&project, &user).await.map_err(refusal::of_identity)?;
    let view =
        |one: &Tenant| json!({ "id": one.id, "name": one.name, "source": one.source.word(), "roles": one.roles });
    Ok(wire::ok(&json!({ "data": all.iter().map(view).collect::<Vec<_>>() })))
}
