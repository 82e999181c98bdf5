//! `POST /auth/login`: address and password in, a pair of tokens out.

use super::{EMAIL_BYTES, PASSWORD_BYTES, WAITS};
use crate::{
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response};
use portcullis_control::operators::Credentials;
use portcullis_web::ApiError;
use serde_json::{Value, json};

/// The operation.
pub static ROUTE: Route = Route {
    method: Method::POST,
    path: "/auth/login",
    id: "login",
    about: "Sign in",
    query: &[],
    body: Some(body),
    answer: Some(wire::tokens_form),
    refusals: WAITS,
    run: Run::Open(|call| Box::pin(run(call))),
};

fn body() -> Value {
    wire::object(json!({ "email": wire::text("The address"), "password": wire::text("The password") }))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let mut fields = call.fields().await?;
    let email = fields.text("email", EMAIL_BYTES)?;
    let password = fields.text("password", PASSWORD_BYTES)?.into();
    fields.end()?;
    let tokens = call.surface.operators.login(Credentials { email, password }, &call.client).await;
    tokens.map(|tokens| wire::tokens(&tokens)).map_err(refusal::of_operators)
}
