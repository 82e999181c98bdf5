//! The routes, in the order of contract 7. Every one answers below `/api` and without, and below `/api/crud` what its
//! proxy for data is.

mod actions;
mod auth;
mod connections;
mod documents;
mod models;
mod projects;
mod settings;
mod written;

use super::{RULES, error::of_operators, ids};
use crate::Call;
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_control::operators::{Client, OperatorCaller};
use portcullis_web::{ApiError, BodyLimit};
use written::Rows;

/// Bytes of a body.
const BODY: BodyLimit = BodyLimit(1024 * 1024);

type Answered = Result<Response<Body>, ApiError>;

/// Answers a request.
pub async fn handle(call: Call) -> Response<Body> {
    let id = call.id().to_owned();
    route(call).await.unwrap_or_else(|error| error.into_response(&id))
}

async fn route(mut call: Call) -> Answered {
    let path = std::mem::take(&mut call.segments);
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let names = bare(&names);
    let method = call.method().clone();
    let (get, post, delete) = (method == Method::GET, method == Method::POST, method == Method::DELETE);
    let put = method == Method::PUT || method == Method::PATCH;
    match names {
        ["auth", "login" | "token"] if post => return auth::login(call).await,
        ["auth", "refresh" | "refresh-token" | "refresh_token"] | ["auth", "token", "refresh"] if post => {
            return auth::refresh(call).await;
        }
        ["auth", "login" | "token" | "refresh" | "refresh-token" | "refresh_token"] => {
            return Err(ApiError::method_not_allowed("POST"));
        }
        _ => {}
    }
    // Strangers learn of nothing else. SEC-48.
    let caller = caller(&call).await?;
    match names {
        ["auth", "me"] if get => auth::me(call, caller).await,
        ["auth", "logout"] if post => auth::logout(call, caller).await,
        ["schema-location"] if get => documents::location(),
        ["dynamic_swagger" | "dynamic-swagger"] if get => documents::platform_or_named(call).await,
        ["connections", id, rest @ ..] => {
            let connection = connections::numbered(&call, id).await?;
            match rest {
                ["dynamic-swagger" | "dynamic_swagger"] if get => documents::of_connection(&call, &connection),
                ["test"] if post => actions::test(&call, &connection).await,
                ["sync"] if post => actions::sync(&call, caller, &connection).await,
                ["build"] if post => actions::build(&call, caller, &connection).await,
                ["deploy"] if post => actions::deploy(call, caller, &connection).await,
                ["settings"] if get => settings::read(&call, &connection, settings::Part::Settings).await,
                ["mappings"] if get => settings::read(&call, &connection, settings::Part::Mappings).await,
                ["social"] if get => settings::read(&call, &connection, settings::Part::Social).await,
                ["settings"] if method == Method::PUT => {
                    settings::write(call, caller, &connection, settings::Part::Settings).await
                }
                ["mappings"] if method == Method::PUT => {
                    settings::write(call, caller, &connection, settings::Part::Mappings).await
                }
                ["social"] if method == Method::PUT => {
                    settings::write(call, caller, &connection, settings::Part::Social).await
                }
                ["test" | "sync" | "build" | "deploy"] => Err(ApiError::method_not_allowed("POST")),
                ["settings" | "mappings" | "social"] => Err(ApiError::method_not_allowed("GET, PUT")),
                [] if get => models::read(&call, "connections", id).await,
                [] if put => connections::change(call, caller, id).await,
                [] => Err(not_written("GET, PUT")),
                _ => Err(ApiError::no_such_route()),
            }
        }
        ["models"] if get => models::all(&call).await,
        ["Project" | "project" | "projects"] if post => projects::create(call, caller).await,
        ["Connection" | "connection"] | ["connections"] if post => connections::create(call, caller).await,
        [model, rest @ ..] if !get && let Some(rows) = Rows::of(model) => match rest {
            [] if post => written::create(call, caller, rows).await,
            [id] if put && !is_word(id) => written::change(call, caller, rows, id).await,
            [id] if delete && !is_word(id) => written::remove(&call, caller, rows, id).await,
            ["filter"] if post => models::filter(call, model).await,
            ["count"] if post => models::count(call, model).await,
            _ => Err(ApiError::method_not_allowed("GET, POST, PUT, DELETE")),
        },
        ["Project" | "project" | "projects", id] if put => projects::rename(call, caller, id).await,
        ["Project" | "project" | "projects", id] if delete => projects::remove(&call, caller, id).await,
        ["Connection" | "connection", id] if put => connections::change(call, caller, id).await,
        [model] if get => models::list(call, model).await,
        [model, "filter"] if post => models::filter(call, model).await,
        [model, "count"] if get || post => models::count(call, model).await,
        [model, "schema"] if get => models::schema(&call, model).await,
        [_, "filter"] => Err(not_written("POST")),
        [_, "count"] => Err(ApiError::method_not_allowed("GET, POST")),
        [model, id] if get => models::read(&call, model, id).await,
        [_] | [_, _] => Err(not_written("GET")),
        _ => Err(ApiError::no_such_route()),
    }
}

/// `/api/crud/api/Project`, `/api/Project` and `/Project` are the same.
fn bare<'a, 'b>(names: &'a [&'b str]) -> &'a [&'b str] {
    let names = names.strip_prefix(&["api"]).unwrap_or(names);
    match names.strip_prefix(&["crud"]) {
        Some(rest) => rest.strip_prefix(&["api"]).unwrap_or(rest),
        None => names,
    }
}

/// Names that stand where a row's id could.
fn is_word(segment: &str) -> bool {
    matches!(segment, "filter" | "count" | "schema" | "bulk")
}

fn not_written(allow: &'static str) -> ApiError {
    let title = "of the platform's models Project, Connection, SettingMapping and ColumnMapping are written; the others \
                 follow from these, and from what `/api/connections/{id}/sync|build|deploy` do";
    let mut error = ApiError::method_not_allowed(allow);
    title.clone_into(&mut error.title);
    error
}

/// The operator who calls. `X-Tenant-ID` may name no other tenant than the token's.
async fn caller(call: &Call) -> Result<OperatorCaller, ApiError> {
    let token = call.bearer().ok_or_else(ApiError::unauthenticated)?;
    let caller = call.state.operators.caller_at(RULES.name, token).await.map_err(of_operators)?;
    if call.header("x-tenant-id").is_some_and(|tenant| tenant.trim() != ids::ACCOUNT.to_string()) {
        let title = "`X-Tenant-ID` names another tenant than the token does";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "wrong_tenant", title));
    }
    Ok(caller)
}

/// Where a request came from, as the operators' room is told.
fn client(call: &Call) -> Client {
    let client = &call.client;
    Client { ip: client.ip, user_agent: client.user_agent.clone(), request_id: Some(client.request_id.clone()) }
}

/// 400 for a body that cannot be.
fn invalid(title: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefixes_of_old_and_new_clients_lead_to_the_same_place() {
        for path in [&["api", "crud", "api", "Project"][..], &["crud", "Project"], &["api", "Project"], &["Project"]] {
            assert_eq!(bare(path), ["Project"]);
        }
        assert_eq!(bare(&["api", "api", "Project"]), ["api", "Project"]);
    }
}
