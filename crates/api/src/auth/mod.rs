//! What stands below `/auth`, in the order of the reference manual; names on one line are the same operation.

mod account;
mod api_keys;
mod call;
mod change_password;
mod code;
mod fields;
mod hooked;
mod invitations;
mod login;
mod logout;
mod magic_link;
mod me;
mod mfa;
mod passkeys;
mod refresh;
mod reset;
mod sessions;
mod signup;
mod social;
mod tenant;
mod verify;

use axum::body::Body;
use http::{Method, Request, Response, StatusCode, header};
use portcullis_identity::{Client, Limit, LimitState};
use portcullis_project::Project;
use portcullis_query::access::Caller;
use portcullis_web::{ApiError, BodyLimit, Denial, Refused, State, hooks, read_body, write_limit};
use std::sync::Arc;

pub use call::Call;
pub(crate) use fields::{Fields, invalid};
pub(crate) use hooked::user;

/// Bytes of a body at most.
const BODY: BodyLimit = BodyLimit(64 * 1024);

/// Answers a call below `/auth`; `names` is the path below it.
pub async fn handle(
    state: &State,
    project: &Arc<Project>,
    client: &Client,
    names: &[&str],
    request: Request<Body>,
) -> Result<Response<Body>, ApiError> {
    let now = state.clock.now();
    let limit = state.identity.count(project, Limit::Requests, None, client, now).await?;
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, BODY).await?;
    if let Some(chain) = hooks::chain(&parts.extensions, ["auth"].into_iter().chain(names.iter().copied())) {
        let mut response = hooked::run(chain, state, project, client, names, parts, body, now).await;
        finish(&limit, &mut response);
        return Ok(response);
    }
    let call = Call {
        state,
        project,
        client,
        method: parts.method,
        headers: parts.headers,
        query: parts.uri.query().map(str::to_owned),
        body,
        now,
    };
    let answer = route(&call, names).await;
    if let Err(error) = &answer {
        remember(&call, names, error);
    }
    let mut response = answer.unwrap_or_else(|error| error.into_response(&client.request_id));
    finish(&limit, &mut response);
    Ok(response)
}

/// Remembers a refusal for whoever asks why; neither body nor query, which may hold what is secret.
fn remember(call: &Call<'_>, names: &[&str], error: &ApiError) {
    let told = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS];
    if !told.contains(&error.status) {
        return;
    }
    let denial = Denial {
        connection: call.project.connection.clone(),
        caller: Caller::Anonymous,
        method: call.method.clone(),
        path: format!("/auth/{}", names.join("/")),
        body: None,
        refused: Some(Refused::of(error, &call.client.request_id)),
        replays: false,
    };
    call.state.denials.remember(&call.client.request_id, denial);
}

fn finish(limit: &LimitState, response: &mut Response<Body>) {
    write_limit(limit, false, response.headers_mut());
    response.headers_mut().insert(header::PRAGMA, http::HeaderValue::from_static("no-cache"));
}

