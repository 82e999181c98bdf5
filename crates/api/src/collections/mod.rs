//! `/v1/collections`: JSON documents beside the database, in the order of the reference manual.

mod call;
mod documents;
mod indexes;
mod mass;

use axum::body::Body;
use call::Call;
use http::{Method, Request, Response, StatusCode};
use portcullis_identity::Client;
use portcullis_project::Project;
use portcullis_web::{
    ApiError, BodyLimit, Query, State, author, caller, documents as documents_of, idempotent, json, read_body,
    wants_idempotency,
};
use serde_json::json as value;
use std::sync::Arc;

/// Bytes of a body at most.
pub const BODY: BodyLimit = BodyLimit(16 * 1024 * 1024);

/// Answers a call below `/v1/collections`; `names` is the path below it.
pub async fn handle(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    names: &[&str],
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    if !project.settings.documents.enabled {
        return Err(ApiError::no_such_route());
    }
    let (parts, body) = request.into_parts();
    let caller = caller(state, project, &parts.method, &parts.headers, client).await?;
    let author = author(state, project, &caller).await?;
    let body = read_body(&parts.headers, body, BODY).await?;
    let documents = documents_of(state, project);
    let (method, given) = (parts.method.clone(), body.clone());
    let key = wants_idempotency(&method, &parts.headers)?;
    // The parameters of a write are in its body.
    let route = format!("{}@{} {method} {}", project.id, project.stage, parts.uri.path());
    let call = Call {
        documents: &documents,
        connection: &project.connection,
        author,
        headers: parts.headers,
        query: Query::parse(parts.uri.query())?,
        body,
        now: state.clock.now(),
    };
    let work = Box::pin(answer(call, names, &method));
    match key {
        None => work.await,
        Some(key) => idempotent(state, &caller, &key, &route, &given, work).await,
    }
}

async fn answer(call: Call<'_>, names: &[&str], method: &Method) -> Result<Response<Body>, ApiError> {
    match (names, method.as_str()) {
        ([], "GET" | "HEAD") => {
            let names = call.documents.collections(call.connection, &call.author).await?;
            call.query.end(&[])?;
            Ok(json(StatusCode::OK, value!({ "data": names }).to_string()))
        }
        ([name], "GET" | "HEAD") => documents::list(call, name).await,
        ([name], "POST") => documents::create(call, name).await,
        ([name], "PATCH") => mass::update(call, name).await,
        ([name, "query"], "POST") => documents::query(call, name).await,
        ([name, "count"], "POST") => documents::count(call, name).await,
        ([name, "delete"], "POST") => mass::delete(call, name).await,
        ([name, "indexes"], "GET" | "HEAD") => indexes::list(call, name).await,
        ([name, "indexes"], "POST") => indexes::create(call, name).await,
        ([name, "indexes", field], "DELETE") => indexes::delete(call, name, field).await,
        ([_, "indexes"], _) => Err(ApiError::method_not_allowed("GET, HEAD, POST")),
        ([_, "query" | "count" | "delete"], _) => Err(ApiError::method_not_allowed("POST")),
        ([name, id], "GET" | "HEAD") => documents::read(call, name, id).await,
        ([name, id], "PATCH" | "PUT") => documents::update(call, name, id).await,
        ([name, id], "DELETE") => documents::delete(call, name, id).await,
        ([name, id, "increment"], "POST") => documents::increment(call, name, id).await,
        ([], _) => Err(ApiError::method_not_allowed("GET, HEAD")),
        ([_], _) => Err(ApiError::method_not_allowed("GET, HEAD, POST, PATCH")),
        ([_, "indexes", _], _) => Err(ApiError::method_not_allowed("DELETE")),
        ([_, _, "increment"], _) => Err(ApiError::method_not_allowed("POST")),
        ([_, _], _) => Err(ApiError::method_not_allowed("GET, HEAD, PUT, PATCH, DELETE")),
        _ => Err(ApiError::no_such_route()),
    }
}
