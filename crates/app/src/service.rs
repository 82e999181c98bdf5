//! The routes of a node: its own few, and the surfaces.

use crate::{Node, mounts::Mounted};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::FutureExt as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use portcullis_project::{Project, Stage};
use portcullis_web::{ApiError, Hooks, finish, request_id};
use std::{fmt::Write as _, panic::AssertUnwindSafe, sync::Arc};

/// Every method that means something anywhere here. SEC-55.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// Everything a node serves; cheap to clone.
#[derive(Clone)]
pub struct Service {
    node: Arc<Node>,
    state: portcullis_web::State,
    admin: portcullis_admin::Surface,
    compat: Arc<portcullis_compat::State>,
    mounts: Arc<[Mounted]>,
    /// The port this one serves, where that is one that only mounts have.
    port: Option<u16>,
    own: TowerToHyperService<Router>,
    /// Those of an embedding program.
    hooks: Option<Arc<Hooks>>,
}

impl Service {
    /// The routes of `node`.
    pub fn new(node: &Arc<Node>) -> Self {
        let own = Router::new()
            .route("/", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/console/")]) }))
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(readyz))
            .route("/console/", get(console))
            .route("/console/{file}", get(console_file))
            .fallback(|| async { no_such_route() })
            .with_state(node.clone());
        let state = portcullis_web::State {
            registry: node.registry.clone(),
            idempotency: node.idempotency.clone(),
            documents: portcullis_documents::Documents::new(node.control.store().clone()),
            denials: Arc::default(),
            identity: node.identity.clone(),
            public_url: node.options.public_url.clone(),
            clock: node.clock.clone(),
        };
        let admin = portcullis_admin::Surface {
            control: node.control.clone(),
            operators: node.operators.clone(),
            identity: node.identity.clone(),
            registry: node.registry.clone(),
            explainer: Arc::new(portcullis_api::explain::NodeExplainer(state.clone())),
            clock: node.clock.clone(),
        };
        let compat = Arc::new(portcullis_compat::State {
            web: state.clone(),
            control: node.control.clone(),
            operators: node.operators.clone(),
            opener: node.opener.clone(),
            enabled: node.surfaces.clone(),
            open_registration: node.options.open_registration,
            registration_server: node.options.registration_server.clone(),
            own: portcullis_compat::Own::default(),
        });
        let mounts = node.options.mounts.iter().map(|mount| Mounted::new(mount, &state)).collect();
        let own = TowerToHyperService::new(own);
        Self { node: node.clone(), state, admin, compat, mounts, port: None, own, hooks: None }
    }

    /// The same with an embedding program's hooks.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = Some(Arc::new(hooks));
        self
    }

    /// The same for a port that only mounts have: nothing else answers there.
    #[must_use]
    pub fn at_port(&self, port: u16) -> Self {
        Self { port: Some(port), ..self.clone() }
    }

    /// Answers a request.
    pub async fn answer(&self, mut request: Request<Body>) -> Response {
        if !METHODS.contains(request.method()) {
            return no_such_method();
        }
        self.node.options.trusted_proxies.look_through(&mut request);
        if let Some(hooks) = &self.hooks {
            request.extensions_mut().insert(hooks.clone());
        }
        if let Some(mount) = self.mounts.iter().find(|mount| mount.takes(&request, self.port)) {
            return guarded(Box::pin(self.mounted(mount, request))).await;
        }
        if self.port.is_some() {
            return no_such_route();
        }
        // Most requests are for a project's data: they pass by the router.
        let path = request.uri().path().to_owned();
        if let Some((name, base, tail)) = in_project(&path) {
            return match self.node.registry.get(&name) {
                Some(project) => {
                    let answer = portcullis_api::handle(&self.state, project, base, tail, request);
                    guarded(answer).await
                }
                None => no_such_route(),
            };
        }
        if path.starts_with("/compat/") {
            return match portcullis_compat::find(&self.compat, &path) {
                Some(found) => guarded(Box::pin(portcullis_compat::serve(&self.compat, found, request))).await,
                None => no_such_route(),
            };
        }
        if let Some(tail) = path.strip_prefix("/admin/v1").filter(|tail| tail.is_empty() || tail.starts_with('/')) {
            let answer = Box::pin(portcullis_admin::handle(&self.admin, tail, request));
            return AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| panicked());
        }
        called(&self.own, request).await
    }
}

