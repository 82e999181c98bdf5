//! A call below `/auth` with an embedding program's hooks around it.

use super::{Call, route};
use axum::body::Body;
use bytes::Bytes;
use http::{Response, header, request::Parts};
use portcullis_base::Timestamp;
use portcullis_identity::Client;
use portcullis_project::Project;
use portcullis_query::access::Caller;
use portcullis_web::{
    ApiError, State, caller,
    hooks::{About, Chain},
};
use std::sync::Arc;

/// Runs the hooks of a call and the call; its limits are counted already.
#[expect(clippy::too_many_arguments, reason = "what a call is made of")]
pub async fn run(
    chain: Chain,
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    names: &[&str],
    mut parts: Parts,
    body: Bytes,
    now: Timestamp,
) -> Response<Body> {
    let about = About {
        user: user(state, project, client, &parts).await,
        path: format!("/auth/{}", names.join("/")),
        ..crate::hooks::about(project, client, &parts)
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let (state, project, client) = (state.clone(), project.clone(), client.clone());
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let id = client.request_id.clone();
    let refuse = move |error| ApiError::from(error).into_response(&id);
    chain
        .run(about, body, refuse, move |body| async move {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let query = parts.uri.query().map(str::to_owned);
            let (method, headers) = (parts.method, parts.headers);
            let call = Call { state: &state, project: &project, client: &client, method, headers, query, body, now };
            route(&call, &names).await.unwrap_or_else(|error| error.into_response(&client.request_id))
        })
        .await
}

/// Who calls, for the hooks alone: what is wrong with the credentials is the call's affair. HTTP Basic is left to it
/// too, as each pair that is tried counts.
pub async fn user(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    parts: &Parts,
) -> Option<Arc<portcullis_query::access::EndUser>> {
    let basic =
        |value: &http::HeaderValue| value.as_bytes().get(..6).is_some_and(|s| s.eq_ignore_ascii_case(b"basic "));
    if parts.headers.get(header::AUTHORIZATION).is_some_and(basic) {
        return None;
    }
    match caller(state, project, &parts.method, &parts.headers, client).await {
        Ok(Caller::User(user)) => Some(user),
        _ => None,
    }
}
