//! StaticBackend's HTTP: `@staticbackend/js`, `@staticbackend/backend` and the Go client work unchanged.
//!
//! A database of theirs is a project's stage, found by its public key in the header `SB-PUBLIC-KEY`, the parameter `sbpk`
//! or the cookie `pk`. Accounts, documents and mails are the core's. Answers are bare JSON, refusals plain text.

mod auth;
mod error;
mod filter;
mod hooks;
mod routes;
mod wire;

use crate::{Answer, Call, Cors, Enabling, Needs, Scope, State, Surface};
use auth::Root;
use axum::body::Body;
use bytes::Bytes;
use error::Refused;
use http::{Method, Response, request::Parts};
use portcullis_base::Timestamp;
use portcullis_documents::Documents;
use portcullis_identity::{Client, Identity, SurfaceAlgorithm, SurfaceRules};
use portcullis_project::Project;
use serde_json::{Map, Value};
use std::sync::Arc;

/// How long a session token is good; there is no refreshing. Seconds.
const SESSION_S: i64 = 12 * 3_600;

/// What is its own about tokens, limits and passwords.
pub static RULES: SurfaceRules = SurfaceRules {
    access_ttl_s: Some(SESSION_S),
    refresh_ttl_s: Some(SESSION_S),
    algorithm: SurfaceAlgorithm::Hs256,
    password_min: Some(1),
    ..SurfaceRules::foreign("staticbackend")
};

/// StaticBackend.
pub static SURFACE: Surface = Surface {
    rules: &RULES,
    scope: Scope::InRequest,
    cors: Cors::Echoed,
    registers: true,
    handle,
    refuse: |error, _| Refused::from(error).into_response(),
    enable,
};

fn handle(call: Call) -> Answer {
    Box::pin(crate::hooked::hooked(call, hooks::operation, SURFACE.refuse, |call| async move {
        route(call).await.unwrap_or_else(Refused::into_response)
    }))
}

async fn route(call: Call) -> Result<Response<Body>, Refused> {
    let method = call.method().clone();
    let mut call = call;
    let body = call.take_body();
    let Call { state, target, client, segments, head, .. } = call;
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if method == Method::OPTIONS {
        return Ok(Response::new(Body::empty()));
    }
    if path == ["ping"] {
        return Ok(wire::ok(&Value::Bool(true)));
    }
    if path == ["account", "init"] {
        if method != Method::GET {
            return Err(if state.open_registration { Refused::Method } else { Refused::NotFound });
        }
        let email = auth::parameter(&head, "email");
        return Box::pin(routes::init::init(&state, &target, &client, email)).await;
    }
    // What is not there is not there, whatever key is sent along.
    let known = routes::allowed(&path).ok_or(Refused::NotFound)?;
    if !known.contains(&method.as_str()) {
        return Err(Refused::Method);
    }
    let project = auth::project(&state, &target, &head)?;
    let bulk = auth::parameter(&head, "bulk").is_some();
    let body = portcullis_web::read_body(&head.headers, body, if bulk { wire::BULK } else { wire::BODY }).await?;
    let call = Routed { state, project, client, head, body };
    let answer = routes::answer(&call, &path, &method).await;
    let mut answer = answer.unwrap_or_else(Refused::into_response);
    // What only a server may call, no page of another origin may read.
    if routes::is_for_servers(&path) {
        answer.extensions_mut().insert(crate::NoCors);
    }
    Ok(answer)
}

/// A call whose project is known.
pub(crate) struct Routed {
    state: Arc<State>,
    /// The stage that the public key names.
    project: Arc<Project>,
    client: Client,
    head: Parts,
    body: Bytes,
}

impl Routed {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        auth::parameter(&self.head, name)
    }

    fn identity(&self) -> &Arc<Identity> {
        self.state.identity()
    }

    fn now(&self) -> Timestamp {
        self.state.now()
    }

    /// The documents of the stage.
    fn documents(&self) -> Documents {
        portcullis_web::documents(&self.state.web, &self.project)
    }

    /// The holder of the root token; anybody else is refused.
    async fn root(&self) -> Result<Root, Refused> {
        auth::root(self).await
    }
}

fn enable(enabling: Enabling) -> Needs {
    Box::pin(async move {
        let mut needs = Map::new();
        needs.insert("base_url".to_owned(), Value::String(enabling.base_url));
        if let Some(connection) = &enabling.connection {
            let public = enabling.control.public_key(connection).await?;
            // Keys are a change of the connection, each of its latest version.
            let root = enabling.control.root_token(&connection.id).await?;
            needs.insert("public_key".to_owned(), Value::String(public));
            needs.insert("root_token".to_owned(), Value::String(root.expose().clone()));
        }
        Ok(needs)
    })
}
