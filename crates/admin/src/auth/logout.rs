//! `POST /auth/logout`: ends the caller's session. SEC-18.

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
    method: Method::POST,
    path: "/auth/logout",
    id: "logout",
    about: "End the session: its tokens are no longer good",
    query: &[],
    body: None,
    answer: None,
    refusals: &[],
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

async fn run(call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    call.surface.operators.logout(&caller, &call.client).await.map_err(refusal::of_operators)?;
    Ok(wire::done())
}
