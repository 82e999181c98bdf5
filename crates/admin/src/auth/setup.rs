//! `POST /auth/setup`: the token of the set-up link makes the first operator. SEC-67.

use super::{EMAIL_BYTES, PASSWORD_BYTES, TOKEN_BYTES};
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
    path: "/auth/setup",
    id: "setUp",
    about: "Make the first operator by the one-time link that the node prints, and sign them in",
    query: &[],
    body: Some(body),
    answer: Some(wire::tokens_form),
    refusals: &[(503, "too many passwords are being checked")],
    run: Run::Open(|call| Box::pin(run(call))),
};

fn body() -> Value {
    wire::object(json!({
        "token": wire::text("The `token` of the set-up link"),
        "email": wire::text("The address of the first operator"),
        "password": wire::text("Their password: 8 characters at least, 15 or more advised"),
    }))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let mut fields = call.fields().await?;
    let token = fields.text("token", TOKEN_BYTES)?;
    let email = fields.text("email", EMAIL_BYTES)?;
    let password = fields.text("password", PASSWORD_BYTES)?.into();
    fields.end()?;
    let tokens = call.surface.operators.set_up(&token, Credentials { email, password }, &call.client).await;
    tokens.map(|tokens| wire::tokens(&tokens)).map_err(refusal::of_operators)
}
