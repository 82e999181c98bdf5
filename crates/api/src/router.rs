//! Which operation a path and method mean, in the order of the reference manual.

use crate::{
    access::{action_of, check_access, table},
    auth, hooks, management,
    records::{self, Call},
};
use axum::body::Body;
use http::{Method, Request, Response, StatusCode, Uri, header, uri::PathAndQuery};
use portcullis_identity::Client;
use portcullis_project::Project;
use portcullis_query::access::{Action, Caller};
use portcullis_schema::TableLookup;
use portcullis_web::{
    ActAs, ApiError, Denial, Emptied, Refused, Seen, State, add_cors, caller, finish, preflight, request_id, segments,
};
use std::sync::Arc;

/// Bytes of a path with its query at most. SEC-50.
const URI_BYTES: usize = 8 * 1024;

/// Answers a request to the native surface of `project`; `tail` is the path below `base`.
pub async fn handle(
    state: &State,
    project: Arc<Project>,
    base: &str,
    tail: &str,
    request: Request<Body>,
) -> Response<Body> {
    let id = request_id();
    let client = portcullis_web::client(&request, &id);
    let (method, origin) = (request.method().clone(), request.headers().get(header::ORIGIN).cloned());
    let mut response = match preflight(&project, &method, request.headers()) {
        Some(response) => response,
        None => {
            let answer = if request.headers().contains_key("idempotency-key") {
                detached(state, &project, &client, base, tail, request).await
            } else {
                timed(state, &project, &client, base, tail, request).await
            };
            let mut response = answer.unwrap_or_else(|error| error.into_response(&id));
            add_cors(&project, origin.as_ref(), &mut response);
            response
        }
    };
    finish(&mut response, &id);
    tracing::debug!(
        target: "portcullis::request",
        request_id = %id,
        project = %project.slug,
        %method,
        path = tail,
        status = response.status().as_u16(),
        "Answered"
    );
    response
}

/// A request whose answer is remembered runs to its end even when its client goes away: the retry finds the answer.
async fn detached(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    base: &str,
    tail: &str,
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    let (state, project, client) = (state.clone(), project.clone(), client.clone());
    let (base, tail) = (base.to_owned(), tail.to_owned());
    tokio::spawn(async move { timed(&state, &project, &client, &base, &tail, request).await })
        .await
        .unwrap_or_else(|error| Err(ApiError::internal(&error)))
}

/// An import takes as long as its records keep coming; everything else has the request's time.
async fn timed(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    base: &str,
    tail: &str,
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    let answer = route(state, project, client, base, tail, request);
    if tail.trim_end_matches('/').ends_with("/import") {
        return answer.await;
    }
    match tokio::time::timeout(project.request_timeout, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(ApiError::unavailable("request_timeout", "the request took too long")),
    }
}

async fn route(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    base: &str,
    tail: &str,
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    if request.uri().path().len() + request.uri().query().map_or(0, str::len) > URI_BYTES {
        return Err(ApiError::new(StatusCode::URI_TOO_LONG, "uri_too_long", "the path and query are too long"));
    }
    let segments = segments(tail)?;
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let names = match names.as_slice() {
        ["api", rest @ ..] => rest,
        all => all,
    };
    match names {
        ["auth", rest @ ..] => {
            if project.policy.open {
                return Err(ApiError::no_such_route());
            }
            return Box::pin(auth::handle(state, project, client, rest, request)).await;
        }
        [".well-known", "jwks.json"] if !project.policy.open => {
            return auth::jwks(state, project, request.method()).await;
        }
        ["v1", "collections", rest @ ..] => {
            return Box::pin(hooks::collections(state, project, client, rest, request)).await;
        }
        ["v1", rest @ ..] => return Box::pin(management::handle(state, project, client, rest, request)).await,
        _ => {}
    }
    let (method, headers) = (request.method(), request.headers());
    if let Some(response) = crate::documents::serve(state, project, client, base, names, method, headers).await? {
        return Ok(response);
    }
    let caller = match request.extensions().get::<ActAs>() {
        Some(ActAs(caller)) => caller.clone(),
        None => match caller(state, project, method, headers, client).await {
            // A public route asks for no credentials, and bad ones are none.
            Err(error) if error.status == StatusCode::UNAUTHORIZED && project.policy.is_public(names) => {
                Caller::Anonymous
            }
            Err(error) => return Err(remembered(state, project, client, &request, base, error)),
            Ok(caller) => caller,
        },
    };
    if let Some(chain) = hooks::of_records(project, names, request.extensions()) {
        return Box::pin(hooks::run(chain, state, project, client, caller, names, request)).await;
    }
    let method = request.method().clone();
    let uri = request.uri().clone();
    let seen = Seen::default();
    let answer = records(state, project, &caller, &seen, names, request).await;
    let path = below(base, &uri);
    noted(state, project, client, &caller, Noted { method, path, names, seen }, answer)
}

