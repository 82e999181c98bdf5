//! Pages of other origins, as each surface's contract has it. SEC-56.

use crate::Cors;
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use portcullis_project::Project;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Location, Retry-After, X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset",
);

/// In an answer's extensions: no page of another origin is to read it.
#[derive(Debug, Clone, Copy)]
pub struct NoCors;

/// The answer to a preflight; `None` where the request is none.
pub fn preflight(
    cors: Cors,
    project: Option<&Project>,
    method: &Method,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    if cors == Cors::Listed {
        return portcullis_web::preflight(project?, method, headers);
    }
    let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD);
    if method != Method::OPTIONS || wanted.is_none() {
        return None;
    }
    let mut response = Response::new(Body::empty());
    // StaticBackend's answers are 200 throughout.
    *response.status_mut() = if cors == Cors::Echoed { StatusCode::OK } else { StatusCode::NO_CONTENT };
    add(cors, project, headers.get(header::ORIGIN), &mut response);
    let answer = response.headers_mut();
    answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    // Without credentials a page can send nothing that it does not know itself.
    if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        answer.append(header::VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    }
    answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    Some(response)
}

/// Adds what lets a page read the answer. Where any page may, cookies are never taken.
pub fn add(cors: Cors, project: Option<&Project>, origin: Option<&HeaderValue>, response: &mut Response<Body>) {
    if response.extensions().get::<NoCors>().is_some() {
        return;
    }
    let allowed = match cors {
        Cors::Listed => {
            if let Some(project) = project {
                portcullis_web::add_cors(project, origin, response);
            }
            return;
        }
        Cors::Any => Some(HeaderValue::from_static("*")),
        Cors::Echoed => {
            response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
            origin.cloned()
        }
    };
    if let Some(allowed) = allowed {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(cors: Cors) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("origin", HeaderValue::from_static("https://evil.example"));
        headers.insert("access-control-request-method", HeaderValue::from_static("POST"));
        headers.insert("access-control-request-headers", HeaderValue::from_static("sb-public-key"));
        preflight(cors, None, &Method::OPTIONS, &headers).unwrap().headers().clone()
    }

    #[test]
    fn sec_56_where_any_page_may_call_none_gets_credentials() {
        for (cors, origin) in [(Cors::Any, "*"), (Cors::Echoed, "https://evil.example")] {
            let answer = asked(cors);
            assert_eq!(answer["access-control-allow-origin"], origin);
            assert_eq!(answer["access-control-allow-headers"], "sb-public-key");
            assert!(!answer.contains_key("access-control-allow-credentials"));
        }
    }
}
