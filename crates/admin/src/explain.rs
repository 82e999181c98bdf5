//! `POST /projects/{project}/explain` and `GET /explain/{request_id}`: why a request is answered as it is.

use crate::{
    Surface,
    call::Call,
    refusal,
    route::{Route, Run},
    wire,
};
use axum::body::Body;
use http::{Method, Response, StatusCode};
use portcullis_identity::{IdentityError, users::Directory};
use portcullis_project::Project;
use portcullis_query::access::Caller;
use portcullis_web::{ApiError, Denial, Problem};
use serde_json::{Value, json};
use std::sync::Arc;

/// What if this caller did this.
pub static ROUTE: Route = Route {
    method: Method::POST,
    path: "/projects/{project}/explain",
    id: "explain",
    about: "What if this caller did this: the rule, role, tenant and value that decide, and the SQL; nothing is kept",
    query: &[crate::projects::STAGE],
    body: Some(asked),
    answer: Some(form),
    refusals: &[(503, "the stage is not open on this node")],
    run: Run::Operator(|call, _| Box::pin(what_if(call))),
};

/// Why was this request answered so.
pub static BY_ID: Route = Route {
    method: Method::GET,
    path: "/explain/{request_id}",
    id: "explainRequest",
    about: "Why a request was refused or came back empty, by its X-Request-Id; a node remembers its last two thousand",
    query: &[],
    body: None,
    answer: Some(form),
    refusals: &[(503, "the stage is not open on this node")],
    run: Run::Operator(|call, _| Box::pin(by_id(call))),
};

fn asked() -> Value {
    json!({
        "type": "object",
        "required": ["caller", "request"],
        "properties": {
            "caller": {"type": "string", "description": "`anonymous`, `public_key`, `admin_key`, or a user's address or name"},
            "tenant": {"type": "string", "description": "Another of the user's tenants"},
            "request": {"type": "string", "description": "Method and path below the project, such as GET /orders?page=2"},
            "body": {"description": "The body of the request, as JSON"},
        },
    })
}

fn form() -> Value {
    let text = || json!({"type": "string"});
    wire::object(json!({
        "request": text(),
        "caller": {"type": "object"},
        "status": {"type": "integer"},
        "outcome": {"type": "string", "enum": ["allowed", "denied", "hidden", "emptied", "absent", "invalid", "failed"]},
        "because": text(),
        "decided_by": {"type": "array", "items": {"type": "object"}},
        "decisions": {"type": "array", "items": {"type": "object"}},
        "statements": {"type": "array", "items": {"type": "object"}},
    }))
}

fn invalid(field: &str, message: impl Into<String>) -> ApiError {
    let message = message.into();
    let mut error = ApiError::new(StatusCode::BAD_REQUEST, "invalid_body", message.clone());
    error.errors.push(Problem { place: format!("/{field}"), code: "invalid_body".to_owned(), message });
    error
}

async fn what_if(mut call: Call) -> Result<Response<Body>, ApiError> {
    let project = call.open_project().await?;
    call.query.end(&["stage"])?;
    let words = call.json_object().await?;
    if let Some(name) = words.keys().find(|name| !["caller", "tenant", "request", "body"].contains(&name.as_str())) {
        return Err(invalid(name, format!("no member `{name}` here; known are caller, tenant, request and body")));
    }
    let text = |name: &str| words.get(name).and_then(Value::as_str).map(str::to_owned);
    let who = text("caller").ok_or_else(|| invalid("caller", "`caller` is needed: a word or a user's address"))?;
    let line = text("request").ok_or_else(|| invalid("request", "`request` is needed, such as GET /orders"))?;
    let (method, path) = line.trim().split_once(' ').ok_or_else(|| invalid("request", "write a method and a path"))?;
    let method = method.parse().map_err(|_| invalid("request", "the method is none"))?;
    let surface = call.surface;
    let caller = caller(&surface, &project, &who, text("tenant").as_deref()).await?;
    let body = words.get("body").filter(|body| !body.is_null()).map(|body| body.to_string().into());
    let denial = Denial {
        connection: project.connection.clone(),
        caller,
        method,
        path: path.trim().to_owned(),
        body,
        refused: None,
        replays: true,
    };
    Ok(wire::ok(&surface.explainer.explain(project, denial).await?))
}

async fn caller(
    surface: &Surface,
    project: &Arc<Project>,
    who: &str,
    tenant: Option<&str>,
) -> Result<Caller, ApiError> {
    match who {
        "anonymous" => return Ok(Caller::Anonymous),
        "public_key" => return Ok(Caller::PublicKey),
        "admin_key" => return Ok(Caller::Administrator),
        _ => {}
    }
    let directory = Directory::of(project).map_err(refusal::of_identity)?;
    let found = directory.by_login(who).await.map_err(refusal::of_identity)?;
    let user = found.ok_or_else(|| invalid("caller", format!("the users table has nobody called `{who}`")))?;
    let now = surface.clock.now();
    let stood = surface.identity.standing(project, &user.id, tenant, now).await;
    let user = stood.map_err(|error| match error {
        IdentityError::BadCredentials(fault) => invalid("caller", format!("nobody can call as `{who}`: {fault}")),
        IdentityError::NotAMember => invalid("tenant", format!("`{who}` is not of that tenant")),
        other => refusal::of_identity(other),
    })?;
    Ok(Caller::User(user))
}

async fn by_id(call: Call) -> Result<Response<Body>, ApiError> {
    call.query.end(&[])?;
    let id = call.values.first().cloned().unwrap_or_default();
    let explainer = call.surface.explainer.clone();
    let gone = || {
        let title = "this node remembers no refused or empty request of that id";
        ApiError::new(StatusCode::NOT_FOUND, "not_found", title)
    };
    let denial = explainer.find(&id).ok_or_else(gone)?;
    let mut open = call.surface.registry.all().into_iter();
    let project = open.find(|project| project.connection == denial.connection).ok_or_else(gone)?;
    Ok(wire::ok(&explainer.explain(project, denial).await?))
}
