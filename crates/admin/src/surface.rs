//! A request to `/admin/v1`: finds its route, proves its caller, answers.

use crate::{
    acting::Acting,
    call::{Call, caller},
    route::{self, Found, Run},
};
use axum::{body::Body, extract::ConnectInfo};
use http::{HeaderMap, Request, Response, StatusCode, header};
use portcullis_base::Clock;
use portcullis_control::{
    Control,
    operators::{Client, Operators},
};
use portcullis_identity::Identity;
use portcullis_project::Registry;
use portcullis_web::{ApiError, Query, finish, request_id, segments};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// How long a request may take. SEC-50.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// Bytes of a path with its query at most. SEC-50.
const URI_BYTES: usize = 8 * 1024;

/// What the surface works on; cheap to clone.
#[derive(Debug, Clone)]
pub struct Surface {
    /// The use-cases.
    pub control: Control,
    /// The operators.
    pub operators: Operators,
    /// End users.
    pub identity: Arc<Identity>,
    /// The open stages.
    pub registry: Arc<Registry>,
    /// Says why a request was answered as it was.
    pub explainer: Arc<dyn portcullis_web::Explainer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Answers a request; `tail` is the path below `/admin/v1`.
pub async fn handle(surface: &Surface, tail: &str, request: Request<Body>) -> Response<Body> {
    let id = request_id();
    let method = request.method().clone();
    let answer = tokio::time::timeout(REQUEST_TIME, answer(surface, tail, request, &id)).await;
    let answer = answer.unwrap_or_else(|_| Err(ApiError::unavailable("request_timeout", "the request took too long")));
    let mut response = answer.unwrap_or_else(|error| error.into_response(&id));
    finish(&mut response, &id);
    tracing::debug!(
        target: "portcullis::request",
        request_id = %id,
        surface = "admin",
        %method,
        path = tail,
        status = response.status().as_u16(),
        "Answered"
    );
    response
}

async fn answer(surface: &Surface, tail: &str, request: Request<Body>, id: &str) -> Result<Response<Body>, ApiError> {
    if request.uri().path().len() + request.uri().query().map_or(0, str::len) > URI_BYTES {
        return Err(ApiError::new(StatusCode::URI_TOO_LONG, "uri_too_long", "the path and query are too long"));
    }
    let found = route::find(request.method(), &segments(tail)?);
    let (route, values) = match found {
        Found::Route(route, values) => (route, values),
        // Strangers learn of no path that is not open to them. SEC-48.
        Found::OtherMethods(allow) => {
            caller(surface, request.headers()).await?;
            return Err(ApiError::method_not_allowed(allow));
        }
        Found::Nothing => {
            caller(surface, request.headers()).await?;
            return Err(ApiError::no_such_route());
        }
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let user_agent = header_text(request.headers(), &header::USER_AGENT);
    let client = Client { ip: peer, user_agent, request_id: Some(id.to_owned()) };
    let (parts, body) = request.into_parts();
    match route.run {
        Run::Open(run) => {
            let query = Query::parse(parts.uri.query())?;
            run(Call { surface: surface.clone(), headers: parts.headers, body, values, query, client }).await
        }
        Run::Operator(run) => {
            let caller = caller(surface, &parts.headers).await?;
            let query = Query::parse(parts.uri.query())?;
            run(Call { surface: surface.clone(), headers: parts.headers, body, values, query, client }, caller).await
        }
        Run::Acting(run) => {
            let caller = caller(surface, &parts.headers).await?;
            let query = Query::parse(parts.uri.query())?;
            let call = Call { surface: surface.clone(), headers: parts.headers, body, values, query, client };
            run(Acting::begin(call, caller).await?).await
        }
    }
}

fn header_text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