impl Service {
    /// One surface at `/`.
    async fn mounted(&self, mount: &Mounted, request: Request<Body>) -> Response {
        let path = request.uri().path().to_owned();
        match mount.surface {
            None => match self.node.registry.get(mount.project.as_deref().unwrap_or_default()) {
                Some(project) => portcullis_api::handle(&mount.state, project, "", &path, request).await,
                None => no_such_route(),
            },
            Some(surface) => {
                let project = mount.project.as_deref();
                match portcullis_compat::mounted(&self.compat, surface, project, &mount.state.public_url, &path) {
                    Some(found) => portcullis_compat::serve(&self.compat, found, request).await,
                    None => no_such_route(),
                }
            }
        }
    }
}

async fn called(router: &TowerToHyperService<Router>, request: Request<Body>) -> Response {
    match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The answer of a router that an embedding program added routes to.
pub async fn answering(router: Router, request: Request<Body>) -> Response {
    guarded(async move { called(&TowerToHyperService::new(router), request).await }).await
}

/// What nobody thought of fails one request, not its connection. SEC-70.
async fn guarded(answer: impl Future<Output = Response>) -> Response {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| panicked())
}

/// `/p/shop@staging/orders/7` is the project `shop@staging`, below `/p/shop@staging`, and there `/orders/7`.
fn in_project(path: &str) -> Option<(String, &str, &str)> {
    let rest = path.strip_prefix("/p/")?;
    let name = rest.split_once('/').map_or(rest, |(name, _)| name);
    let (base, tail) = path.split_at("/p/".len() + name.len());
    Some((name.replace("%40", "@"), base, tail))
}

fn no_such_route() -> Response {
    refusal(ApiError::no_such_route())
}

fn panicked() -> Response {
    refusal(ApiError::internal(&"the request panicked"))
}

fn refusal(error: ApiError) -> Response {
    let id = request_id();
    let mut response = error.into_response(&id);
    finish(&mut response, &id);
    response
}

/// TRACE, CONNECT and methods nobody knows, whatever the path.
fn no_such_method() -> Response {
    let title = "this method is not known here";
    let mut response = refusal(ApiError::new(StatusCode::NOT_IMPLEMENTED, "method_not_implemented", title));
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Ready once the control store answers; a project's dead database shows in the body only.
async fn readyz(State(node): State<Arc<Node>>) -> Response {
    let status = if node.health.store() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(node.health.body())).into_response()
}

/// A file of a page of the console.
async fn console_file(Path(name): Path<String>) -> Response {
    portcullis_admin::console::file(&name).unwrap_or_else(no_such_route)
}

/// A plain page with the way to each project's API.
async fn console(State(node): State<Arc<Node>>) -> Response {
    let mut items = String::new();
    for project in node.registry.all() {
        let path = path(&node, &project);
        let (slug, stage) = (escaped(&project.slug), project.stage);
        let _ = writeln!(
            items,
            "<li><b>{slug}</b> ({stage}): <a href=\"{path}/swagger/index.html\">Swagger UI</a>, API at <code>{}{path}</code></li>",
            escaped(&node.options.public_url)
        );
    }
    if items.is_empty() {
        items.push_str("<li>None yet. Make one with <code>portcullis init &lt;DATABASE_URL&gt;</code></li>");
    }
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Portcullis</title></head>\n\
         <body><h1>Portcullis</h1>\n<p>Projects of this instance:</p>\n<ul>\n{items}</ul>\n</body></html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, page).into_response()
}

/// `/p/shop` for the stage that path serves, `/p/shop@staging` for another.
fn path(node: &Node, project: &Project) -> String {
    let default = node.registry.get(&project.slug).is_some_and(|first| first.stage == project.stage);
    stage_path(&project.slug, project.stage, default)
}

/// The path of a stage's API.
pub fn stage_path(slug: &str, stage: Stage, default: bool) -> String {
    if default { format!("/p/{slug}") } else { format!("/p/{slug}@{stage}") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sec_70_a_panic_fails_one_request_and_tells_nothing() {
        let answer = guarded(async { panic!("a secret of ours") }).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(r#""code":"internal""#) && !text.contains("secret"), "{text}");
    }

    #[test]
    fn a_path_names_the_project_its_base_and_the_rest() {
        let own = |parts: (&str, &'static str, &'static str)| Some((parts.0.to_owned(), parts.1, parts.2));
        assert_eq!(in_project("/p/shop/orders/7"), own(("shop", "/p/shop", "/orders/7")));
        assert_eq!(in_project("/p/shop%40staging/"), own(("shop@staging", "/p/shop%40staging", "/")));
        assert_eq!(in_project("/p/shop"), own(("shop", "/p/shop", "")));
        assert_eq!(in_project("/console/"), None);
    }
}
