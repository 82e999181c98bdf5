//! `DELETE /projects/{project}/users/{user}/sessions/{session}`: ends one session of a user. SEC-19.

use super::{REFUSALS, told};
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::OperatorCaller;
use portcullis_web::ApiError;

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::DELETE,
    path: "/projects/{project}/users/{user}/sessions/{session}",
    id: "endSession",
    about: "End one session of a user",
    query: &[crate::projects::STAGE],
    body: None,
    answer: None,
    refusals: REFUSALS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let user = super::user(&mut call, &project).await?;
    let (identity, now) = (call.surface.identity.clone(), call.surface.clock.now());
    let session = call.values.get(2).cloned().unwrap_or_default();
    identity.end_session(&project, &user.id, &session, now).await.map_err(refusal::of_identity)?;
    let detail = Some(serde_json::json!({ "session": session }));
    told(&mut call, &caller, &project, "operator.session_ended", &user.id, detail).await?;
    Ok(wire::done())
}
