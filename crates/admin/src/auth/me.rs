//! `GET /auth/me`: who the token stands for.

use crate::{
    call::Call,
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
    method: Method::GET,
    path: "/auth/me",
    id: "me",
    about: "The operator that the token stands for",
    query: &[],
    body: None,
    answer: Some(form),
    refusals: &[],
    run: Run::Operator(|call, caller| Box::pin(run(call, caller))),
};

fn form() -> Value {
    wire::object(json!({
        "id": wire::text("`op_...`"),
        "email": wire::text("The address"),
        "created_at": wire::moment_form(),
        "password_changed_at": wire::moment_form(),
        "last_login_at": wire::opt_moment_form(),
    }))
}

async fn run(call: Call, caller: OperatorCaller) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let operator = caller.operator;
    Ok(wire::ok(&json!({
        "id": operator.id,
        "email": operator.email,
        "created_at": wire::moment(operator.created_at),
        "password_changed_at": wire::moment(operator.password_changed_at),
        "last_login_at": wire::opt_moment(operator.last_login_at),
    })))
}
