//! `POST /Project`, the first step of Swain's workflow, and what becomes of a project later.

use super::{Answered, BODY, invalid, models};
use crate::{
    Call,
    swain::{error::of_control, ids},
};
use axum::body::Body;
use http::{Response, StatusCode};
use portcullis_control::{ControlError, operators::OperatorCaller, slug_of};
use portcullis_store::{StoreError, projects::Project};
use portcullis_web::ApiError;
use serde_json::Value;

/// Makes a project without a database. Its name is made fit for paths: `My Shop` is `my-shop`.
pub async fn create(mut call: Call, caller: OperatorCaller) -> Answered {
    let body = call.json(BODY).await?;
    let name = body.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| invalid("`name` is missing"))?;
    let project = call.state.control.create_project(&slug_of(name)).await.map_err(of_control)?;
    tracing::info!(operator = %caller.operator.email, project = %project.slug, "A project was made through the platform");
    let id = project.id.0.clone();
    let numbers = call.state.control.numbers(ids::PROJECT, vec![id.clone()]).await.map_err(of_control)?;
    created(&call, "projects", numbers[&id]).await
}

/// `PUT /Project/{id}`: gives it another name, of all that a project has here the one thing that is its own.
pub async fn rename(mut call: Call, caller: OperatorCaller, id: &str) -> Answered {
    let body = call.json(BODY).await?;
    let project = numbered(&call, id).await?;
    let name = body.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = slug_of(name.ok_or_else(|| invalid("`name` is missing; nothing else of a project is changed here"))?);
    call.state.control.rename_project(&project, &name).await.map_err(of_control)?;
    tracing::info!(operator = %caller.operator.email, was = %project.slug, project = %name, "A project was renamed through the platform");
    call.state.opener.refresh().await.map_err(|error| of_control(error.into()))?;
    models::read(&call, "projects", id).await
}

/// `DELETE /Project/{id}`: one without connections.
pub async fn remove(call: &Call, caller: OperatorCaller, id: &str) -> Answered {
    let project = numbered(call, id).await?;
    match call.state.control.remove_project(&project).await {
        Ok(()) => {}
        Err(ControlError::Store(StoreError::Changed)) => {
            let title = "the project has connections, and what they hold (users' sessions, keys, roles, the audit) is not \
                         thrown away by a call";
            return Err(ApiError::new(StatusCode::CONFLICT, "conflict", title));
        }
        Err(error) => return Err(of_control(error)),
    }
    tracing::info!(operator = %caller.operator.email, project = %project.slug, "A project was removed through the platform");
    call.state.opener.refresh().await.map_err(|error| of_control(error.into()))?;
    Ok(gone())
}

async fn numbered(call: &Call, id: &str) -> Result<Project, ApiError> {
    let number: i64 = id.parse().map_err(|_| ApiError::no_such_route())?;
    let control = &call.state.control;
    let id = control.numbered(ids::PROJECT, number).await.map_err(of_control)?.ok_or_else(ApiError::no_such_route)?;
    match control.project(Some(&id)).await {
        Err(ControlError::UnknownProject { .. }) => Err(ApiError::no_such_route()),
        found => found.map_err(of_control),
    }
}

/// 204.
pub fn gone() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// 201 with the row as the model has it.
pub async fn created(call: &Call, model: &str, number: i64) -> Answered {
    let mut response = models::read(call, model, &number.to_string()).await?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// A whole number from the body, as a number or as text.
pub fn number(body: &Value, name: &str) -> Result<i64, ApiError> {
    let value = body.get(name).filter(|value| !value.is_null());
    let found = value.and_then(|value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()));
    found.ok_or_else(|| match value {
        None => invalid(format!("`{name}` is missing")),
        Some(_) => invalid(format!("`{name}` must be a whole number")),
    })
}
