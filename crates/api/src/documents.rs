//! The project's documents: OpenAPI 3.1, Swagger 2.0 under its several names, and the page that shows them.

use crate::docs;
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use portcullis_contract::{Document, DocumentCache, DocumentKind};
use portcullis_identity::Client;
use portcullis_project::Project;
use portcullis_web::{ApiError, State, caller, json};
use std::{borrow::Cow, sync::LazyLock};

/// Rendered documents of all projects of this process; entries belong to one opening of one stage.
static DOCUMENTS: LazyLock<DocumentCache> = LazyLock::new(DocumentCache::default);

/// Answers where the path is that of a document or of the page; `base` is the path of the project.
///
/// # Errors
///
/// 401 for credentials that do not hold, and for `dynamic_swagger` without any: its client then asks elsewhere.
pub async fn serve(
    state: &State,
    project: &Project,
    client: &Client,
    base: &str,
    names: &[&str],
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Response<Body>>, ApiError> {
    let (kind, open) = match names {
        ["openapi.json"] => (DocumentKind::OpenApi31, true),
        ["swagger.json"] | ["swagger", "doc.json"] => (DocumentKind::Swagger2, true),
        ["dynamic_swagger"] => (DocumentKind::Swagger2, false),
        ["swagger"] => return page(base, "", method).map(Some),
        ["swagger", file] => return page(base, file, method).map(Some),
        _ => return Ok(None),
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(ApiError::method_not_allowed("GET, HEAD"));
    }
    let caller = caller(state, project, method, headers, client).await?;
    if !open && !caller.is_signed_in() && !project.policy.open {
        return Err(ApiError::unauthenticated());
    }
    let document = DOCUMENTS.get(project, kind, &format!("{base}/api"), &caller);
    Ok(Some(answer(&document, headers)))
}

/// A file of the page; it needs no credentials, as it says nothing about the project.
fn page(base: &str, file: &str, method: &Method) -> Result<Response<Body>, ApiError> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(ApiError::method_not_allowed("GET, HEAD"));
    }
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    if file.is_empty() {
        // The page's own addresses are relative to where it stands.
        let to = HeaderValue::try_from(format!("{base}/swagger/index.html")).map_err(|_| ApiError::no_such_route())?;
        headers.insert(header::LOCATION, to);
        *response.status_mut() = StatusCode::FOUND;
        return Ok(response);
    }
    let (media, bytes) = docs::asset(file).ok_or_else(ApiError::no_such_route)?;
    let media = HeaderValue::try_from(media.as_ref()).map_err(|_| ApiError::no_such_route())?;
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(docs::CONTENT_SECURITY_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    *response.body_mut() = match bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    Ok(response)
}

fn answer(document: &Document, headers: &HeaderMap) -> Response<Body> {
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == document.etag.as_bytes());
    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        json(StatusCode::OK, document.body.clone())
    };
    if let Ok(tag) = HeaderValue::from_str(&document.etag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
