//! Swagger documents: a connection's API as the operator may see it, which is all of it, and the platform's own.

use super::{Answered, connections};
use crate::Call;
use http::StatusCode;
use portcullis_contract::{DocumentCache, DocumentKind};
use portcullis_control::Connection;
use portcullis_project::Project;
use portcullis_query::access::Caller;
use portcullis_web::{ApiError, Query, json};
use serde_json::json as tree;
use std::sync::{Arc, LazyLock};

/// Documents of projects, and of the platform: two caches, since each counts its openings by itself.
static PROJECTS: LazyLock<DocumentCache> = LazyLock::new(DocumentCache::default);
static PLATFORM: LazyLock<DocumentCache> = LazyLock::new(|| DocumentCache::new(4));

/// `GET /crud/api/schema-location`: the platform's own document, relative to `/api/crud/`.
pub fn location() -> Answered {
    Ok(json(StatusCode::OK, tree!({ "schema_url": "api/dynamic_swagger" }).to_string()))
}

/// `GET /dynamic_swagger`, with `?project=&connection=` in the way of older clients.
pub async fn platform_or_named(call: Call) -> Answered {
    let mut query = Query::parse(call.head.uri.query())?;
    let (connection, project) = (query.take("connection")?, query.take("project")?);
    query.end(&["project", "connection"])?;
    if let Some(number) = connection {
        let connection = connections::numbered(&call, &number).await?;
        return of_connection(&call, &connection);
    }
    if project.is_some() {
        let title = "a project has one document for each connection; name one with `connection`";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_parameter", title));
    }
    let platform = call.state.own.swain.platform(&call.state).await?;
    let base = format!("{}/api/crud/api", call.target.base);
    Ok(document(&PLATFORM, &platform.project, &base))
}

/// `GET /connections/{id}/dynamic-swagger`
pub fn of_connection(call: &Call, connection: &Connection) -> Answered {
    let project = opened(call, connection)?;
    let endpoint = super::super::rows::endpoint(&call.state, connection);
    let base = endpoint.strip_prefix(&call.state.web.public_url).unwrap_or(&endpoint);
    Ok(document(&PROJECTS, &project, &format!("{base}/api")))
}

/// The open stage of a connection.
pub fn opened(call: &Call, connection: &Connection) -> Result<Arc<Project>, ApiError> {
    let name = format!("{}@{}", connection.slug, connection.stage);
    call.state.web.registry.get(&name).ok_or_else(|| {
        let title = format!("the connection of `{}` is not served; sync it and apply its settings", connection.slug);
        ApiError::new(StatusCode::CONFLICT, "not_synced", title)
    })
}

fn document(cache: &DocumentCache, project: &Project, base: &str) -> http::Response<axum::body::Body> {
    let document = cache.get(project, DocumentKind::Swagger2, base, &Caller::Administrator);
    json(StatusCode::OK, document.body.clone())
}