async fn route(call: &Call<'_>, names: &[&str]) -> Result<Response<Body>, ApiError> {
    let method = call.method.as_str();
    match (names, method) {
        (["signup" | "register"], "POST") => signup::post(call).await,
        (["login" | "token"], "POST") => login::post(call).await,
        (["refresh" | "refresh-token" | "refresh_token"] | ["token", "refresh"], "POST") => refresh::post(call).await,
        (["logout"], "POST") => logout::post(call).await,
        (["me"], "GET" | "HEAD") => me::get(call).await,
        (["me"], "PUT" | "PATCH") => me::patch(call).await,
        (["change-password"], "POST") => change_password::post(call).await,
        (["password_reset" | "forgot-password" | "request-reset" | "forgotPassword"], "POST") => {
            reset::request(call).await
        }
        (["password_reset", "confirm"] | ["confirm-reset"], "POST") => reset::confirm(call).await,
        (["reset-password"], "POST") => reset::either(call).await,
        (["verify"], "GET" | "POST") => verify::verify(call).await,
        (["resend-verification"], "POST") => verify::resend(call).await,
        (["magic-link"], "POST") => magic_link::request(call).await,
        (["magic-link", "verify"], "GET" | "POST") => magic_link::verify(call).await,
        (["otp"], "POST") => code::request(call).await,
        (["otp", "verify"], "POST") => code::verify(call).await,
        (["sessions"], "GET" | "HEAD") => sessions::list(call).await,
        (["sessions"], "DELETE") => sessions::end_others(call).await,
        (["sessions", id], "DELETE") => sessions::end(call, id).await,
        (["tenant"], "POST") => tenant::switch(call).await,
        (["tenants"], "GET" | "HEAD") => tenant::list(call).await,
        (["invitations"], "GET" | "HEAD") => invitations::list(call).await,
        (["invitations"], "POST") => invitations::create(call).await,
        (["invitations", "accept"], "GET") => invitations::read(call).await,
        (["invitations", "accept"], "POST") => invitations::accept(call).await,
        (["invitations", id], "DELETE") => invitations::withdraw(call, id).await,
        (["api-keys"], "GET" | "HEAD") => api_keys::list(call).await,
        (["api-keys"], "POST") => api_keys::create(call).await,
        (["api-keys", id], "DELETE") => api_keys::end(call, id).await,
        (["account"], "GET" | "HEAD") => account::get(call).await,
        (["account", "users"], "GET" | "HEAD") => account::list(call).await,
        (["account", "users"], "POST") => account::add(call).await,
        (["account", "users", id], "DELETE") => account::remove(call, id).await,
        (["mfa"], "GET" | "HEAD") => mfa::get(call).await,
        (["mfa", "totp", "enroll"], "POST") => mfa::enroll(call).await,
        (["mfa", "totp", "confirm"], "POST") => mfa::confirm(call).await,
        (["mfa", "totp", "verify"], "POST") => mfa::verify(call).await,
        (["mfa", "totp", "disable"], "POST") => mfa::disable(call).await,
        (["mfa", "recovery-codes"], "GET" | "HEAD") => mfa::left(call).await,
        (["mfa", "recovery-codes"], "POST") => mfa::regenerate(call).await,
        (["passkeys", "register", "begin"], "POST") => passkeys::begin_register(call).await,
        (["passkeys", "register", "finish"], "POST") => passkeys::finish_register(call).await,
        (["passkeys", "login", "begin"], "POST") => passkeys::begin_login(call).await,
        (["passkeys", "login", "finish"], "POST") => passkeys::finish_login(call).await,
        (["passkeys"], "GET" | "HEAD") => passkeys::list(call).await,
        (["passkeys", id], "PATCH") => passkeys::rename(call, id).await,
        (["passkeys", id], "DELETE") => passkeys::delete(call, id).await,
        (["social", provider], "GET") => social::begin(call, provider).await,
        (["social", provider], "POST") => social::link(call, provider).await,
        (["social", provider, "callback"], "GET") => social::callback(call, provider).await,
        ([provider], "GET") if is_provider(call, provider) => social::begin(call, provider).await,
        ([provider], "POST") if is_provider(call, provider) => social::link(call, provider).await,
        ([provider, "callback"], "GET") if is_provider(call, provider) => social::callback(call, provider).await,
        _ => Err(refuse(names)),
    }
}

fn is_provider(call: &Call<'_>, name: &str) -> bool {
    portcullis_identity::Identity::is_provider(call.project, name) && refuse(&[name]).status == StatusCode::NOT_FOUND
}

/// 405 for a path that is there, 404 for one that is not.
fn refuse(names: &[&str]) -> ApiError {
    match names {
        ["me"] => ApiError::method_not_allowed("GET, HEAD, PUT, PATCH"),
        ["verify"] | ["magic-link", "verify"] | ["invitations", "accept"] => ApiError::method_not_allowed("GET, POST"),
        ["sessions"] => ApiError::method_not_allowed("GET, HEAD, DELETE"),
        ["account", "users"] => ApiError::method_not_allowed("GET, HEAD, POST"),
        ["account", "users", _] => ApiError::method_not_allowed("DELETE"),
        ["api-keys"] | ["invitations"] => ApiError::method_not_allowed("GET, HEAD, POST"),
        ["mfa"] | ["passkeys"] | ["account"] | ["tenants"] => ApiError::method_not_allowed("GET, HEAD"),
        ["mfa", "recovery-codes"] => ApiError::method_not_allowed("GET, HEAD, POST"),
        ["passkeys", _] => ApiError::method_not_allowed("PATCH, DELETE"),
        ["social", _] => ApiError::method_not_allowed("GET, POST"),
        ["social", _, "callback"] => ApiError::method_not_allowed("GET"),
        ["sessions" | "api-keys" | "invitations", _] => ApiError::method_not_allowed("DELETE"),
        [
            "signup"
            | "register"
            | "login"
            | "token"
            | "refresh"
            | "refresh-token"
            | "refresh_token"
            | "logout"
            | "change-password"
            | "password_reset"
            | "forgot-password"
            | "request-reset"
            | "forgotPassword"
            | "confirm-reset"
            | "reset-password"
            | "resend-verification"
            | "magic-link"
            | "otp"
            | "tenant",
        ]
        | ["token", "refresh"]
        | ["password_reset", "confirm"]
        | ["mfa", "totp", "enroll" | "confirm" | "verify" | "disable"]
        | ["passkeys", "register" | "login", "begin" | "finish"]
        | ["otp", "verify"] => ApiError::method_not_allowed("POST"),
        _ => ApiError::no_such_route(),
    }
}

/// The project's public keys: `GET /.well-known/jwks.json`.
pub async fn jwks(state: &State, project: &Project, method: &Method) -> Result<Response<Body>, ApiError> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(ApiError::method_not_allowed("GET, HEAD"));
    }
    let keys = state.identity.jwks(project, state.clock.now()).await?;
    let mut response = portcullis_web::json(StatusCode::OK, keys);
    response.headers_mut().insert(header::CACHE_CONTROL, http::HeaderValue::from_static("public, max-age=60"));
    Ok(response)
}
