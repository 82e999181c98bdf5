//! `/v1/collections`: JSON documents beside the database, in the order of the reference manual.

mod call;
mod documents;
mod mass;

use axum::body::Body;
use call::Call;
use http::{Request, Response, StatusCode};
use portcullis_identity::Client;
use portcullis_project::Project;
use portcullis_web::{ApiError, BodyLimit, Query, State, author, caller, json, read_body};
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
    let call = Call {
        documents: &state.documents,
        connection: &project.connection,
        author,
        headers: parts.headers,
        query: Query::parse(parts.uri.query())?,
        body,
        now: state.clock.now(),
    };
    match (names, parts.method.as_str()) {
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
        ([name, id], "GET" | "HEAD") => documents::read(call, name, id).await,
        ([name, id], "PATCH" | "PUT") => documents::update(call, name, id).await,
        ([name, id], "DELETE") => documents::delete(call, name, id).await,
        ([name, id, "increment"], "POST") => documents::increment(call, name, id).await,
        ([], _) => Err(ApiError::method_not_allowed("GET, HEAD")),
        ([_], _) => Err(ApiError::method_not_allowed("GET, HEAD, POST, PATCH")),
        ([_, "query" | "count" | "delete"] | [_, _, "increment"], _) => Err(ApiError::method_not_allowed("POST")),
        ([_, _], _) => Err(ApiError::method_not_allowed("GET, HEAD, PUT, PATCH, DELETE")),
        _ => Err(ApiError::no_such_route()),
    }
}
