//! Solobase's auth API at `/compat/solobase/{project}`, after its documented page; the code of its day never had it.
//!
//! One role per user, HS256 tokens of one hour, refresh tokens that stay good, three limits with their headers.

#![expect(clippy::result_large_err, reason = "a refusal is made once a request; boxing it would only hide its members")]

mod asked;
mod database;
mod error;
mod limits;
mod routes;
mod token;
mod wire;

use crate::{Answer, Call, Cors, Scope, Surface, surface::base_url_only};
use axum::body::Body;
use error::Refusal;
use http::Response;
use portcullis_identity::{SurfaceAlgorithm, SurfaceLimits, SurfaceLockout, SurfaceRules};
use portcullis_project::settings::{LimitKey, RateLimit};
use portcullis_web::ApiError;

/// The rules of the page, sections 4 and 6.
pub static RULES: SurfaceRules = SurfaceRules {
    algorithm: SurfaceAlgorithm::Hs256,
    rotates_refresh: false,
    limits: SurfaceLimits {
        login: Some(RateLimit { count: 5, window_s: 900, key: LimitKey::Ip }),
        signup: Some(RateLimit { count: 3, window_s: 3_600, key: LimitKey::Ip }),
        reset: Some(limits::RESET),
        reads: Some(RateLimit { count: 1_000, window_s: 60, key: LimitKey::Ip }),
        writes: Some(RateLimit { count: 100, window_s: 60, key: LimitKey::Ip }),
        requests: None,
    },
    counts_all_logins: true,
    lockout: Some(SurfaceLockout { max_failures: 5, first_wait_s: 900, max_wait_s: 900 }),
    claims: token::claims,
    ..SurfaceRules::as_native("solobase")
};

/// The surface.
pub static SURFACE: Surface = Surface {
    rules: &RULES,
    scope: Scope::InPath,
    cors: Cors::Listed,
    registers: false,
    handle,
    refuse,
    enable: base_url_only,
};

fn handle(call: Call) -> Answer {
    Box::pin(async move {
        let path: Vec<String> = call.segments.clone();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let answered = match (path.as_slice(), call.target.project.clone()) {
            (["api", "auth", rest @ ..], Some(project)) if !project.policy.open => {
                routes::auth(call, project, rest).await
            }
            (["api", "database", rest @ ..], Some(project)) => database::handle(call, project, rest).await,
            _ => Err(Refusal::not_found()),
        };
        answered.unwrap_or_else(|refusal| wire::refused(&refusal))
    })
}

fn refuse(error: ApiError, _: &str) -> Response<Body> {
    wire::refused(&error.into())
}