/// The path below the project, with its query.
fn below(base: &str, uri: &Uri) -> String {
    let path = uri.path_and_query().map_or("", PathAndQuery::as_str);
    path.strip_prefix(base).unwrap_or(path).to_owned()
}

/// Remembers a request whose credentials do not hold.
fn remembered(
    state: &State,
    project: &Project,
    client: &Client,
    request: &Request<Body>,
    base: &str,
    error: ApiError,
) -> ApiError {
    if !error.status.is_client_error() {
        return error;
    }
    let denial = Denial {
        connection: project.connection.clone(),
        caller: Caller::Anonymous,
        method: request.method().clone(),
        path: below(base, request.uri()),
        body: None,
        refused: Some(Refused::of(&error, &client.request_id)),
        replays: false,
    };
    state.denials.remember(&client.request_id, denial);
    error
}

/// Whether a body may hold a password: it is not remembered then. SEC-61.
fn may_hold_password(project: &Project, names: &[&str], method: &Method) -> bool {
    match names {
        [] => false,
        ["batch"] => true,
        [model, rest @ ..] => {
            let reads = action_of(rest, method.as_str()) == Some(Action::Read);
            !reads
                && matches!(project.database.find(model), TableLookup::Found(table)
                    if project.policy.table(table.id).password.is_some())
        }
    }
}

/// A request, as far as it is remembered.
struct Noted<'n> {
    method: Method,
    path: String,
    names: &'n [&'n str],
    seen: Seen,
}

/// Remembers what was refused or came back empty, and says why where a developer looks.
fn noted(
    state: &State,
    project: &Project,
    client: &Client,
    caller: &Caller,
    asked: Noted<'_>,
    answer: Result<Response<Body>, ApiError>,
) -> Result<Response<Body>, ApiError> {
    let refused = match &answer {
        Ok(response) if response.extensions().get::<Emptied>().is_none() => return answer,
        Ok(_) => None,
        Err(error) if error.status.is_client_error() => Some(Refused::of(error, &client.request_id)),
        Err(_) => return answer,
    };
    let Noted { method, path, names, seen } = asked;
    let body = seen.take().filter(|_| !may_hold_password(project, names, &method));
    let bodiless = match method {
        Method::GET | Method::HEAD => true,
        Method::DELETE => !matches!(names, [_, "filter"]),
        _ => false,
    };
    // Refused before its body was read, it is refused without one too.
    let by_grant = refused.as_ref().is_some_and(Refused::by_grant) && !matches!(names, ["batch"]);
    let replays = !matches!(names, [_, "import"]) && (bodiless || by_grant || body.is_some());
    if !replays && refused.is_none() {
        return answer;
    }
    let denial = Denial {
        connection: project.connection.clone(),
        caller: caller.clone(),
        method: method.clone(),
        path,
        body,
        replays,
        refused,
    };
    state.denials.remember(&client.request_id, denial);
    // Whoever is not known learns no name, also there. SEC-48.
    answer.map_err(|error| match error.status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
            if project.development && caller.is_signed_in() =>
        {
            let decisions = crate::explain::decide_only(project, caller, method.as_str(), names, None);
            let caller = crate::explain::described(project, caller);
            error.with_member("explain", serde_json::json!({ "caller": caller, "decisions": decisions }))
        }
        _ => error,
    })
}

