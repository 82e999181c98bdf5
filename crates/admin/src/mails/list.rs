//! `GET /projects/{project}/outbox`: the latest mails of a stage.

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
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/outbox",
    id: "listMails",
    about: "The latest hundred mails of a stage, the newest first",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(|| wire::list(form())),
    refusals: &[(503, "the stage is not open on this node")],
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let all = call.surface.identity.mails_of(&project).await.map_err(refusal::of_identity)?;
    Ok(wire::ok(&json!({ "data": all.iter().map(mail).collect::<Vec<Value>>() })))
}
