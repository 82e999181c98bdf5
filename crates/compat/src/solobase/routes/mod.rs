//! What stands below `/api/auth`, in the order of the page; verification of addresses is beside it.

mod change_password;
mod forgot_password;
mod login;
mod logout;
mod me;
mod refresh;
mod register;
mod reset_password;
mod verify;

use super::{RULES, asked::Asked, error::Refusal, limits, token, wire};
use crate::Call;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Response, header};
use portcullis_identity::{IdentityError, Limit, LimitState};
use portcullis_project::Project;
use portcullis_web::{
    BodyLimit,
    hooks::{About, chain},
};
use std::sync::Arc;
use wire::Reply;

/// Bytes of a body at most.
const BODY: BodyLimit = BodyLimit(64 * 1024);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Register,
    Login,
    Refresh,
    Me,
    ChangeMe,
    ChangePassword,
    ForgotPassword,
    ResetPassword,
    Logout,
    VerifyEmail,
    ResendVerification,
}

fn operation(path: &[&str], method: &Method) -> Result<Operation, Refusal> {
    use Operation as O;
    match (path, method.as_str()) {
        (["register"], "POST") => Ok(O::Register),
        (["login"], "POST") => Ok(O::Login),
        (["refresh"], "POST") => Ok(O::Refresh),
        (["me"], "GET") => Ok(O::Me),
        (["me"], "PUT" | "PATCH") => Ok(O::ChangeMe),
        (["change-password"], "POST") => Ok(O::ChangePassword),
        (["forgot-password"], "POST") => Ok(O::ForgotPassword),
        (["reset-password"], "POST") => Ok(O::ResetPassword),
        (["logout"], "POST") => Ok(O::Logout),
        (["verify-email"], "GET" | "POST") => Ok(O::VerifyEmail),
        (["resend-verification"], "POST") => Ok(O::ResendVerification),
        (["me"], _) => Err(Refusal::method("GET, PUT")),
        (["verify-email"], _) => Err(Refusal::method("GET, POST")),
        (
            [
                "register"
                | "login"
                | "refresh"
                | "change-password"
                | "forgot-password"
                | "reset-password"
                | "logout"
                | "resend-verification",
            ],
            _,
        ) => Err(Refusal::method("POST")),
        _ => Err(Refusal::not_found()),
    }
}

/// Answers a call below `/api/auth`: its limits first, then the hooks of an embedding program, then its work.
pub async fn auth(mut call: Call, project: Arc<Project>, path: &[&str]) -> Result<Response<Body>, Refusal> {
    let operation = operation(path, call.method())?;
    let now = call.now();
    let identity = call.state.identity().clone();
    let counted = match operation {
        Operation::Login => Some(identity.count(&project, Limit::Login, None, &call.client, now).await),
        Operation::Register => Some(identity.count(&project, Limit::Signup, None, &call.client, now).await),
        _ => {
            identity.count(&project, Limit::Requests, None, &call.client, now).await?;
            None
        }
    };
    let mut limit = match counted.map(of_limit).transpose()? {
        Some(Counted::Over(state, refusal)) => return Ok(answer(Some(state), Err(refusal))),
        Some(Counted::Under(state)) => Some(state),
        None => None,
    };
    let body = match call.bytes(BODY).await {
        Ok(body) => body,
        Err(error) => return Ok(answer(limit, Err(error.into()))),
    };
    let asked = Asked::new(call, project, body);
    if operation == Operation::ForgotPassword {
        match forgot_password::count(&asked).await? {
            Counted::Over(state, refusal) => return Ok(answer(Some(state), Err(refusal))),
            Counted::Under(state) => limit = Some(state),
        }
    }
    let mut response = match chain(&asked.head.extensions, ["api", "auth"].into_iter().chain(path.iter().copied())) {
        None => answer(None, run(operation, &asked).await),
        Some(hooks) => {
            let (about, body) = (about(&asked).await, asked.body.clone());
            let refuse = |error| wire::refused(&Refusal::from(error));
            let work = move |body: Bytes| async move { answer(None, run(operation, &Asked { body, ..asked }).await) };
            hooks.run(about, body, refuse, work).await
        }
    };
    if let Some(state) = &limit {
        limits::write(state, response.headers_mut());
    }
    Ok(response)
}

async fn run(operation: Operation, asked: &Asked) -> Result<Reply, Refusal> {
    use Operation as O;
    match operation {
        O::Register => register::post(asked).await,
        O::Login => login::post(asked).await,
        O::Refresh => refresh::post(asked).await,
        O::Me => me::get(asked).await,
        O::ChangeMe => me::put(asked).await,
        O::ChangePassword => change_password::post(asked).await,
        O::ForgotPassword => forgot_password::post(asked).await,
        O::ResetPassword => reset_password::post(asked).await,
        O::Logout => logout::post(asked).await,
        O::VerifyEmail => verify::verify(asked).await,
        O::ResendVerification => verify::resend(asked).await,
    }
}

fn answer(limit: Option<LimitState>, result: Result<Reply, Refusal>) -> Response<Body> {
    let mut response = match result {
        Ok(reply) => reply.into_response(),
        Err(refusal) => wire::refused(&refusal),
    };
    if let Some(state) = &limit {
        limits::write(state, response.headers_mut());
    }
    response
}

/// How a limit stands with this request counted.
enum Counted {
    Under(LimitState),
    Over(LimitState, Refusal),
}

fn of_limit(counted: Result<LimitState, IdentityError>) -> Result<Counted, Refusal> {
    match counted {
        Ok(state) => Ok(Counted::Under(state)),
        Err(IdentityError::RateLimited(state)) => Ok(Counted::Over(state, limits::refusal(&state))),
        Err(error) => Err(error.into()),
    }
}

async fn about(asked: &Asked) -> About {
    let Asked { state, project, head, client, .. } = asked;
    About {
        project: project.slug.clone(),
        stage: project.stage.word(),
        surface: RULES.name,
        operation: String::new(),
        method: head.method.clone(),
        path: format!("/{}", asked.segments.join("/")),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers.clone(),
        peer: client.ip,
        user: match head.headers.contains_key(header::AUTHORIZATION) {
            true => token::user(state, project, &head.headers, asked.now).await.ok(),
            false => None,
        },
        request_id: client.request_id.clone(),
    }
}