/// The data routes.
pub(crate) async fn records(
    state: &State,
    project: &Arc<Project>,
    caller: &Caller,
    seen: &Seen,
    names: &[&str],
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    let public = project.policy.is_public(names);
    let method = request.method().clone();
    let get = matches!(method, Method::GET | Method::HEAD);
    let mut call = Call::new(state, project, caller, seen, request)?;
    // The rarer operations are boxed: their state would otherwise be moved about with every read.
    match names {
        [] => Err(ApiError::no_such_route()),
        ["models"] if get => records::schema::models(&call),
        ["models"] => Err(ApiError::method_not_allowed("GET, HEAD")),
        ["batch"] if method == Method::POST => Box::pin(records::batch::post(call)).await,
        ["batch"] => Err(ApiError::method_not_allowed("POST")),
        [model, rest @ ..] => {
            let table = table(project, caller, model)?;
            call.opened = public.then_some(table.id);
            check_access(call.session(), table, rest, &method)?;
            match rest {
                [] if get => records::list::get(call, table).await,
                [] if method == Method::POST => Box::pin(records::create::post(call, table)).await,
                [] => refuse_method("GET, HEAD, POST"),
                ["filter"] if method == Method::POST => records::filter::post(call, table).await,
                ["filter"] if matches!(method, Method::PUT | Method::PATCH) => {
                    Box::pin(records::mass::update(call, table)).await
                }
                ["filter"] if method == Method::DELETE => Box::pin(records::mass::delete(call, table)).await,
                ["filter"] => refuse_method("POST, PUT, PATCH, DELETE"),
                ["filter", "query"] if method == Method::POST => Box::pin(records::preview::filter(call, table)).await,
                ["filter", "query"] | ["query"] if method != Method::POST => refuse_method("POST"),
                ["query"] => Box::pin(records::preview::insert(call, table)).await,
                ["count"] if get => Box::pin(records::count::get(call, table)).await,
                ["count"] if method == Method::POST => Box::pin(records::count::post(call, table)).await,
                ["count"] => refuse_method("GET, HEAD, POST"),
                ["bulk"] if method == Method::POST => Box::pin(records::bulk::create(call, table)).await,
                ["bulk"] if matches!(method, Method::PUT | Method::PATCH) => {
                    Box::pin(records::bulk::update(call, table)).await
                }
                ["bulk"] => refuse_method("POST, PUT, PATCH"),
                ["import"] if method == Method::POST => Box::pin(records::import::post(call, table)).await,
                ["import"] => refuse_method("POST"),
                ["schema"] if get => records::schema::of_model(&call, table),
                ["schema"] => refuse_method("GET, HEAD"),
                [key, "query"] if method == Method::PUT => {
                    let key = (*key).to_owned();
                    Box::pin(records::preview::update(call, table, &key)).await
                }
                [_, "query"] => refuse_method("PUT"),
                [key] => {
                    let key = (*key).to_owned();
                    match method {
                        Method::GET | Method::HEAD => records::read::get(&mut call, table, &key).await,
                        Method::PUT | Method::PATCH => Box::pin(records::update::put(call, table, &key)).await,
                        Method::DELETE => Box::pin(records::delete::delete(call, table, &key)).await,
                        _ => refuse_method("GET, HEAD, PUT, PATCH, DELETE"),
                    }
                }
                _ => Err(ApiError::no_such_route()),
            }
        }
    }
}

fn refuse_method(allow: &'static str) -> Result<Response<Body>, ApiError> {
    Err(ApiError::method_not_allowed(allow))
}
