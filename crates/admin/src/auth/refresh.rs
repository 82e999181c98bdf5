//! `POST /auth/refresh`: one refresh token in, a fresh pair out. SEC-16.

use super::TOKEN_BYTES;
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
    method: Method::POST,
    path: "/auth/refresh",
    id: "refresh",
    about: "A fresh pair of tokens. A refresh token that is used again after ten seconds ends the session",
    query: &[],
    body: Some(body),
    answer: Some(wire::tokens_form),
    refusals: &[],
    run: Run::Open(|call| Box::pin(run(call))),
};

fn body() -> Value {
    wire::object(json!({ "refresh_token": wire::text("`or_...`") }))
}

async fn run(mut call: Call) -> Result<Response<Body>, ApiError> {
    let mut fields = call.fields().await?;
    let token = fields.text("refresh_token", TOKEN_BYTES)?;
    fields.end()?;
    let tokens = call.surface.operators.refresh(&token, &call.client).await;
    tokens.map(|tokens| wire::tokens(&tokens)).map_err(refusal::of_operators)
}
