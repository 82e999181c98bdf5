//! A call with an embedding program's hooks around it, for surfaces that hand a call on as a whole.

use crate::Call;
use axum::body::Body;
use bytes::Bytes;
use http::{Response, header};
use portcullis_identity::Limit;
use portcullis_project::Project;
use portcullis_schema::TableLookup;
use portcullis_web::{
    ApiError, BodyLimit,
    hooks::{About, Hooks, chain},
};
use std::sync::Arc;

/// What hooks go by.
pub struct Operation {
    /// Whose users, whose rows.
    pub project: Arc<Project>,
    /// The name that the operation has on our own surface, as segments.
    pub name: Vec<String>,
    /// The access token that the call carries, if any.
    pub token: Option<String>,
    /// Bytes of a body at most.
    pub limit: BodyLimit,
    /// Whether the surface has counted the request already.
    pub counted: bool,
}

/// Runs the hooks of a call and `work`, which answers it. What the surface has not counted counts as a request here, so
/// that hooks are no way past limits. `operation` is asked only where there are hooks; what it does not know has none.
pub async fn hooked<W, A>(
    mut call: Call,
    operation: impl FnOnce(&Call) -> Option<Operation>,
    refuse: fn(ApiError, &str) -> Response<Body>,
    work: W,
) -> Response<Body>
where
    W: FnOnce(Call) -> A + Send + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    if call.head.extensions.get::<Arc<Hooks>>().is_none() {
        return work(call).await;
    }
    let Some(Operation { project, name, token, limit, counted }) = operation(&call) else { return work(call).await };
    let Some(chain) = chain(&call.head.extensions, name.iter().map(String::as_str)) else { return work(call).await };
    let id = call.id().to_owned();
    if !counted {
        let (identity, now) = (call.state.identity().clone(), call.now());
        if let Err(error) = identity.count(&project, Limit::Requests, None, &call.client, now).await {
            return refuse(error.into(), &id);
        }
    }
    let body = match call.bytes(limit).await {
        Ok(body) => body,
        Err(error) => return refuse(error, &id),
    };
    let (identity, now) = (call.state.identity().clone(), call.now());
    let user = match &token {
        Some(token) => identity.accept_token(&project, call.client.surface, token, now).await.ok(),
        None => None,
    };
    let about = About {
        project: project.slug.clone(),
        stage: project.stage.word(),
        surface: call.client.surface.name,
        operation: String::new(),
        method: call.method().clone(),
        path: format!("/{}", call.segments.join("/")),
        query: call.head.uri.query().map(str::to_owned),
        headers: call.head.headers.clone(),
        peer: call.client.ip,
        user: user.map(|accepted| accepted.user),
        request_id: id.clone(),
    };
    // A hook may have put another body in its place.
    call.head.headers.remove(header::CONTENT_LENGTH);
    let refuse = move |error| refuse(ApiError::from(error), &id);
    let work = move |body: Bytes| {
        call.set_body(body);
        work(call)
    };
    chain.run(about, body, refuse, work).await
}

/// The name of a row's operation: a table goes by its own name, however the path spells it.
pub fn of_rows(project: &Project, model: &str, rest: &[&str]) -> Vec<String> {
    let own = match project.database.find(model) {
        TableLookup::Found(table) => table.name.as_str(),
        TableLookup::Unknown(_) => model,
    };
    std::iter::once(own).chain(rest.iter().copied()).map(str::to_owned).collect()
}

/// The name of an operation on users.
pub fn of_auth(name: &[&str]) -> Vec<String> {
    std::iter::once("auth").chain(name.iter().copied()).map(str::to_owned).collect()
}
