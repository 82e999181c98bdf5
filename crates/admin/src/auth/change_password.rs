//! `POST /auth/change-password`: needs the current one, ends every session, gives a fresh one. SEC-10.

use super::{PASSWORD_BYTES, WAITS};
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
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::POST,
    path: "/auth/change-password",
    id: "changePassword",
    about: "Another password. Every session ends; the answer holds a fresh one",
    query: &[],
    body: Some(body),
    answer: Some(wire::tokens_form),
    refusals: WAITS,
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

fn body() -> Value {
    wire::object(json!({
        "current_password": wire::text("The password as it is"),
        "new_password": wire::text("8 characters at least, 15 or more advised"),
    }))
}

async fn run(mut call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    let mut fields = call.fields().await?;
    let current = fields.text("current_password", PASSWORD_BYTES)?.into();
    let new = fields.text("new_password", PASSWORD_BYTES)?.into();
    fields.end()?;
    let tokens = call.surface.operators.change_password(&caller, current, new, &call.client).await;
    tokens.map(|tokens| wire::tokens(&tokens)).map_err(refusal::of_operators)
}
