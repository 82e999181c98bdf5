//! Baasix: `/auth/*`, `/permissions` and `/items/{collection}` over the customer's tables.
//!
//! Nothing is allowed here without a permission row, whatever the project's own surface allows: a caller has one role,
//! `public` without a token, and is held to what it allows. The rows are rules of our roles, so that the native surface
//! keeps them too where roles are on. Source of paths and bodies: the authentication and items pages of Baasix.

mod aggregate;
mod call;
mod collection;
mod columns;
mod conditions;
mod cookie;
mod documents;
mod error;
mod fields;
mod filter;
mod hooks;
mod list;
mod params;
mod role;
mod routes;
mod rows;
mod upload;
mod variables;
mod wire;

use crate::{Answer, Cors, Scope, Surface, base_url_only, hooked::hooked};
use axum::body::Body;
use call::{Call, answer};
use collection::Collection;
use error::Refused;
use hooks::operation;
use http::{Method, Response, StatusCode};
use portcullis_identity::{
    ClaimsOf, IdentityError, Limit, SignupColumns, SurfaceAlgorithm, SurfaceLimits, SurfaceRules,
};
use portcullis_project::{
    Project,
    settings::{LimitKey, RateLimit},
};
use portcullis_web::{ApiError, BodyLimit, write_limit};
use role::Roles;
use routes::system::System;
use serde_json::{Map, Value, json};

/// Bulk bodies may be this many times as long as others.
const BULK_FACTOR: usize = 16;

/// Baasix.
pub static SURFACE: Surface = Surface {
    rules: &RULES,
    scope: Scope::InPath,
    cors: Cors::Listed,
    registers: false,
    handle,
    refuse,
    enable: base_url_only,
};

static RULES: SurfaceRules = SurfaceRules {
    access_ttl_s: Some(7 * 86_400),
    refresh_ttl_s: Some(7 * 86_400),
    algorithm: SurfaceAlgorithm::Hs256,
    password_min: Some(8),
    limits: SurfaceLimits {
        login: Some(RateLimit { count: 30, window_s: 60, key: LimitKey::Ip }),
        requests: Some(RateLimit { count: 100, window_s: 5, key: LimitKey::Ip }),
        ..SurfaceRules::foreign("baasix").limits
    },
    counts_all_logins: true,
    signup: SignupColumns::All,
    claims,
    ..SurfaceRules::foreign("baasix")
};

/// The claims that clients of Baasix read.
fn claims(of: &ClaimsOf<'_>) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("id".to_owned(), of.user.id_value.clone());
    claims.insert("sessionToken".to_owned(), json!(of.session));
    if let Some(tenant) = of.tenant {
        claims.insert("tenant_Id".to_owned(), json!(tenant));
    }
    claims
}

fn refuse(error: ApiError, _: &str) -> Response<Body> {
    Refused::from(error).into_response()
}

fn handle(call: crate::Call) -> Answer {
    Box::pin(async move {
        let counted = match &call.target.project {
            Some(project) => {
                let (identity, client, now) = (call.state.identity().clone(), call.client.clone(), call.now());
                let project = project.clone();
                identity.count(&project, Limit::Requests, None, &client, now).await
            }
            None => Err(IdentityError::NotConfigured),
        };
        let (state, mut response) = match counted {
            Ok(state) => (Some(state), hooked(call, operation, refuse, answered).await),
            Err(IdentityError::RateLimited(state)) => {
                let refused = Refused::from(IdentityError::RateLimited(state));
                (Some(state), refused.into_response())
            }
            Err(error) => (None, Refused::from(error).into_response()),
        };
        if let Some(state) = state {
            let refused = response.status() == StatusCode::TOO_MANY_REQUESTS;
            write_limit(&state, refused, response.headers_mut());
        }
        response
    })
}

async fn answered(call: crate::Call) -> Response<Body> {
    routed(call).await.unwrap_or_else(Refused::into_response)
}

async fn routed(mut call: crate::Call) -> Result<Response<Body>, Refused> {
    let project = call.target.project.clone().ok_or_else(Refused::no_route)?;
    let segments = std::mem::take(&mut call.segments);
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let body = call.bytes(body_limit(&project, &path)).await?;
    let call = Call {
        state: &call.state.web,
        project: &project,
        client: &call.client,
        method: call.method().clone(),
        headers: call.head.headers.clone(),
        query: call.head.uri.query().map(str::to_owned),
        body,
        now: call.now(),
    };
    match path.as_slice() {
        [] if call.method == Method::GET => Ok(described(&call)),
        ["auth", rest @ ..] => routes::auth::route(&call, rest).await,
        ["permissions", rest @ ..] => {
            let roles = Roles::load(&call.state.identity, &project).await?;
            let who = call.who(&roles).await?;
            routes::permissions::route(&call, &roles, &who, rest).await
        }
        ["schemas", rest @ ..] => {
            let roles = Roles::load(&call.state.identity, &project).await?;
            routes::schemas::route(&call, &call.who(&roles).await?, rest)
        }
        ["roles", rest @ ..] => items(&call, "baasix_Role", rest).await,
        ["items", name, rest @ ..] => items(&call, name, rest).await,
        _ => Err(Refused::no_route()),
    }
}

fn body_limit(project: &Project, path: &[&str]) -> BodyLimit {
    let bulk = matches!(path.last(), Some(&("bulk" | "import-csv" | "import-json")));
    let factor = if bulk { BULK_FACTOR } else { 1 };
    BodyLimit(project.settings.limits.body_bytes * factor)
}

async fn items(call: &Call<'_>, name: &str, rest: &[&str]) -> Result<Response<Body>, Refused> {
    let roles = Roles::load(&call.state.identity, call.project).await?;
    let who = call.who(&roles).await?;
    match System::of(name) {
        Some(system) => routes::system::route(call, &roles, &who, system, (name, rest)).await,
        None => routes::items::route(call, &who, Collection::find(call.project, name)?, rest).await,
    }
}

/// `GET /`: what this is.
fn described(call: &Call<'_>) -> Response<Body> {
    let settings = &call.project.settings;
    let body = json!({
        "project": {
            "name": call.project.slug,
            "multitenant": settings.tenancy.enabled,
            "publicRegistration": settings.auth.self_signup,
        },
        "version": env!("CARGO_PKG_VERSION"),
    });
    answer(StatusCode::OK, &body)
}
