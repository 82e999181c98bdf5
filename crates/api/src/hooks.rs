//! Data routes with an embedding program's hooks around them.

use crate::{
    access::{check_access, table},
    auth, collections,
    router::records,
};
use axum::body::Body;
use http::{Extensions, Request, Response, header, request::Parts};
use portcullis_identity::Client;
use portcullis_project::Project;
use portcullis_query::access::Caller;
use portcullis_records::Session;
use portcullis_web::{
    ApiError, BodyLimit, Seen, State,
    hooks::{About, Chain, chain},
    read_body,
};
use std::sync::Arc;

/// Bulk bodies may be this many times as long as others.
const BULK_FACTOR: usize = 16;

/// The hooks of a data route, if it has any. A table goes by its own name, however the path spells it.
pub fn of_records(project: &Project, names: &[&str], extensions: &Extensions) -> Option<Chain> {
    let (model, rest) = names.split_first()?;
    let own = match project.database.find(model) {
        portcullis_schema::TableLookup::Found(table) => table.name.as_str(),
        portcullis_schema::TableLookup::Unknown(_) => model,
    };
    chain(extensions, std::iter::once(own).chain(rest.iter().copied()))
}

/// What hooks know of a request.
pub fn about(project: &Project, client: &Client, parts: &Parts) -> About {
    About {
        project: project.slug.clone(),
        stage: project.stage.word(),
        surface: client.surface.name,
        operation: String::new(),
        method: parts.method.clone(),
        path: String::new(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers.clone(),
        peer: client.ip,
        user: None,
        request_id: client.request_id.clone(),
    }
}

/// Answers a call below `/v1/collections` with its hooks around it, if it has any.
pub async fn collections(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    names: &[&str],
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    let path = ["v1", "collections"].into_iter().chain(names.iter().copied());
    let Some(chain) = chain(request.extensions(), path) else {
        return collections::handle(state, project, client, names, request).await;
    };
    let (mut parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, collections::BODY).await?;
    let about = About {
        user: auth::user(state, project, client, &parts).await,
        path: format!("/v1/collections/{}", names.join("/")),
        ..about(project, client, &parts)
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let (state, project, client) = (state.clone(), project.clone(), client.clone());
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let id = client.request_id.clone();
    let refuse = move |error| ApiError::from(error).into_response(&id);
    let handler = move |bytes: bytes::Bytes| async move {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let request = Request::from_parts(parts, Body::from(bytes));
        let answer = collections::handle(&state, &project, &client, &names, request).await;
        answer.unwrap_or_else(|error| error.into_response(&client.request_id))
    };
    Ok(chain.run(about, body, refuse, handler).await)
}

/// Runs the hooks and the data route. Whoever may not use it is refused before any hook runs.
pub async fn run(
    chain: Chain,
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    caller: Caller,
    names: &[&str],
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    if let [model, rest @ ..] = names
        && !matches!(*model, "models" | "batch")
    {
        let table = table(project, &caller, model)?;
        let opened = project.policy.is_public(names).then_some(table.id);
        check_access(
            Session { opened, ..Session::new(project, &caller, state.clock.now()) },
            table,
            rest,
            request.method(),
        )?;
    } else if !caller.is_signed_in() && !project.policy.open {
        return Err(ApiError::unauthenticated());
    }
    let (mut parts, body) = request.into_parts();
    // An import is as long as it is, and is never held as a whole: hooks see it without its body.
    let (bytes, stream) = match names.last() {
        Some(&"import") => (bytes::Bytes::new(), body),
        last => {
            let factor = if matches!(last, Some(&("bulk" | "batch"))) { BULK_FACTOR } else { 1 };
            let limit = BodyLimit(project.settings.limits.body_bytes * factor);
            (read_body(&parts.headers, body, limit).await?, Body::empty())
        }
    };
    let user = match &caller {
        Caller::User(user) => Some(user.clone()),
        _ => None,
    };
    let about = About { user, path: format!("/{}", names.join("/")), ..about(project, client, &parts) };
    parts.headers.remove(header::CONTENT_LENGTH);
    let (state, project, id) = (state.clone(), project.clone(), client.request_id.clone());
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let own = id.clone();
    let refuse = move |error| ApiError::from(error).into_response(&id);
    let handler = move |bytes: bytes::Bytes| async move {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let body = if bytes.is_empty() { stream } else { Body::from(bytes) };
        let request = Request::from_parts(parts, body);
        let answer = records(&state, &project, &caller, &Seen::default(), &names, request).await;
        answer.unwrap_or_else(|error| error.into_response(&own))
    };
    Ok(chain.run(about, bytes, refuse, handler).await)
}
