//! `GET /projects/{project}/users/{user}/sessions`: a user's live sessions. SEC-19.

use super::REFUSALS;
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_identity::SessionView;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::GET,
    path: "/projects/{project}/users/{user}/sessions",
    id: "listSessions",
    about: "A user's live sessions, the last used first",
    query: &[crate::projects::STAGE],
    body: None,
    answer: Some(form),
    refusals: REFUSALS,
    run: Run::Operator(|call, _| Box::pin(run(call))),
};

fn form() -> Value {
    wire::list(wire::object(json!({
        "id": wire::text("`ses_...`"),
        "created_at": wire::moment_form(),
        "last_used": wire::moment_form(),
        "ip": wire::opt_text("From where"),
        "user_agent": wire::opt_text("With what"),
        "surface": wire::text("The surface that opened it"),
    })))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let user = super::user(&mut call, &project).await?;
    let now = call.surface.clock.now();
    let all = call.surface.identity.sessions_of(&project, &user.id, None, now).await;
    let session = |session: SessionView| {
        json!({
            "id": session.id,
            "created_at": session.created_at,
            "last_used": session.last_used,
            "ip": session.ip,
            "user_agent": session.user_agent,
            "surface": session.surface,
        })
    };
    let all: Vec<Value> = all.map_err(refusal::of_identity)?.into_iter().map(session).collect();
    Ok(wire::ok(&json!({ "data": all })))
}
